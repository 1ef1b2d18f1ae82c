"""The kernel beside public results of races, in the shape that `races.py` of the evaluation folder asks for.

    python ../shared/eval/races.py --py benchmarks.races

`personal` knows one earlier result of somebody, as if it were the one outing of a history: from start to finish, so
what both races say is elapsed time. `stranger` knows nothing; `onward` is for `replan.py`. Courses are even hills made
of length and climb.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import numpy as np

from benchmarks.courses import hilly_course
from benchmarks.on_the_day import onward
from kernel.contracts.prediction import Mode
from kernel.forecast import FittedProfile, fit_profile
from kernel.forecast.distribution import Z90
from kernel.forecast.elapsed import clock_of
from kernel.forecast.expectation import expected
from kernel.forecast.versions import versions_of
from kernel.pace import KIND_OF_MODE, ActivityFeatures
from kernel.pace.categories import CATEGORY_COUNT
from kernel.pace.ground import ground_of_route
from kernel.tracks import RouteGeometry

__all__ = ["onward", "personal", "stranger"]

MODE: Final[Mode] = "trail_run"
_DAY: Final = 20_000.0
_NOTHING: Final = (0.0,) * CATEGORY_COUNT
_NONE: Final = (0,) * CATEGORY_COUNT

Quantiles = tuple[float, float, float]
Race = Mapping[str, Any]


def personal(earlier: Race, elapsed_s: float, target: Race) -> Quantiles:
    """P10, P50 and P90 of elapsed seconds in a race, of whom nothing is known but an earlier result."""
    profile = fit_profile([_outing(course_of(earlier), elapsed_s)], MODE, today_day=_DAY)
    if profile is None:
        raise ValueError("Nobody can have run this race in this time.")
    return _elapsed(course_of(target), profile, stops=False)


def stranger(target: Race) -> Quantiles:
    """P10, P50 and P90 of elapsed seconds in a race, of somebody of whom nothing is known."""
    return _elapsed(course_of(target), None, stops=True)


def _elapsed(course: RouteGeometry, profile: FittedProfile | None, *, stops: bool) -> Quantiles:
    """From start to finish; without `stops` where they are part of what the history says is moving."""
    told = expected(versions_of(course, KIND_OF_MODE[MODE]), KIND_OF_MODE[MODE], profile)
    if not stops:
        return told.times.p10_s, told.times.p50_s, told.times.p90_s
    low, middle, high = clock_of(told.times, told.stops, 0.0).going_at(np.array([-Z90, 0.0, Z90])).tolist()
    return low, middle, high


def course_of(race: Race) -> RouteGeometry:
    """Even hills as long and as high as a race."""
    return _hills(race["km"], race["dplus_m"], race["dminus_m"])


@cache
def _hills(km: float, gain_m: float, loss_m: float) -> RouteGeometry:
    return hilly_course(km, gain_m, loss_m)


def _outing(course: RouteGeometry, elapsed_s: float) -> ActivityFeatures:
    """A race as an outing that a profile may rest on."""
    ground = ground_of_route(course, KIND_OF_MODE[MODE])
    return ActivityFeatures(
        log_unit_time=ground.log_unit_time,
        climb_cost=ground.climb_cost,
        log_km=ground.log_km,
        kind=KIND_OF_MODE[MODE],
        sport="trail_run",
        day=_DAY,
        log_moving_s=math.log(elapsed_s),
        elapsed_ratio=1.0,
        heterogeneity=math.nan,
        turn=math.nan,
        winding=math.nan,
        source="recording",
        category_seconds=_NOTHING,
        category_metres=_NOTHING,
        category_count=_NONE,
    )
