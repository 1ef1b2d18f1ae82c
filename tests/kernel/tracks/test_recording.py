from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kernel.tracks import (
    BadGpx,
    NoElevation,
    Recording,
    Track,
    read_gpx,
    recording_from_track,
    route_from_recording,
    route_from_track,
)
from kernel.tracks.motion import nondecreasing, slowest_m_per_s
from kernel.tracks.track import FloatArray
from tests.kernel.tracks.gpx_text import START, document, moment, point, walk
from tests.kernel.tracks.made_tracks import track_of

Floats = NDArray[np.floating[Any]]
STEP_DEG = 1e-5  # about 1.11 m of latitude


def recorded(time_s: FloatArray, north_steps: Floats, east_steps: Floats | None = None) -> Recording:
    count = len(time_s)
    east = np.zeros(count) if east_steps is None else east_steps
    track = Track(
        lat_deg=np.asarray(north_steps * STEP_DEG, dtype=np.float64),
        lon_deg=np.asarray(8 + east * STEP_DEG, dtype=np.float64),
        elevation_m=np.full(count, 100.0) + np.arange(count) * 0.1,
        time_s=START.timestamp() + time_s,
    )
    return recording_from_track(track)


def streams(time_s: list[float], distance_m: list[float]) -> Recording:
    return Recording(np.array(time_s), np.array(distance_m), np.zeros(len(time_s)), datetime(2026, 1, 1, tzinfo=UTC))


def test_a_steady_walk_moves_all_the_time() -> None:
    recording = recording_from_track(read_gpx(document(walk())))
    assert recording.elapsed_time_s == 199 * 8
    assert recording.moving_time_s == 199 * 8
    assert recording.started_at == START
    assert recording.distance_m[-1] == pytest.approx(199 * 11.12, rel=1e-3)


@pytest.mark.parametrize("every_s", [1, 60, 130, 300, 600, 1200])
def test_a_tracker_that_tells_seldom_where_it_is_does_not_drive(every_s: int) -> None:
    count = 20_000 // every_s
    recording = recorded(np.arange(count) * float(every_s), 1.4 * every_s * np.arange(count) / 1.1119)
    assert recording.cuts == ()
    assert recording.moving_time_s == (count - 1) * every_s


def test_without_times_there_is_no_recording() -> None:
    with pytest.raises(BadGpx, match="plan") as caught:
        recording_from_track(read_gpx(document(walk(timed=False))))
    assert caught.value.reason == "no_time"


def test_one_moment_for_all_points_is_no_time() -> None:
    same = document([point(47 + i * 1e-4, 8, 500 + i, moment(0)) for i in range(50)])
    with pytest.raises(BadGpx) as caught:
        recording_from_track(read_gpx(same))
    assert caught.value.reason == "no_time"


def test_without_heights_there_is_no_recording() -> None:
    with pytest.raises(NoElevation):
        recording_from_track(read_gpx(document(walk(heights=[None] * 200))))


def test_streams_count_a_stop_at_one_distance_as_standing() -> None:
    recording = streams([0, 10, 20, 320, 330], [0, 30, 60, 60, 90])
    assert recording.elapsed_time_s == 330
    assert recording.moving_time_s == 30
    np.testing.assert_array_equal(recording.cumulative_moving_s(), [0, 10, 20, 20, 30])
    np.testing.assert_array_equal(recording.moving_s_at(np.array([0.0, 60.0, 75.0, 90.0])), [0, 20, 25, 30])


def test_drifting_through_a_pause_is_not_moving() -> None:
    assert streams([0, 10, 610, 620], [0, 30, 45, 75]).moving_time_s == 20


def test_a_gap_of_1168_hours_is_a_pause() -> None:
    time_s = np.arange(600.0)
    time_s[5:] += 1168 * 3600
    recording = recorded(time_s, np.arange(600) * 2.0)
    assert recording.elapsed_time_s == 1168 * 3600 + 599
    assert recording.moving_time_s == pytest.approx(598, abs=11)


