"""How alike two outings are: the covariance of an athlete's log pace, grade-adjusted, between them.

The pace someone runs at differs from outing to outing with their form (which drifts), with how much climbs and winding
paths cost them, and it is alike on outings that are alike: lately, in length and hilliness, or nearly the same route.
Every term is one of these; `kernel.fitted.PACE` has the amplitudes. How long people stop varies the same way, with
amplitudes of its own (`kernel.fitted.STOPS`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kernel.fitted import ProcessNumbers
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


def covariance(a: Outings, b: Outings, c: ProcessNumbers) -> FloatArray:
    """Of what the numbers `c` describe between each outing of `a` (rows) and of `b` (columns), noise not included."""
    days = np.abs(a.day[:, None] - b.day)
    log_km = np.square(a.log_km[:, None] - b.log_km)
    hilliness = np.square(a.hilliness[:, None] - b.hilliness)
    turn = np.square(a.turn[:, None] - b.turn)
    lately = _similarity((c.lately_log_km, log_km), (c.lately_hilliness, hilliness))
    alike = _similarity((c.alike_log_km, log_km), (c.alike_hilliness, hilliness))
    route = _similarity((c.route_log_km, log_km), (c.route_hilliness, hilliness), (c.route_turn, turn))
    of_one_kind = (
        c.drift**2 * np.exp(-days / c.drift_days)
        + (c.lately**2 * np.exp(-days / c.lately_days)) * lately
        + c.alike**2 * alike
        + (c.route**2 * np.exp(-days / c.route_days)) * route
        + c.climb_cost**2 * np.outer(a.climb_cost, b.climb_cost)
        + c.winding**2 * np.outer(a.winding, b.winding)
    )
    total: FloatArray = c.shared**2 + (a.kind[:, None] == b.kind) * of_one_kind
    return total


def variance(a: Outings, c: ProcessNumbers) -> FloatArray:
    """The diagonal of `covariance(a, a, c)`."""
    constant = c.shared**2 + c.drift**2 + c.lately**2 + c.alike**2 + c.route**2
    total: FloatArray = constant + (c.climb_cost * a.climb_cost) ** 2 + (c.winding * a.winding) ** 2
    return total


def _similarity(*scaled: tuple[float, FloatArray]) -> FloatArray:
    """1 for outings that agree, falling with the squared differences over their scales."""
    similarity: FloatArray = np.exp(sum(squared * (-0.5 / scale**2) for scale, squared in scaled))
    return similarity
