"""How alike two outings are: the covariance of an athlete's log pace, grade-adjusted, between them.

The pace someone runs at differs from outing to outing with their form (which drifts), with how much climbs and winding
paths cost them, and it is alike on outings that are alike: lately, in length and hilliness, in winding
as much, or nearly the same route.
Every term is one of these; `kernel.fitted.PACE` has the amplitudes. How long people stop varies the same way, with
amplitudes of its own (`kernel.fitted.STOPS`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kernel.fitted import OWN_PATHS, OWN_PATHS_DAYS, OWN_PATHS_LOG_KM, Kind, ProcessNumbers
from kernel.tracks.track import FloatArray

_LEAST_EXPONENT: Final = -700.0
"""What falls below is nothing to any sum, and its exponential takes ten times as long."""
_ROWS: Final = 32

KIND_CODE: Final[dict[Kind, float]] = {"run": 0.0, "walk": 1.0}


@dataclass(frozen=True, slots=True, eq=False)
class Outings:
    """Coordinates of outings in the covariance: arrays of one length; `day` and `kind` may also be of length 1.

    `climb_cost` and `winding` are centred on the athlete's medians of that kind; `hilliness` is the logarithm of mean
    relative pace; `kind` is a `KIND_CODE`.
    """

    climb_cost: FloatArray
    winding: FloatArray
    log_km: FloatArray
    hilliness: FloatArray
    turn: FloatArray
    day: FloatArray
    kind: FloatArray

    @property
    def ground(self) -> tuple[FloatArray, ...]:
        """All but day and kind."""
        return self.climb_cost, self.winding, self.log_km, self.hilliness, self.turn

    def __getitem__(self, rows: slice | NDArray[np.bool_]) -> Outings:
        """Some of them."""
        return Outings(*(each[rows] for each in (*self.ground, self.day, self.kind)))


def likeness(a: Outings, b: Outings, c: ProcessNumbers) -> FloatArray:
    """Seven ways in which outings of `a` (second axis) and of `b` (third) are alike: 0 across kinds.

    They are, in this order: form, lately, length and hilliness, the route, turning, the cost of climbs, that of winding
    paths.
    """
    apart = np.empty((4, len(a.log_km), len(b.log_km)))
    np.abs(a.day[:, None] - b.day, out=apart[0])
    for i, (one, other) in enumerate(((a.log_km, b.log_km), (a.hilliness, b.hilliness), (a.turn, b.turn)), start=1):
        np.square(one[:, None] - other, out=apart[i])
    alike = np.empty((7, *apart.shape[1:]))
    fading = alike[:5]
    np.matmul(_falling(c), apart.reshape(4, -1), out=fading.reshape(5, -1))
    np.exp(np.maximum(fading, _LEAST_EXPONENT, out=fading), out=fading)
    np.multiply.outer(a.climb_cost, b.climb_cost, out=alike[5])
    np.multiply.outer(a.winding, b.winding, out=alike[6])
    same = a.kind[:, None] == b.kind
    if not same.all():
        alike *= same
    return alike


def covariance(alike: FloatArray, c: ProcessNumbers) -> FloatArray:
    """Of what the numbers `c` describe, between outings (rows) and others (columns) so alike; noise not included."""
    amplitudes = (c.drift, c.lately, c.alike, c.route, c.turning, c.climb_cost, c.winding)
    total: FloatArray = c.shared**2 + np.square(amplitudes) @ alike.reshape(len(amplitudes), -1)
    return total.reshape(alike.shape[1:])


def within(outings: Outings, *numbers: ProcessNumbers) -> FloatArray:
    """The covariances of a history with itself: a stack of matrices, one for each of some numbers.

    Made some rows at a time: fresh memory for all of them takes longer than the arithmetic.
    """
    size = len(outings.log_km)
    stack = np.empty((len(numbers), size, size))
    for first in range(0, size, _ROWS):
        rows = slice(first, first + _ROWS)
        for c, matrix in zip(numbers, stack, strict=True):
            matrix[rows] = covariance(likeness(outings[rows], outings, c), c)
    return stack


def variance(a: Outings, c: ProcessNumbers) -> FloatArray:
    """The diagonal of the covariance of `a` with itself."""
    constant = c.shared**2 + c.drift**2 + c.lately**2 + c.alike**2 + c.route**2 + c.turning**2
    total: FloatArray = constant + (c.climb_cost * a.climb_cost) ** 2 + (c.winding * a.winding) ** 2
    return total


def by_paths(a: Outings, b: Outings, overlap: FloatArray) -> FloatArray:
    """What paths that are shared add to the covariance of outings `a` (rows) and `b` (columns) of log pace.

    `overlap` is as in `kernel.pace.paths`. An outing alone has `OWN_PATHS` squared of it.
    """
    days = np.abs(a.day[:, None] - b.day) / OWN_PATHS_DAYS
    log_km = np.square(a.log_km[:, None] - b.log_km) / (2 * OWN_PATHS_LOG_KM**2)
    same = a.kind[:, None] == b.kind
    added: FloatArray = OWN_PATHS**2 * overlap * same * np.exp(np.maximum(-days - log_km, _LEAST_EXPONENT))
    return added


def noise_sd(a: Outings, c: ProcessNumbers) -> FloatArray:
    """How far (log) outings of these kinds lie apart that are alike in all we know."""
    return np.where(a.kind == KIND_CODE["walk"], c.noise_walk, c.noise_run)


def _falling(c: ProcessNumbers) -> FloatArray:
    """How fast the first five ways (rows) fall with days and with squared differences in length, hilliness, turn."""
    return -np.array(
        [
            (1 / c.drift_days, 0.0, 0.0, 0.0),
            (1 / c.lately_days, 0.5 / c.lately_log_km**2, 0.5 / c.lately_hilliness**2, 0.0),
            (0.0, 0.5 / c.alike_log_km**2, 0.5 / c.alike_hilliness**2, 0.0),
            (1 / c.route_days, 0.5 / c.route_log_km**2, 0.5 / c.route_hilliness**2, 0.5 / c.route_turn**2),
            (0.0, 0.0, 0.0, 0.5 / c.turning_turn**2),
        ]
    )
