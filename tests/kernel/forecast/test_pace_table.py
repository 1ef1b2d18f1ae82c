"""The table says what the profile itself would say, to within what its lattice leaves out."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.contracts.prediction import Mode
from kernel.contracts.profile import CurvePoint
from kernel.forecast import FittedProfile, fit_profile, times_of
from kernel.forecast.distribution import Z90
from kernel.forecast.pace_table import TABLE_FORMAT, is_table, table_of, times_of_many
from kernel.pace import features_of_recording
from kernel.pace.curve import personal_curve
from kernel.pace.population import KIND_OF_MODE
from kernel.tracks import RouteGeometry
from kernel.tracks.track import FloatArray
from tests.kernel.forecast.synthetic import (
    TODAY_DAY,
    flat_route,
    gradients,
    history_of,
    modes,
    profile_of,
    recording_of,
    route_of,
)

quick = settings(max_examples=40, deadline=None)
MEDIAN_OFF = 0.04
"""The most (log) that the median is off for made-up athletes whose pace goes with hills for no good reason."""
DOUBT_OFF = 0.05
sizes = st.sampled_from([1, 3, 12, 40])
seeds = st.integers(0, 12)


@cache
def table(mode: Mode, size: int, seed: int) -> tuple[FittedProfile, bytes]:
    profile = profile_of(mode, size, seed)
    return profile, table_of(profile, curve_of(mode, size, seed))


def curve_of(mode: Mode, size: int, seed: int) -> tuple[CurvePoint, ...]:
    return personal_curve(history_of(mode, size, seed), KIND_OF_MODE[mode]).values


def exact(route: RouteGeometry, mode: Mode, profile: FittedProfile) -> tuple[float, float]:
    times = times_of(route, mode=mode, profile=profile)
    return math.log(times.p50_s), math.log(times.p90_s / times.p10_s) / (2 * Z90)


@quick
@given(modes, sizes, seeds, gradients)
def test_a_table_expects_what_its_profile_expects(mode: Mode, size: int, seed: int, slopes: FloatArray):
    profile, packed = table(mode, size, seed)
    route = route_of(slopes)
    told = times_of_many(route, mode, [packed])
    median, doubt = exact(route, mode, profile)
    assert told.log_time_s[0] == pytest.approx(median, abs=MEDIAN_OFF)
    assert told.log_time_sd[0] == pytest.approx(doubt, abs=DOUBT_OFF)


@pytest.mark.parametrize("length_m", [500.0, 42_000.0, 330_000.0])
def test_very_short_and_very_long_courses_are_answered_too(length_m: float):
    profile, packed = table("trail_run", 40, 1)
    route = flat_route(length_m)
    told = times_of_many(route, "trail_run", [packed])
    assert told.log_time_s[0] == pytest.approx(exact(route, "trail_run", profile)[0], abs=0.1)
    assert np.isfinite([told.log_time_sd[0], told.climb[0], told.descent[0]]).all()


@quick
@given(modes, gradients)
def test_each_row_is_what_it_is_alone(mode: Mode, slopes: FloatArray):
    route, tables = route_of(slopes), [table(mode, size, seed)[1] for size in (1, 12) for seed in range(4)]
    together = times_of_many(route, mode, tables)
    alone = [times_of_many(route, mode, [each]) for each in tables]
    for name in ("log_time_s", "log_time_sd", "climb", "descent"):
        assert getattr(together, name) == pytest.approx([getattr(each, name)[0] for each in alone], abs=1e-9)
        assert np.isfinite(getattr(together, name)).all()
    assert (together.log_time_sd > 0).all()


def climber(steep: float) -> bytes:
    """Somebody at 6:00/km whose climbs of 10 % cost by `steep` (log) more than the recordings of others."""
    slopes = np.tile(np.concatenate((np.zeros(100), np.full(100, 0.1), np.full(100, -0.1))), 4)
    recording = recording_of(slopes, 0.36)
    seconds = np.diff(recording.time_s) * np.where(slopes > 0, math.exp(steep), 1.0)
    slower = replace(recording, time_s=np.concatenate(([0.0], np.cumsum(seconds))))
    history = [features_of_recording(slower, "trail_run")] * 12
    profile = fit_profile(history, "trail_run", today_day=TODAY_DAY)
    assert profile is not None
    return table_of(profile, personal_curve(history, "run").values)


def test_who_climbs_worse_is_told_apart_on_climbs_and_on_no_flat():
    tables = [climber(0.0), climber(0.2)]
    hilly = times_of_many(route_of(np.tile([0.1] * 50 + [-0.1] * 50, 6)), "trail_run", tables)
    flat = times_of_many(flat_route(8000), "trail_run", tables)
    assert hilly.climb[1] > hilly.climb[0] + 0.03
    assert hilly.descent[1] == pytest.approx(hilly.descent[0], abs=0.02)
    assert flat.climb.tolist() == flat.descent.tolist() == [0.0, 0.0]


def test_tables_of_another_version_are_known_as_such():
    _, packed = table("trail_run", 3, 1)
    assert is_table(packed)
    assert packed.startswith(TABLE_FORMAT.tags)
    for other in (None, b"", b"PT0.00000000:" + packed[13:], packed[:-1], packed + b"x"):
        assert not is_table(other)


def test_a_table_is_small_enough_for_a_thousand_in_one_query():
    assert len(table("trail_run", 40, 1)[1]) < 1400
