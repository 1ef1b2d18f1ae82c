from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kernel.tracks import Track, mended
from kernel.tracks.track import FloatArray
from tests.kernel.tracks.made_courses import course, heights_of, joined, moved

COURSE = course()
LENGTH_M = 12_000.0


def length_m(track: Track) -> float:
    whole = mended(track).track
    assert whole.at_m is not None
    return float(whole.at_m[-1])


def codes(track: Track) -> list[str]:
    return [finding.code for finding in mended(track).findings]


def inserted(track: Track, after: int, lat_deg: FloatArray, lon_deg: FloatArray, height_m: float) -> Track:
    heights = np.insert(heights_of(track), after, np.full(len(lat_deg), height_m))
    return Track(np.insert(track.lat_deg, after, lat_deg), np.insert(track.lon_deg, after, lon_deg), heights, None)


def recorded(track: Track, s_per_point: float = 7.0) -> Track:
    return replace(track, time_s=1_780_000_000.0 + s_per_point * np.arange(len(track.lat_deg)))


def test_a_course_with_nothing_wrong_says_nothing():
    assert codes(COURSE) == []
    assert length_m(COURSE) == pytest.approx(LENGTH_M, rel=0.02)


@pytest.mark.parametrize("where", [[300], [0], [600], [200, 201, 202], [100, 450]])
def test_a_few_fixes_kilometres_off_are_no_part_of_the_way(where: list[int]):
    spoilt = moved(COURSE, where, 7_000.0)
    assert codes(spoilt) == ["positions_left_out"]
    assert length_m(spoilt) == pytest.approx(length_m(COURSE), rel=0.01)


def test_a_receiver_at_null_island_is_nowhere():
    lat, lon = COURSE.lat_deg.copy(), COURSE.lon_deg.copy()
    lat[250:254], lon[250:254] = 0.0, 0.0
    spoilt = replace(COURSE, lat_deg=lat, lon_deg=lon)
    assert codes(spoilt) == ["positions_left_out"]
    assert length_m(spoilt) == pytest.approx(length_m(COURSE), rel=0.01)


def test_a_course_through_null_island_stays_there():
    north = np.arange(-2_000.0, 2_001.0, 20.0) / 111_195.0
    through = Track(north, 0.0 * north, 100.0 + 0.0 * north, None)
    assert codes(through) == []


def test_a_straight_spur_of_a_drawn_line_is_no_stray():
    out = np.cumsum(np.random.default_rng(3).exponential(60.0, 150))
    corners = np.concatenate((out, [out[-1] + 1_200.0], out[::-1]))
    drawn = Track(43 + corners / 111_195.0, 77 + 0.0 * corners, 500.0 + 0.0 * corners, None)
    assert "positions_left_out" not in codes(drawn)


def test_ten_minutes_of_standing_add_no_way_to_a_recording():
    draw = np.random.default_rng(4)
    lat = COURSE.lat_deg[300] + np.cumsum(draw.normal(0.0, 0.3, 600)) / 111_195.0 + draw.normal(0.0, 1.5, 600) / 111_195
    lon = COURSE.lon_deg[300] + draw.normal(0.0, 2.0, 600) / 81_000.0
    stood = inserted(COURSE, 300, lat, lon, float(heights_of(COURSE)[300]))
    steps_s = np.concatenate((np.full(300, 7.0), np.full(600, 1.0), np.full(len(COURSE.lat_deg) - 300, 7.0)))
    timed = replace(stood, time_s=1_780_000_000.0 + np.cumsum(steps_s))
    assert "standing_left_out" in codes(timed)
    assert length_m(timed) == pytest.approx(length_m(COURSE), rel=0.02)


def test_a_crowd_of_points_without_times_is_standing_too():
    draw = np.random.default_rng(6)
    lat = COURSE.lat_deg[300] + draw.normal(0.0, 2.5, 400) / 111_195.0
    lon = COURSE.lon_deg[300] + draw.normal(0.0, 2.5, 400) / 81_000.0
    stood = inserted(COURSE, 300, lat, lon, float(heights_of(COURSE)[300]))
    assert "standing_left_out" in codes(stood)
    assert length_m(stood) == pytest.approx(length_m(COURSE), rel=0.02)


@pytest.mark.parametrize("off_m", [4.0, 8.0, 12.0])
@pytest.mark.parametrize("follows", [0.0, 0.8])
@pytest.mark.parametrize("points", [150, 600, 3600])
def test_however_far_a_receiver_wanders_about_one_place_it_makes_no_way(off_m: float, follows: float, points: int):
    draw, off = np.random.default_rng(8), np.zeros((points, 2))
    for row in range(1, points):
        off[row] = follows * off[row - 1] + np.sqrt(1 - follows**2) * draw.normal(0.0, off_m, 2)
    lat = COURSE.lat_deg[300] + off[:, 0] / 111_195.0
    lon = COURSE.lon_deg[300] + off[:, 1] / 81_000.0
    stood = inserted(COURSE, 300, lat, lon, float(heights_of(COURSE)[300]))
    assert "standing_left_out" in codes(stood)
    assert length_m(stood) == pytest.approx(length_m(COURSE), rel=0.015)


@pytest.mark.parametrize("radius_m", [20.0, 30.0, 45.0])
def test_many_small_laps_are_way(radius_m: float):
    turned = np.arange(0.0, 60.0 * np.pi, 5.0 / radius_m)
    lat, lon = 47 + radius_m * np.sin(turned) / 111_195.0, 8 + radius_m * np.cos(turned) / 75_800.0
    laps = Track(lat, lon, 400.0 + 0.0 * turned, None)
    assert "standing_left_out" not in codes(laps)
    assert length_m(laps) == pytest.approx(radius_m * turned[-1], rel=0.02)


def test_a_steady_recording_has_no_standing_in_it():
    assert codes(recorded(COURSE)) == []
    assert length_m(recorded(COURSE)) == length_m(COURSE)


def test_a_gap_that_somebody_can_have_gone_counts_straight_and_is_said():
    beyond = moved(COURSE, slice(400, None), 1_500.0)
    assert codes(beyond) == ["gaps_bridged"]
    assert length_m(beyond) == pytest.approx(length_m(COURSE) + 1_500.0, rel=0.02)


def test_a_leap_of_many_kilometres_does_not_count():
    apart = moved(COURSE, slice(300, None), 54_000.0)
    assert codes(apart) == ["gaps_left_out"]
    assert length_m(apart) == pytest.approx(length_m(COURSE), rel=0.01)


def test_two_valleys_in_one_line_are_not_joined_through_the_air():
    other = moved(course(4_000.0), slice(None), 100_000.0)
    assert length_m(joined(COURSE, other)) == pytest.approx(LENGTH_M + 4_000.0, rel=0.02)
