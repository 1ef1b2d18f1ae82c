"""Gaussian-process regression that forgives odd activities, with its own check of how well it would have done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from kernel.fitted import STUDENT_NU, ProcessNumbers
from kernel.forecast.covariance import Outings, covariance, variance
from kernel.tracks.track import FloatArray

_PASSES: Final = 2
_SHRINKAGE_N: Final = 6.0
_LOWEST_FACTOR: Final = 0.5
_HIGHEST_FACTOR: Final = 2.5
_GENTLEST_SLOPE: Final = -0.5
_FARTHEST: Final = 0.6
"""No route is believed to change someone's grade-adjusted pace by more than this (log)."""


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """What a history says about any outing.

    `level` is the median of the history, the rest describes deviations from it: so a history that is faster throughout
    by some share moves the prediction that way and changes nothing else. `unit` is what a constant would have weighed.
    """

    numbers: ProcessNumbers
    outings: Outings
    level: float
    alpha: FloatArray
    unit: FloatArray
    inverse: FloatArray
    noise_factor: float
    left_out_z: FloatArray

    def at(self, target: Outings) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Mean and standard deviation (noise included) of log pace, and the share of it that is the athlete's own."""
        between = covariance(target, self.outings, self.numbers)
        own_share = np.clip(between @ self.unit, 0.0, 1.0)
        mean = own_share * self.level + np.clip(between @ self.alpha, -_FARTHEST, _FARTHEST)
        mean += self._lift(target) * target.climb_cost
        explained = ((between @ self.inverse) * between).sum(axis=1)
        spread = np.sqrt(np.maximum(variance(target, self.numbers) - explained, 0.0) + self.numbers.noise**2)
        return mean, self.noise_factor * spread, own_share

    def _lift(self, target: Outings) -> float:
        """What is added to the personal slope on climbs so that they cost at least half of what they cost others."""
        same = self.outings.kind == target.kind[0]
        slope = self.numbers.climb_cost**2 * float(self.alpha[same] @ self.outings.climb_cost[same])
        return max(0.0, _GENTLEST_SLOPE - slope)


def regress(numbers: ProcessNumbers, outings: Outings, values: FloatArray, noise_ratio: FloatArray) -> Posterior:
    """The posterior of a history, Student-t weights found in two passes."""
    level = float(np.median(values))
    deviation = values - level
    between = covariance(outings, outings, numbers)
    noise = numbers.noise**2 * noise_ratio
    weights = np.ones(len(deviation))
    inverse = _inverse(between, noise)
    for _ in range(_PASSES):
        z = _left_out(inverse, deviation, noise, weights)
        weights = (STUDENT_NU + 1) / (STUDENT_NU + np.square(z))
        inverse = _inverse(between, noise / weights)
    z = _left_out(inverse, deviation, noise, weights)
    return Posterior(
        numbers=numbers,
        outings=outings,
        level=level,
        alpha=inverse @ deviation,
        unit=inverse.sum(axis=1),
        inverse=inverse,
        noise_factor=_noise_factor(z),
        left_out_z=z,
    )


def _inverse(between: FloatArray, noise: FloatArray) -> FloatArray:
    """Of covariance plus noise, by Cholesky."""
    root = np.linalg.inv(np.linalg.cholesky(between + np.diag(noise)))
    inverse: FloatArray = root.T @ root
    return inverse


def _left_out(inverse: FloatArray, deviation: FloatArray, noise: FloatArray, weights: FloatArray) -> FloatArray:
    """Each activity's residual against what the others say of it, in standard deviations it should have had.

    Closed form for leaving one out: Rasmussen & Williams, Gaussian Processes for Machine Learning, 5.4.2.
    """
    precision = np.diag(inverse)
    residual = (inverse @ deviation) / precision
    others = np.maximum(1.0 / precision - noise / weights, 0.0)
    z: FloatArray = residual / np.sqrt(others + noise)
    return z


def _noise_factor(z: FloatArray) -> float:
    """How much wider or narrower this athlete's band is than the population's, shrunk to 1 as if by six activities."""
    capped = np.minimum(np.square(z), 9.0)
    factor = np.sqrt((capped.sum() + _SHRINKAGE_N) / (len(z) + _SHRINKAGE_N))
    return float(np.clip(factor, _LOWEST_FACTOR, _HIGHEST_FACTOR))