def test_a_receiver_that_jitters_on_the_spot_is_not_moving() -> None:
    rng = np.random.default_rng(11)
    north = np.concatenate((np.arange(600) * 2.5, np.full(900, 600 * 2.5), (600 + np.arange(600)) * 2.5))
    jitter = rng.normal(0, 0.7, (2, len(north)))
    recording = recorded(np.arange(len(north), dtype=float), north + jitter[0], jitter[1])
    assert recording.elapsed_time_s == 2099
    assert recording.moving_time_s == pytest.approx(1200, rel=0.03)


def climb(speed_m_per_s: float, gradient: float) -> Recording:
    """Ten minutes at one speed on one slope, a fix a second."""
    time_s = np.arange(600.0)
    north_m = speed_m_per_s * time_s
    track = Track(
        lat_deg=north_m / 111_195.0,
        lon_deg=np.full(600, 8.0),
        elevation_m=900.0 + gradient * north_m,
        time_s=START.timestamp() + time_s,
    )
    return recording_from_track(track)


@pytest.mark.parametrize("gradient", [0.45, -0.45, 0.8])
def test_a_slow_steep_climb_is_not_a_stop(gradient: float) -> None:
    assert climb(0.15, gradient).moving_time_s == 599
    assert climb(0.15, 0.0).moving_time_s == 0


@given(st.floats(-2, 2), st.floats(-2, 2))
def test_steeper_ground_never_asks_for_more_speed(one: float, other: float) -> None:
    gentle, steep = sorted((abs(one), abs(other)))
    speeds = slowest_m_per_s(np.array([gentle, steep]))
    assert 0.1 < speeds[1] <= speeds[0] <= 0.25


def test_slow_walking_is_seen_through_coarse_fixes_of_every_second() -> None:
    north = np.round(0.4 * np.arange(600.0) / 1.112)  # five decimals: most fixes repeat the one before
    assert recorded(np.arange(600.0), north).moving_time_s == pytest.approx(599, rel=0.03)


def test_standing_on_a_steep_slope_is_still_a_stop() -> None:
    rng = np.random.default_rng(5)
    steps = np.concatenate((np.full(400, 0.4), np.zeros(600), np.full(400, 0.4)))
    north = np.cumsum(steps) + rng.normal(0, 0.4, len(steps))
    track = Track(
        lat_deg=north / 111_195.0,
        lon_deg=np.full(len(steps), 8.0),
        elevation_m=900.0 + 0.4 * np.cumsum(steps),
        time_s=START.timestamp() + np.arange(float(len(steps))),
    )
    assert recording_from_track(track).moving_time_s == pytest.approx(800, rel=0.05)


def test_turning_round_on_the_spot_is_not_a_stop() -> None:
    there = np.arange(300) * 0.6
    recording = recorded(np.arange(600.0), np.concatenate((there, there[::-1])))
    assert recording.moving_time_s == pytest.approx(599, abs=2)


def test_a_bogus_fix_far_off_is_dropped() -> None:
    north = np.arange(300) * 2.5
    spiked = north.copy()
    spiked[100:103] += 2000
    clean, dirty = recorded(np.arange(300.0), north), recorded(np.arange(300.0), spiked)
    assert dirty.distance_m[-1] == pytest.approx(clean.distance_m[-1], rel=1e-6)
    assert len(dirty.time_s) == 297
    assert dirty.moving_time_s == clean.moving_time_s


def test_a_transfer_by_car_adds_no_distance_on_foot() -> None:
    north = np.arange(300) * 2.5
    north[150:] += 20_000
    recording = recorded(np.arange(300.0), north)
    assert recording.distance_m[-1] == pytest.approx(299 * 2.5 * 1.112, rel=0.03)
    assert recording.moving_time_s <= 299


@pytest.mark.parametrize(
    "times",
    [
        [0, 10, 20, 5, 40, 50],
        [0, 10, 9999, 30, 40, 50],
        [9999, 10, 20, 30, 40, 50],
        [0, 10, 20, 30, 40, -9999],
        [5, 4, 3, 2],
    ],
)
def test_a_clock_that_runs_backward_is_mended(times: list[float]) -> None:
    mended = nondecreasing(np.array(times, dtype=float))
    assert (np.diff(mended) >= 0).all()
    assert set(mended) & set(times)
    assert mended.min() >= min(times)
    assert mended.max() <= max(times)


