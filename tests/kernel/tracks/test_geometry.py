from __future__ import annotations

import time
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.tracks import BadGpx, NoElevation, RouteGeometry, Track, read_gpx, route_from_arrays, route_from_track
from kernel.tracks.distance import EARTH_RADIUS_M, cumulative_m, step_lengths_m
from kernel.tracks.elevation import climb_and_descent
from kernel.tracks.mended import mended
from kernel.tracks.track import FloatArray
from kernel.tracks.turn import simplify
from tests.kernel.tracks.gpx_text import document, point, walk
from tests.kernel.tracks.made_tracks import densified, reversed_track, track_of, tracks


def assert_finite(route: RouteGeometry) -> None:
    for column in (route.distance_m, route.elevation_m, route.segment_length_m, route.gradient, route.turn_rad):
        assert column is None or np.isfinite(column).all()
    assert np.isfinite([route.gain_m, route.loss_m, *route.gain_band_m, route.length_m]).all()


@given(tracks(), st.integers(2, 5))
@settings(deadline=None, max_examples=60)
def test_densifying_keeps_distance_and_climb(track: Track, times: int) -> None:
    coarse, fine = route_from_track(track), route_from_track(densified(track, times))
    assert fine.length_m == pytest.approx(coarse.length_m, rel=1e-3)
    low_m, high_m = coarse.gain_band_m
    # where the ground is flat and the heights are not sure, a hill of theirs may count or not: the band says so
    assert fine.gain_m == pytest.approx(coarse.gain_m, rel=0.02, abs=2.5) or low_m <= fine.gain_m <= high_m


@given(tracks())
@settings(deadline=None, max_examples=60)
def test_reversing_keeps_the_distance_and_swaps_climb_and_descent(track: Track) -> None:
    there, back = route_from_track(track), route_from_track(reversed_track(track))
    assert back.length_m == pytest.approx(there.length_m, rel=1e-9)
    # a height within rounding of the 2 m threshold may fall on its other side
    assert back.gain_m == pytest.approx(there.loss_m, abs=2.1)
    assert back.loss_m == pytest.approx(there.gain_m, abs=2.1)
    np.testing.assert_allclose(back.gradient, -there.gradient[::-1], atol=2e-5)


@given(st.lists(st.integers(0, 60_000), min_size=1, max_size=80))
def test_a_reversed_profile_swaps_climb_and_descent_exactly(millimetres: list[int]) -> None:
    heights = np.array(millimetres) / 1000
    up, down = climb_and_descent(heights, 2.0)
    assert climb_and_descent(heights[::-1], 2.0) == (down, up)


@given(tracks())
@settings(deadline=None, max_examples=60)
def test_a_route_is_finite_the_same_each_time_and_survives_storage(track: Track) -> None:
    route = route_from_track(track)
    assert_finite(route)
    again, stored = route_from_track(track), RouteGeometry.from_bytes(route.to_bytes())
    for other in (again, stored):
        assert other.to_bytes() == route.to_bytes()
        for name in ("distance_m", "elevation_m", "segment_length_m", "gradient", "turn_rad"):
            np.testing.assert_array_equal(getattr(other, name), getattr(route, name))
        assert (other.gain_m, other.loss_m, other.gain_band_m) == (route.gain_m, route.loss_m, route.gain_band_m)
    low, high = route.gain_band_m
    assert low <= route.gain_m <= high


@given(tracks(), st.integers(5, 25))
@settings(deadline=None, max_examples=40)
def test_splitting_into_segments_keeps_the_route(track: Track, at: int) -> None:
    assert track.elevation_m is not None
    points = [point(*triple) for triple in zip(track.lat_deg, track.lon_deg, track.elevation_m, strict=True)]
    whole, split = (route_from_track(read_gpx(document(*parts))) for parts in ([points], [points[:at], points[at:]]))
    assert split.to_bytes() == whole.to_bytes()


@given(
    st.lists(st.tuples(st.floats(-90, 90), st.floats(-180.5, 180.5), st.floats(-450, 9000)), min_size=2, max_size=12),
    st.booleans(),
)
@settings(deadline=None)
def test_any_points_on_earth_give_finite_numbers_or_a_reason(
    points: list[tuple[float, float, float]],
    near: bool,
) -> None:
    scale = 1e-4 if near else 1.0
    content = document([point(lat * scale, 180 + lon * scale if near else lon, ele) for lat, lon, ele in points])
    try:
        route = route_from_track(read_gpx(content))
    except (BadGpx, NoElevation) as error:
        assert error.reason in {"zero_length", "too_long", "zero_elevation", "sparse_elevation"}  # noqa: PT017 - both outcomes are right
        return
    assert_finite(route)
    assert np.abs(route.gradient).max() <= 0.6


def test_distances_are_great_circles() -> None:
    quarter = step_lengths_m(np.array([0.0, 90.0]), np.array([0.0, 0.0]))
    assert quarter[0] == pytest.approx(np.pi / 2 * EARTH_RADIUS_M)
    across = step_lengths_m(np.array([0.0, 0.0]), np.array([179.995, -179.995]))
    assert across[0] == pytest.approx(1111.95, rel=1e-4)
    at_the_pole = step_lengths_m(np.array([89.9999, 89.9999]), np.array([0.0, 180.0]))
    assert at_the_pole[0] == pytest.approx(22.24, rel=1e-3)


