"""A quantity of an athlete's outings as a Gaussian process: what a history says of it on any other outing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from kernel.fitted import OWN_PATHS, ProcessNumbers
from kernel.forecast.covariance import Apart, Outings, by_paths, covariance, noise_sd, variance
from kernel.forecast.regression import Posterior, regress
from kernel.tracks.track import FloatArray

_GENTLEST_SLOPE: Final = -0.5


@dataclass(frozen=True, slots=True, eq=False)
class Process:
    """What was learned of a history of outings, with the numbers it was learned by."""

    numbers: ProcessNumbers
    posterior: Posterior

    def at(
        self, between: Apart, inverse: FloatArray, lift: float, overlap: FloatArray | None = None
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Mean and standard deviation (noise included) at outings of one kind, and the athlete's own share of it.

        `between` says how far they lie from those of the history; `inverse` is that of the history's covariance, noise
        included, and `lift` that of their kind. `overlap` is how much of the paths of each of them (rows) each outing
        shares, None where paths are no part of the history's covariance either.
        """
        covariances = covariance(between, self.numbers)
        if overlap is not None:
            covariances += by_paths(between.a, between.b, overlap)
        return self.given(covariances, between.a, inverse, lift, own_paths=overlap is not None)

    def given(
        self, covariances: FloatArray, target: Outings, inverse: FloatArray, lift: float, *, own_paths: bool = False
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """The same, by the covariances of the target with the outings of the history."""
        alone = variance(target, self.numbers) + OWN_PATHS**2 * own_paths
        mean, left, own_share = self.posterior.at(covariances, inverse, alone)
        sd = self.posterior.noise_factor * np.sqrt(left + np.square(noise_sd(target, self.numbers)))
        return mean + lift * target.climb_cost, sd, own_share

    def lift(self, outings: Outings, kind: FloatArray) -> float:
        """What is added to the personal slope on climbs so that they cost at least half of what they cost others."""
        same = outings.kind == kind
        slope = self.numbers.climb_cost**2 * float(self.posterior.alpha[same] @ outings.climb_cost[same])
        return max(0.0, _GENTLEST_SLOPE - slope)


def learned(
    numbers: ProcessNumbers,
    between: FloatArray,
    values: FloatArray,
    *,
    noise: FloatArray,
    weight: FloatArray,
    usual_factor: float = 1.0,
) -> Process:
    """The process of a history with covariances `between`.

    `values` are logarithms, `noise` the variances at which they are believed, `weight` how much each says of how wide
    the band is, `usual_factor` how wide that of someone new is, against the common one.
    """
    return Process(numbers, regress(between, values, noise, weight, usual_factor))