def test_one_bogus_time_leaves_the_others_alone() -> None:
    good = np.arange(0.0, 100.0, 10.0)
    for bogus in (9999.0, -9999.0):
        bad = good.copy()
        bad[4] = bogus
        np.testing.assert_allclose(nondecreasing(bad), good)


@given(st.lists(st.integers(-5, 5), min_size=2, max_size=40))
@settings(deadline=None)
def test_mended_times_never_fall_and_good_ones_stay(steps: list[int]) -> None:
    times = np.cumsum(np.array(steps, dtype=float))
    mended = nondecreasing(times)
    assert (np.diff(mended) >= 0).all()
    if (np.diff(times) >= 0).all():
        np.testing.assert_array_equal(mended, times)


@given(
    st.lists(st.tuples(st.integers(-50, 50), st.integers(-50, 50), st.integers(-20, 3600)), min_size=2, max_size=40),
    st.integers(-80, 80),
)
@settings(deadline=None)
def test_any_timed_track_gives_finite_ordered_numbers(steps: list[tuple[int, int, int]], lat: int) -> None:
    north, east, time_s = np.cumsum(np.array(steps, dtype=float), axis=0).T
    track = Track(lat + north * 1e-4, 180 - east * 1e-4, np.linspace(1, 50, len(steps)), START.timestamp() + time_s)
    try:
        recording = recording_from_track(track)
    except BadGpx as error:
        assert error.reason in {"no_time", "zero_length", "vehicle"}  # noqa: PT017 - both outcomes are right
        return
    for column in (recording.time_s, recording.distance_m):
        assert np.isfinite(column).all()
        assert (np.diff(column) >= 0).all()
    assert np.isfinite(recording.elevation_m).all()
    assert 0 <= recording.moving_time_s <= recording.elapsed_time_s
    assert (np.diff(recording.cumulative_moving_s()) >= 0).all()


def test_shifting_the_clock_changes_only_the_start() -> None:
    time_s = np.arange(300.0)
    early, late = recorded(time_s, time_s * 2), recorded(time_s + 86_400 * 91, time_s * 2)
    assert (late.started_at - early.started_at).days == 91
    np.testing.assert_allclose(early.time_s, late.time_s)
    assert early.moving_time_s == pytest.approx(late.moving_time_s)


def test_the_route_of_a_recording_is_the_route_of_its_track() -> None:
    track = read_gpx(document(walk()))
    recording = recording_from_track(track)
    assert route_from_recording(recording).to_bytes() == route_from_track(track).to_bytes()
    bare = Recording(recording.time_s, recording.distance_m, recording.elevation_m, recording.started_at)
    assert route_from_recording(bare).turn_rad is None


@pytest.mark.parametrize(("error_m", "forgotten_in_s"), [(1.0, 1.0), (2.0, 30.0), (3.0, 120.0)])
def test_a_receiver_that_wanders_while_its_owner_stands_adds_next_to_no_way(error_m: float, forgotten_in_s: float):
    def length_m(stop_s: int) -> float:
        draw, time_s = np.random.default_rng(3), np.arange(0.0, 1_501.0 + stop_s)
        gone_m = 2.5 * (time_s - np.clip(time_s - 750.0, 0.0, stop_s))
        off_m, kept = draw.normal(0.0, error_m, (2, len(time_s))), np.exp(-1.0 / forgotten_in_s)
        for at in range(1, len(time_s)):
            off_m[:, at] = kept * off_m[:, at - 1] + np.sqrt(1.0 - kept**2) * off_m[:, at]
        track = track_of(gone_m + off_m[0], off_m[1], 900.0 + 0.03 * gone_m, 43.0)
        return float(recording_from_track(replace(track, time_s=1.78e9 + time_s)).distance_m[-1])

    assert length_m(600) == pytest.approx(length_m(0), rel=0.03)
