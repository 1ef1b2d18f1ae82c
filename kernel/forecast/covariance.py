"""How alike two outings are: the covariance of an athlete's log pace, grade-adjusted, between them.

The pace someone runs at differs from outing to outing with their form (which drifts), with how much climbs and winding
paths cost them, and it is alike on outings that are alike: lately, in length and hilliness, or nearly the same route.
Every term is one of these; `kernel.fitted.COVARIANCE` has the amplitudes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kernel.fitted import COVARIANCE as C
from kernel.tracks.track import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Outings:
    """Coordinates of outings in the covariance: arrays of one length; `day` and `kind` may also be of length 1.

    `climb_cost` and `winding` are centred on the athlete's medians of that kind; `hilliness` is the logarithm of mean
    relative pace; `kind` is a code.
    """

    climb_cost: FloatArray
    winding: FloatArray
    log_km: FloatArray
    hilliness: FloatArray
    turn: FloatArray
    day: FloatArray
    kind: FloatArray


def covariance(a: Outings, b: Outings) -> FloatArray:
    """Of log pace between each outing of `a` (rows) and of `b` (columns), noise not included."""
    days = np.abs(a.day[:, None] - b.day)
    log_km = np.square(a.log_km[:, None] - b.log_km)
    hilliness = np.square(a.hilliness[:, None] - b.hilliness)
    turn = np.square(a.turn[:, None] - b.turn)
    lately = _similarity((C.lately_log_km, log_km), (C.lately_hilliness, hilliness))
    alike = _similarity((C.alike_log_km, log_km), (C.alike_hilliness, hilliness))
    route = _similarity((C.route_log_km, log_km), (C.route_hilliness, hilliness), (C.route_turn, turn))
    of_one_kind = (
        C.drift**2 * np.exp(-days / C.drift_days)
        + (C.lately**2 * np.exp(-days / C.lately_days)) * lately
        + C.alike**2 * alike
        + (C.route**2 * np.exp(-days / C.route_days)) * route
        + C.climb_cost**2 * np.outer(a.climb_cost, b.climb_cost)
        + C.winding**2 * np.outer(a.winding, b.winding)
    )
    total: FloatArray = C.shared**2 + (a.kind[:, None] == b.kind) * of_one_kind
    return total


def variance(a: Outings) -> FloatArray:
    """The diagonal of `covariance(a, a)`."""
    constant = C.shared**2 + C.drift**2 + C.lately**2 + C.alike**2 + C.route**2
    total: FloatArray = constant + (C.climb_cost * a.climb_cost) ** 2 + (C.winding * a.winding) ** 2
    return total


def _similarity(*scaled: tuple[float, FloatArray]) -> FloatArray:
    """1 for outings that agree, falling with the squared differences over their scales."""
    similarity: FloatArray = np.exp(sum(squared * (-0.5 / scale**2) for scale, squared in scaled))
    return similarity
