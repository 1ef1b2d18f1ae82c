"""A quantity of an athlete's outings as a Gaussian process: what a history says of it on any other outing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kernel.fitted import ProcessNumbers
from kernel.forecast.covariance import Outings, covariance, variance
from kernel.forecast.regression import Posterior, regress
from kernel.tracks.track import FloatArray

_GENTLEST_SLOPE: Final = -0.5


@dataclass(frozen=True, slots=True, eq=False)
class Process:
    """A history of outings and what was learned of it, with the numbers it was learned by."""

    numbers: ProcessNumbers
    outings: Outings
    posterior: Posterior

    def at(self, target: Outings) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Mean and standard deviation (noise included) at outings of one kind, and the athlete's own share of it."""
        between = covariance(target, self.outings, self.numbers)
        mean, sd, own_share = self.posterior.at(between, variance(target, self.numbers))
        return mean + self.lift(target) * target.climb_cost, sd, own_share

    def lift(self, target: Outings) -> float:
        """What is added to the personal slope on climbs so that they cost at least half of what they cost others."""
        same = self.outings.kind == target.kind[0]
        slope = self.numbers.climb_cost**2 * float(self.posterior.alpha[same] @ self.outings.climb_cost[same])
        return max(0.0, _GENTLEST_SLOPE - slope)


def learned(
    numbers: ProcessNumbers,
    outings: Outings,
    values: FloatArray,
    *,
    noise_ratio: FloatArray,
    usual_factor: float = 1.0,
) -> Process:
    """The process of a history; `values` are logarithms, `noise_ratio` how much more than usual each is to be doubted.

    `usual_factor` is how wide the band of someone new is, against the common one.
    """
    between = covariance(outings, outings, numbers)
    noise = numbers.noise**2 * noise_ratio
    return Process(numbers, outings, regress(between, values, noise, numbers.noise, usual_factor))
