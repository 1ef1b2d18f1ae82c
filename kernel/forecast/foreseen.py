"""What to know about a day before it comes: that it is longer than any before, leads into a second night, and the like.

A forecast is made of those who finished and of ground that people walk; a warning says where that is not the whole of
it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from kernel.contracts.route import CourseWarning
from kernel.fitted import FINISHING
from kernel.forecast.checkpoints import Way
from kernel.forecast.distribution import TimeDistribution
from kernel.forecast.fitted_profile import ProfileFacts
from kernel.forecast.warned import told
from kernel.tracks.geometry import STEEPEST

_DOUBT_M: Final = 60.0
_DOUBT_SHARE: Final = 0.4
"""Of the climb: a band of D+ wider than this is said."""
_FEW: Final = 6
_MUCH_LONGER: Final = 1.5
_HOUR_S: Final = 3600.0
_MANY_GIVE_UP_H: Final = 12.0
_LONGEST_HIKES_H: Final = 12.0


def foreseen(
    way: Way, times: TimeDistribution, facts: ProfileFacts | None, *, second_night: bool, night_s: float = 0.0
) -> tuple[CourseWarning, ...]:
    """The warnings about a day on this way with these moving times; `facts` is None for a stranger.

    `night_s` are seconds that are slept on the way.
    """
    hours = way.clock.total_at(0.0) / _HOUR_S
    return (
        *_about_heights(way),
        *_about_length(times, facts),
        *_about_hours(hours, way, second_night=second_night, night_s=night_s),
        *_about_ground(way),
    )


def _about_heights(way: Way) -> Iterator[CourseWarning]:
    low_m, high_m = way.route.gain_band_m
    if high_m - low_m > max(_DOUBT_M, _DOUBT_SHARE * way.route.gain_m):
        yield told("heights_unsure", {"low_height_m": round(low_m, 1), "high_height_m": round(high_m, 1)})


def _about_length(times: TimeDistribution, facts: ProfileFacts | None) -> Iterator[CourseWarning]:
    if facts is not None and facts.total_activities < _FEW:
        yield told("little_known", {"count": float(facts.total_activities)})
    if facts is not None and times.p50_s > _MUCH_LONGER * facts.longest_s:
        yield told("beyond_longest", {"longer_times": round(times.p50_s / facts.longest_s, 1)})


def _about_hours(hours: float, way: Way, *, second_night: bool, night_s: float) -> Iterator[CourseWarning]:
    if second_night:
        yield told("second_night", {})
    if night_s > 0:
        yield told("night_expected", {"hours": night_s / _HOUR_S})
    elif way.kind == "walk" and hours > _LONGEST_HIKES_H:
        yield told("long_hike", {"hours": _LONGEST_HIKES_H})
    if way.kind == "run" and hours >= _MANY_GIVE_UP_H:
        shares = [percent for below, percent in FINISHING if hours < below]
        yield told("finishers_only", {"finishers": shares[0] if shares else FINISHING[-1][1]})


def _about_ground(way: Way) -> Iterator[CourseWarning]:
    steep = np.abs(way.route.gradient) >= STEEPEST
    if steep.any():
        length_m = round(float(way.route.segment_length_m[steep].sum()))
        yield told("hands_on_ground", {"length_m": length_m})
