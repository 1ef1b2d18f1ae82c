"""Why a route takes longer, or less long, than a flat run of its length."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from kernel.contracts.prediction import Cause, MinutesOfCause
from kernel.fitted import Kind
from kernel.forecast.expectation import Expectation
from kernel.forecast.pacing import whole_numbers
from kernel.pace.population import relative_pace
from kernel.tracks import RouteGeometry

CAUSES: Final[tuple[Cause, ...]] = ("climb", "descent", "distance", "terrain", "level")
_TENTHS_PER_S: Final = 1 / 6


@dataclass(frozen=True, slots=True)
class Explanation:
    """A flat run of the same distance, and the minutes each cause adds; they lead to the moderate time exactly."""

    flat_run_s: int
    minutes: list[MinutesOfCause]


def explanation_of(
    route: RouteGeometry, expectation: Expectation, *, kind: Kind, flat_pace_s_per_km: float
) -> Explanation:
    """What makes the moderate moving time differ from the route's length at the flat pace.

    `climb` and `descent` are what the population's curve adds on slopes up and down, at the flat pace. `distance` is
    how the athlete's pace changes from their usual distance to this one, beyond their longest included. `level` is by
    how much their usual outing of late is slower than flat pace and curve: form, effort, skill on slopes, and for a
    stranger all that is not distance. `terrain` is the rest: what the history says of this route against the usual one,
    by how hilly and how winding it is, and the bends that its line does not show. The last three multiply the time;
    their minutes share it by logarithmic mean (Ang, Energy Policy 32, 2004), which leaves no remainder.
    """
    s_per_m, median_s = flat_pace_s_per_km / 1000.0, expectation.times.p50_s
    flat_s = s_per_m * route.length_m
    added = s_per_m * (route.edges_m[1:] - route.edges_m[:-1]) * (relative_pace(route, kind) - 1.0)
    climbs = route.gradient > 0
    climb_s, descent_s = float(added[climbs].sum()), float(added[~climbs].sum())
    on_slopes_s = flat_s + climb_s + descent_s
    rest, distance = math.log(median_s / on_slopes_s), expectation.distance
    usual = expectation.usual_log_s_per_m
    level = rest - distance if usual is None else usual - math.log(s_per_m)
    weight_s = on_slopes_s if abs(rest) < 1e-9 else (median_s - on_slopes_s) / rest
    seconds = [climb_s, descent_s, *(weight_s * part for part in (distance, rest - distance - level, level))]
    flat_run_s = round(flat_s)
    total = round((round(median_s) - flat_run_s) * _TENTHS_PER_S)
    tenths = whole_numbers(np.array(seconds) * _TENTHS_PER_S, total)
    return Explanation(flat_run_s, list(map(MinutesOfCause, CAUSES, (tenths / 10).tolist())))