def test_an_even_slope_stays_an_even_slope() -> None:
    distance: FloatArray = np.arange(0.0, 3000.1, 7.0)
    route = route_from_arrays(distance, 1000 + 0.2 * distance)
    np.testing.assert_allclose(route.gradient, 0.2, atol=1e-4)
    assert route.gain_m == pytest.approx(0.2 * route.length_m, abs=2.0)
    assert route.loss_m == 0.0
    assert route.segment_length_m.sum() == pytest.approx(route.length_m)


def test_a_cliff_is_clipped() -> None:
    distance = np.arange(0.0, 2000.0, 10.0)
    route = route_from_arrays(distance, np.where(distance < 1000, 0.0, 500.0))
    assert route.gradient.max() == 0.6


def test_noise_under_two_metres_is_no_climb() -> None:
    noise = np.random.default_rng(1).normal(0, 0.5, 4000)
    route = route_from_arrays(np.arange(0.0, 40_000.0, 10.0), 100 + noise)
    assert route.gain_m < 5
    assert np.abs(np.diff(100 + noise)).sum() / 2 > 1000


def test_stops_collapse() -> None:
    distance = np.array([0.0, 100.0, 100.0, 100.0, 200.0, 300.0])
    moved = route_from_arrays(distance, np.array([10.0, 20.0, 90.0, 20.0, 30.0, 40.0]))
    straight = route_from_arrays(distance[[0, 1, 4, 5]], np.array([10.0, 20.0, 30.0, 40.0]))
    np.testing.assert_array_equal(moved.elevation_m, straight.elevation_m)


@pytest.mark.parametrize("length", [1.5, 9.0, 55.0, 130.0, 260.0])
def test_a_very_short_route_keeps_its_slope(length: float) -> None:
    route = route_from_arrays(np.array([0.0, length]), np.array([0.0, length / 10]))
    np.testing.assert_allclose(route.gradient, 0.1, atol=1e-3)


def test_a_square_turns_a_quarter_at_each_corner() -> None:
    side = np.linspace(0, 500, 101)
    north = np.concatenate((side, np.full(100, 500.0), side[-2::-1]))
    east = np.concatenate((np.zeros(101), side[1:], np.full(100, 500.0)))
    route = route_from_track(track_of(north, east, np.full(301, 5.0)))
    assert route.turn_rad is not None
    turned = (route.turn_rad * route.segment_length_m / 100).sum()
    assert turned == pytest.approx(np.pi, rel=0.05)
    assert np.count_nonzero(route.turn_rad) <= 6


def test_a_straight_line_with_jitter_does_not_turn() -> None:
    jitter = np.random.default_rng(3).normal(0, 2.0, 1000)
    route = route_from_track(track_of(np.arange(0.0, 10_000.0, 10.0), jitter, np.zeros(1000) + 7))
    assert route.turn_rad is not None
    assert route.turn_rad.max() == 0.0


def test_turning_does_not_depend_on_where_on_earth_or_on_the_antimeridian() -> None:
    angle = np.linspace(0, 6 * np.pi, 400)
    home = track_of(angle * 100, 80 * np.sin(angle), np.full(400, 5.0), lat=60)
    away = replace(home, lon_deg=(home.lon_deg - 8 + 180 + 180) % 360 - 180)
    one, other = route_from_track(home), route_from_track(away)
    assert one.turn_rad is not None
    assert other.turn_rad is not None
    np.testing.assert_allclose(one.turn_rad, other.turn_rad, atol=2e-3)


@given(st.integers(0, 2**32), st.integers(3, 5000), st.floats(0.5, 40))
@settings(deadline=None, max_examples=30)
def test_no_point_lies_farther_from_the_simplified_line_than_allowed(seed: int, count: int, tolerance: float) -> None:
    path = np.cumsum(np.random.default_rng(seed).normal(0, 5, (2, count)), axis=1)
    line = simplify(path[0], path[1], tolerance)
    assert line[0] == 0
    assert line[-1] == count - 1
    for start, stop in pairwise(line):
        chord = path[:, stop] - path[:, start]
        inner = path[:, start : stop + 1] - path[:, start, None]
        along = np.clip((chord @ inner) / float(chord @ chord + 1e-12), 0, 1)
        assert np.hypot(*(inner - np.outer(chord, along))).max() <= tolerance + 1e-6


def test_a_track_without_heights_says_what_to_do() -> None:
    with pytest.raises(NoElevation, match="planner") as caught:
        route_from_track(read_gpx(document(walk(heights=[None] * 200))))
    assert caught.value.reason == "no_elevation"


def test_heights_at_some_points_are_enough_where_no_stretch_is_without() -> None:
    whole = route_from_track(read_gpx(document(walk())))
    for gone in (range(3, 200, 25), range(0, 200, 10), [i for i in range(200) if i % 4]):
        heights = [None if i in gone else 500 + i for i in range(200)]
        filled = route_from_track(read_gpx(document(walk(heights=heights))))
        np.testing.assert_allclose(filled.elevation_m[40:-40], whole.elevation_m[40:-40], atol=0.01)


