"""How hard a route is, in the numbers that both a past activity and a coming route have."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from kernel.fitted import WINDING_RAD, Kind
from kernel.pace.population import log_relative_pace
from kernel.tracks import RouteGeometry
from kernel.tracks.track import FloatArray

_MOST_SWING: Final = 0.3
_STEEPEST: Final = 0.6
"""Of kilometre splits. A half that stopped here while the other went on getting gentler would climb less, not more."""
_AS_GOOD_AS_M: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Ground:
    """See `ActivityFeatures` for what the numbers mean."""

    log_unit_time: float
    climb_cost: float
    log_km: float
    turn: float
    winding: float


def ground_of_route(route: RouteGeometry, kind: Kind) -> Ground:
    """The ground a route covers."""
    ground = ground_of_pieces(route.segment_length_m, route.gradient, kind)
    if route.turn_rad is None:
        return ground
    turn, winding = turning_so_far(route.turn_rad, route.segment_length_m)
    return replace(ground, turn=float(turn[-1]), winding=float(winding[-1]))


def ground_of_pieces(length_m: FloatArray, gradient: FloatArray, kind: Kind) -> Ground:
    """The ground of pieces with a length and a gradient each; turning is unknown."""
    relative = np.exp(log_relative_pace(gradient, kind))
    metres = float(length_m.sum())
    return Ground(
        log_unit_time=math.log(float(length_m @ relative)),
        climb_cost=math.log1p(float(length_m @ extra_on_climbs(relative, gradient)) / metres),
        log_km=math.log(metres / 1000.0),
        turn=math.nan,
        winding=math.nan,
    )


def extra_on_climbs(relative_pace: FloatArray, gradient: FloatArray) -> FloatArray:
    """What a metre of each piece takes more than a flat one, where it climbs; 0 elsewhere."""
    return np.where(gradient > 0, relative_pace - 1.0, 0.0)


def turning_so_far(turn_rad: FloatArray, length_m: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Root of the mean turn (radians per 100 m) and share of winding pieces, from the start to each piece's end."""
    metres = np.cumsum(length_m)
    turned, wound = np.cumsum(turn_rad * length_m), np.cumsum((turn_rad > WINDING_RAD) * length_m)
    return np.sqrt(turned / metres), wound / metres


def ground_of_splits(length_m: FloatArray, rise_m: FloatArray, kind: Kind, gain_m: float | None) -> Ground:
    """The ground of kilometre splits, each halved into a steeper and a gentler part until the whole climbs `gain_m`."""
    gradient = np.clip(rise_m / length_m, -_STEEPEST, _STEEPEST)
    net_gain_m = float(np.maximum(gradient, 0.0) @ length_m)
    wanted_m = net_gain_m if gain_m is None else max(gain_m, net_gain_m)
    halves = np.concatenate((length_m, length_m)) / 2
    swing = np.minimum(_swing(length_m, gradient, wanted_m), _STEEPEST - np.abs(gradient))
    return ground_of_pieces(halves, np.concatenate((gradient + swing, gradient - swing)), kind)


def _swing(length_m: FloatArray, gradient: FloatArray, gain_m: float) -> float:
    """How much steeper and gentler the halves are so that together they climb `gain_m`; at most 30 %.

    A piece climbs more only once it swings by more than its own gradient, and then evenly: knots and lines between.
    """
    order = np.argsort(np.abs(gradient))
    knots, metres, rise_m = np.abs(gradient)[order], length_m[order], (length_m * gradient)[order]
    swinging_m, swinging_rise_m = np.cumsum(metres), np.cumsum(rise_m)
    still_m = np.maximum(rise_m, 0.0)[::-1].cumsum()[::-1] - np.maximum(rise_m, 0.0)
    climbed_m = still_m + (swinging_rise_m + swinging_m * knots) / 2
    if gain_m <= climbed_m[0] + _AS_GOOD_AS_M:
        return 0.0
    last = int(np.searchsorted(climbed_m, gain_m)) - 1
    swing = (2 * (gain_m - still_m[last]) - swinging_rise_m[last]) / swinging_m[last]
    return float(np.clip(swing, 0.0, _MOST_SWING))
