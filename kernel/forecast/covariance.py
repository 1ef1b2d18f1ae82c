"""How alike two outings are: the covariance of an athlete's log pace, grade-adjusted, between them.

The pace someone runs at differs from outing to outing with their form (which drifts), with how much climbs and winding
paths cost them, and it is alike on outings that are alike: lately, in length and hilliness, in winding
as much, or nearly the same route.
Every term is one of these; `kernel.fitted.PACE` has the amplitudes. How long people stop varies the same way, with
amplitudes of its own (`kernel.fitted.STOPS`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

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


class Apart(NamedTuple):
    """How far outings `a` (rows) and `b` (columns) lie apart: days, and squares of log length, hilliness and turn."""

    a: Outings
    b: Outings
    by: FloatArray

    def rows(self, some: slice) -> Apart:
        """Only some of `a`."""
        return Apart(self.a[some], self.b, self.by[:, some])


def apart(a: Outings, b: Outings) -> Apart:
    """How far outings lie apart."""
    by = np.empty((4, len(a.log_km), len(b.log_km)))
    np.abs(np.subtract.outer(a.day, b.day), out=by[0])
    for i, (one, other) in enumerate(((a.log_km, b.log_km), (a.hilliness, b.hilliness), (a.turn, b.turn)), start=1):
        np.subtract.outer(one, other, out=by[i])
    np.square(by[1:], out=by[1:])
    return Apart(a, b, by)


def covariance(between: Apart, c: ProcessNumbers) -> FloatArray:
    """Of what the numbers `c` describe, between outings (rows) and others (columns); noise not included.

    They are alike in form, lately, in length and hilliness, as routes, in turning, in what climbs cost and in what
    winding paths do; in nothing but what is shared across kinds.
    """
    a, b, by = between
    amplitudes, falling = _fading(c)
    fading = falling @ by.reshape(len(by), -1)
    np.exp(np.maximum(fading, _LEAST_EXPONENT, out=fading), out=fading)
    total: FloatArray = (amplitudes @ fading).reshape(by.shape[1:])
    costs = np.square((c.climb_cost, c.winding))
    total += (np.stack((a.climb_cost, a.winding), axis=1) * costs) @ np.stack((b.climb_cost, b.winding))
    same = a.kind[:, None] == b.kind
    if not same.all():
        total *= same
    total += c.shared**2
    return total


def on_lattice(a: Outings, log_km: FloatArray, hilliness: FloatArray, b: Outings, c: ProcessNumbers) -> FloatArray:
    """As `covariance`, between outings that are like `a` but for length and hilliness, and others (columns).

    The rows are each length with each hilliness. What fades with one of them does not depend on the other: so it is
    worked out for each alone.
    """
    by = apart(a, b).by[:, 0]
    amplitudes, falling = _fading(c)
    others = falling[:, [0, 3]] @ by[[0, 3]]
    along = [
        np.multiply.outer(falling[:, i], np.square(np.subtract.outer(told, other)))
        for i, told, other in ((1, log_km, b.log_km), (2, hilliness, b.hilliness))
    ]
    far, steep = (np.exp(np.maximum(each, _LEAST_EXPONENT)) for each in (along[0] + others[:, None], along[1]))
    total: FloatArray = np.einsum("k,kin,kjn->ijn", amplitudes, far, steep).reshape(-1, len(b.log_km))
    costs = (c.climb_cost**2 * a.climb_cost) * b.climb_cost + (c.winding**2 * a.winding) * b.winding
    whole: FloatArray = (total + costs) * (a.kind == b.kind) + c.shared**2
    return whole


def within(outings: Outings, *numbers: ProcessNumbers) -> FloatArray:
    """The covariances of a history with itself: a stack of matrices, one for each of some numbers.

    Made some rows at a time, as fresh memory for all of them takes longer than the arithmetic, and each pair once.
    """
    size = len(outings.log_km)
    stack = np.empty((len(numbers), size, size))
    for first in range(0, size, _ROWS):
        rows, others = slice(first, first + _ROWS), slice(first, None)
        between = apart(outings[rows], outings[others])
        for c, matrix in zip(numbers, stack, strict=True):
            matrix[rows, others] = covariance(between, c)
            matrix[others, rows] = matrix[rows, others].T
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


@lru_cache(maxsize=8)
def _fading(c: ProcessNumbers) -> tuple[FloatArray, FloatArray]:
    """Variances of the ways to be alike that fade and count at all, and how fast each does (rows).

    With days, and with squared differences in length, hilliness and turn.
    """
    ways = (
        (c.drift, (1 / c.drift_days, 0.0, 0.0, 0.0)),
        (c.lately, (1 / c.lately_days, 0.5 / c.lately_log_km**2, 0.5 / c.lately_hilliness**2, 0.0)),
        (c.alike, (0.0, 0.5 / c.alike_log_km**2, 0.5 / c.alike_hilliness**2, 0.0)),
        (c.route, (1 / c.route_days, *(0.5 / np.square((c.route_log_km, c.route_hilliness, c.route_turn))).tolist())),
        (c.turning, (0.0, 0.0, 0.0, 0.5 / c.turning_turn**2)),
    )
    counting = [(amplitude, falls) for amplitude, falls in ways if amplitude]
    amplitudes, falling = zip(*counting, strict=True) if counting else ((0.0,), (ways[0][1],))
    return np.square(amplitudes), -np.array(falling)
