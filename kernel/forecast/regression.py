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
_ROWS: Final = 15
_FARTHEST: Final = 0.6
"""No route is believed to change someone's grade-adjusted pace by more than this (log)."""


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """What a history says about any outing.

    `level` is the median of the history, the rest describes deviations from it: so a history that is faster throughout
    by some share moves the prediction that way and changes nothing else. `noise` are the variances at which each
    activity is believed, odd ones forgiven; `noise_factor` is how much wider than the common band the athlete's is.
    `inverse` is that of the history's covariance with this noise, where it is at hand.
    """

    level: float
    noise_factor: float
    alpha: FloatArray
    noise: FloatArray
    left_out_z: FloatArray
    inverse: FloatArray | None = None

    def at(
        self, between: FloatArray, inverse: FloatArray, variance: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Mean, variance that the history leaves, and the share of the mean that is the athlete's own.

        `between` are covariances of targets (rows) with the history (columns), `variance` those of the targets alone,
        `inverse` is that of the history's covariance with this noise.
        """
        weights = between @ inverse
        own_share = np.minimum(np.maximum(weights.sum(axis=1), 0.0), 1.0)
        mean = own_share * self.level + np.minimum(np.maximum(between @ self.alpha, -_FARTHEST), _FARTHEST)
        return mean, np.maximum(variance - np.vecdot(weights, between), 0.0), own_share


def regress(
    between: FloatArray, values: FloatArray, noise: FloatArray, weight: FloatArray, usual_factor: float
) -> Posterior:
    """The posterior of a history with covariances `between` and noise variances `noise`; Student-t weights.

    `weight` is how much each outing says of the width of the band, which newcomers have `usual_factor` times.
    """
    level = float(np.median(values))
    deviation = values - level
    forgiven = noise
    for _ in range(_PASSES):
        z = _left_out(_root_of_inverse(between, forgiven), deviation, noise, forgiven)
        forgiven = noise * (STUDENT_NU + np.square(z)) / (STUDENT_NU + 1)
    root = _root_of_inverse(between, forgiven)
    z, inverse = _left_out(root, deviation, noise, forgiven), root.T @ root
    return Posterior(level, _noise_factor(z, weight, usual_factor), inverse @ deviation, forgiven, z, inverse)


def inverse_of(between: FloatArray, noise: FloatArray) -> FloatArray:
    """Of covariances with noise variances added to their diagonal."""
    root = _root_of_inverse(between, noise)
    inverse: FloatArray = root.T @ root
    return inverse


def _root_of_inverse(between: FloatArray, noise: FloatArray) -> FloatArray:
    """The lower triangle whose transpose times itself is that inverse: the inverse of a Cholesky factor.

    Some rows at a time, each out of those before it, which takes half as long as an inverse by itself. Rows of nothing
    but a one on the diagonal make their number even.
    """
    count = len(noise)
    size = -(-count // _ROWS) * _ROWS
    factor, root = np.eye(size), np.zeros((size, size))
    factor[:count, :count] = between
    np.einsum("ii->i", factor)[:count] += noise
    factor[:count, :count] = np.linalg.cholesky(factor[:count, :count])
    parts = [slice(first, first + _ROWS) for first in range(0, size, _ROWS)]
    blocks = np.linalg.inv(np.stack([factor[part, part] for part in parts]))
    for part, block in zip(parts, blocks, strict=True):
        before = slice(0, part.start)
        root[part, part] = block
        root[part, before] = -block @ (factor[part, before] @ root[before, before])
    return root[:count, :count]


def _left_out(root: FloatArray, deviation: FloatArray, noise: FloatArray, forgiven: FloatArray) -> FloatArray:
    """Each activity's residual against what the others say of it, in standard deviations it should have had.

    `root` is that of the inverse of the covariances. Closed form for leaving one out: Rasmussen & Williams, Gaussian
    Processes for Machine Learning, 5.4.2.
    """
    precision = np.einsum("ij,ij->j", root, root)
    residual = ((root @ deviation) @ root) / precision
    others = np.maximum(1.0 / precision - forgiven, 0.0)
    z: FloatArray = residual / np.sqrt(others + noise)
    return z


def _noise_factor(z: FloatArray, weight: FloatArray, usual: float) -> float:
    """How much wider or narrower this athlete's band is than the common one, shrunk to `usual` as by six outings."""
    capped = np.minimum(np.square(z), _FARTHEST_Z**2)
    factor = np.sqrt((weight @ capped + _SHRINKAGE_N * usual**2) / (weight.sum() + _SHRINKAGE_N))
    return float(np.clip(factor, _LOWEST_FACTOR, _HIGHEST_FACTOR))