def test_a_stretch_without_heights_is_filled_and_said_or_too_long() -> None:
    def without(gone: range) -> Track:
        return read_gpx(document(walk(heights=[None if i in gone else 500 + i for i in range(200)])))

    said = {finding.code for finding in mended(without(range(8))).findings}
    assert said == {"heights_missing"}
    assert not mended(without(range(50, 53))).findings
    with pytest.raises(NoElevation, match="90%") as caught:
        route_from_track(without(range(100, 120)))
    assert caught.value.reason == "sparse_elevation"


@pytest.mark.parametrize("filler", [0, 8191.8])
def test_one_height_for_unknown_ones_is_not_a_flat_route(filler: float) -> None:
    with pytest.raises(NoElevation, match=f"is {filler},") as caught:
        route_from_track(read_gpx(document(walk(heights=[filler] * 200))))
    assert caught.value.reason == "zero_elevation"
    assert route_from_track(read_gpx(document(walk(heights=[3] * 200)))).gain_m == 0.0


def test_a_route_of_no_length_or_round_the_world_is_refused() -> None:
    with pytest.raises(BadGpx) as caught:
        route_from_arrays(np.array([0.0, 0.5]), np.array([1.0, 2.0]))
    assert caught.value.reason == "zero_length"
    with pytest.raises(BadGpx) as caught:
        route_from_track(read_gpx(document([point(0, 0, 1), point(0, 90, 1)])))
    assert caught.value.reason == "too_long"


@pytest.mark.parametrize(
    ("distance", "height"),
    [([0.0], [1.0]), ([0.0, 1.0], [1.0]), ([0.0, np.nan], [1.0, 1.0]), ([0.0, 9.0, 5.0], [1.0, 1.0, 1.0])],
)
def test_arrays_that_do_not_fit_are_refused(distance: list[float], height: list[float]) -> None:
    with pytest.raises(ValueError, match="istance"):
        route_from_arrays(np.array(distance), np.array(height))


def test_turns_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="10 segments"):
        route_from_arrays(np.array([0.0, 1000.0]), np.array([0.0, 1.0]), np.zeros(9))


def test_a_route_that_was_stored_without_its_gain_and_loss_has_them_all_the_same() -> None:
    distance = np.arange(0.0, 1500.0, 10.0)
    route = route_from_arrays(distance, 50 * np.sin(distance / 90), np.zeros(15))
    packed = route.to_bytes()
    older = RouteGeometry.from_bytes(b"RG1" + packed[3:11] + packed[27:])
    assert (older.gain_m, older.loss_m) == climb_and_descent(route.elevation_m, 2.0)
    assert older.gain_m == pytest.approx(route.gain_m, rel=0.1)
    assert (older.distance_m.tolist(), older.elevation_m.tolist()) == (
        route.distance_m.tolist(),
        route.elevation_m.tolist(),
    )


@given(st.binary(max_size=80))
def test_foreign_bytes_are_no_stored_route(packed: bytes) -> None:
    with pytest.raises(ValueError, match="stored route"):
        RouteGeometry.from_bytes(packed)


@given(st.integers(0, 10_000), st.integers(1, 255))
@settings(deadline=None)
def test_a_damaged_stored_route_is_refused_or_harmless(at: int, flip: int) -> None:
    distance = np.arange(0.0, 1500.0, 10.0)
    packed = bytearray(route_from_arrays(distance, 50 * np.sin(distance / 90), np.zeros(15)).to_bytes())
    packed[at % len(packed)] ^= flip
    try:
        assert_finite(RouteGeometry.from_bytes(bytes(packed)))
    except ValueError as error:
        assert "stored route" in str(error) or "segments" in str(error)  # noqa: PT017 - both outcomes are right


def test_a_hundred_kilometres_take_milliseconds_and_few_bytes() -> None:
    rng = np.random.default_rng(5)
    heading = np.cumsum(rng.normal(0, 0.3, 10_000))
    height = 1000 + 400 * np.sin(np.arange(10_000) / 150) + rng.normal(0, 1, 10_000)
    track = track_of(np.cumsum(10 * np.cos(heading)), np.cumsum(10 * np.sin(heading)), height, 45)
    took = []
    for _ in range(3):
        began = time.process_time()
        route = route_from_track(track)
        took.append(time.process_time() - began)
    assert min(took) < 0.3
    assert len(route.to_bytes()) < 30_000


def test_the_worst_half_million_points_stay_bounded() -> None:
    rng = np.random.default_rng(7)
    north, east = np.cumsum(rng.normal(0, 1.0, (2, 500_000)), axis=1)
    track = track_of(north, east, rng.uniform(0, 9, 500_000))
    began = time.process_time()
    assert cumulative_m(step_lengths_m(track.lat_deg, track.lon_deg))[-1] < 1_000_000
    route_from_track(track)
    assert time.process_time() - began < 10
