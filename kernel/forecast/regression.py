"""Gaussian-process regression that forgives odd activities, with its own check of how well it would have done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from kernel.fitted import STUDENT_NU
from kernel.tracks.track import FloatArray

_PASSES: Final = 2
_SHRINKAGE_N: Final = 6.0
_FARTHEST_Z: Final = 3.0
_LOWEST_FACTOR: Final = 0.4
_HIGHEST_FACTOR: Final = 2.5
_FARTHEST: Final = 0.6
"""No route is believed to change someone's grade-adjusted pace by more than this (log)."""


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """What a history says about any outing.

    `level` is the median of the history, the rest describes deviations from it: so a history that is faster throughout
    by some share moves the prediction that way and changes nothing else. `unit` is what a constant would have weighed.
    `noise_sd` is that of an outing of usual reliability.
    """

    level: float
    alpha: FloatArray
    unit: FloatArray
    inverse: FloatArray
    noise_sd: float
    noise_factor: float
    left_out_z: FloatArray

    def at(self, between: FloatArray, variance: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Mean, standard deviation (noise included) and the share of the mean that is the athlete's own.

        `between` are covariances of targets (rows) with the history (columns), `variance` those of the targets alone.
        """
        own_share = np.clip(between @ self.unit, 0.0, 1.0)
        mean = own_share * self.level + np.clip(between @ self.alpha, -_FARTHEST, _FARTHEST)
        explained = ((between @ self.inverse) * between).sum(axis=1)
        spread = np.sqrt(np.maximum(variance - explained, 0.0) + self.noise_sd**2)
        return mean, self.noise_factor * spread, own_share


def regress(
    between: FloatArray, values: FloatArray, noise: FloatArray, noise_sd: float, usual_factor: float
) -> Posterior:
    """The posterior of a history with covariances `between` and noise variances `noise`; Student-t weights."""
    level = float(np.median(values))
    deviation = values - level
    weights = np.ones(len(deviation))
    inverse = _inverse(between, noise)
    for _ in range(_PASSES):
        z = _left_out(inverse, deviation, noise, weights)
        weights = (STUDENT_NU + 1) / (STUDENT_NU + np.square(z))
        inverse = _inverse(between, noise / weights)
    z = _left_out(inverse, deviation, noise, weights)
    return Posterior(
        level=level,
        alpha=inverse @ deviation,
        unit=inverse.sum(axis=1),
        inverse=inverse,
        noise_sd=noise_sd,
        noise_factor=_noise_factor(z, usual_factor),
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


def _noise_factor(z: FloatArray, usual: float) -> float:
    """How much wider or narrower this athlete's band is than the common one, shrunk to `usual` as by six outings."""
    capped = np.minimum(np.square(z), _FARTHEST_Z**2)
    factor = np.sqrt((capped.sum() + _SHRINKAGE_N * usual**2) / (len(z) + _SHRINKAGE_N))
    return float(np.clip(factor, _LOWEST_FACTOR, _HIGHEST_FACTOR))
