"""How hard a route is, in the numbers that both a past activity and a coming route have."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from kernel.pace.population import Kind, log_relative_pace
from kernel.tracks import RouteGeometry
from kernel.tracks.track import FloatArray


@dataclass(frozen=True, slots=True)
class Ground:
    """See `ActivityFeatures` for what the numbers mean."""

    log_unit_time: float
    climb_gradient: float
    descent_gradient: float
    log_km: float
    gain_m_per_km: float
    turn: float


def ground_of_route(route: RouteGeometry, kind: Kind) -> Ground:
    """The ground a route covers."""
    turn = math.nan
    if route.turn_rad is not None:
        turn = math.sqrt(float(np.average(route.turn_rad, weights=route.segment_length_m)))
    return ground_of_pieces(route.segment_length_m, route.gradient, kind, route.gain_m, turn)


def ground_of_pieces(length_m: FloatArray, gradient: FloatArray, kind: Kind, gain_m: float, turn: float) -> Ground:
    """The ground of pieces with a length and a gradient each; `gain_m` is that of the whole."""
    unit_time = length_m * np.exp(log_relative_pace(gradient, kind))
    total, metres = float(unit_time.sum()), float(length_m.sum())
    return Ground(
        log_unit_time=math.log(total),
        climb_gradient=float(unit_time @ np.maximum(gradient, 0.0)) / total,
        descent_gradient=float(unit_time @ np.maximum(-gradient, 0.0)) / total,
        log_km=math.log(metres / 1000.0),
        gain_m_per_km=1000.0 * gain_m / metres,
        turn=turn,
    )


def ground_of_splits(length_m: FloatArray, rise_m: FloatArray, kind: Kind, gain_m: float | None) -> Ground:
    """The ground of kilometre splits, each halved into a steeper and a gentler part until the whole climbs `gain_m`."""
    gradient = np.clip(rise_m / length_m, -0.6, 0.6)
    net_gain_m = float(np.maximum(gradient, 0.0) @ length_m)
    wanted_m = net_gain_m if gain_m is None else max(gain_m, net_gain_m)
    halves = np.concatenate((length_m, length_m)) / 2
    swing = _swing(length_m, gradient, wanted_m)
    swung = np.clip(np.concatenate((gradient + swing, gradient - swing)), -0.6, 0.6)
    return ground_of_pieces(halves, swung, kind, wanted_m, math.nan)


def _swing(length_m: FloatArray, gradient: FloatArray, gain_m: float) -> float:
    """How much steeper and gentler the halves are so that together they climb `gain_m`; at most 30 %."""
    low, high = 0.0, 0.3
    for _ in range(30):
        middle = (low + high) / 2
        climbed_m = float(length_m @ (np.maximum(gradient + middle, 0.0) + np.maximum(gradient - middle, 0.0))) / 2
        low, high = (middle, high) if climbed_m < gain_m else (low, middle)
    return low
