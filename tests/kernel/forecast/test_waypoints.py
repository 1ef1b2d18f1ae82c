from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from kernel.forecast.waypoints import placed_waypoints
from kernel.tracks import RouteGeometry, Track, Waypoint, route_from_track

DEGREE_M = 111_195.08


def track(north_m: list[float], waypoints: list[Waypoint], east_deg: float = 77.0) -> Track:
    """A track along a meridian through these places, a point every 10 m."""
    steps = [np.arange(a, b, 10.0 if b > a else -10.0) for a, b in pairwise(north_m)]
    metres = np.append(np.concatenate(steps), north_m[-1])
    lat = metres / DEGREE_M
    return Track(lat, np.full(len(lat), east_deg), np.full(len(lat), 500.0), None, waypoints=tuple(waypoints))


def at(name: str, north_m: float, off_m: float = 0.0, east_deg: float = 77.0) -> Waypoint:
    return Waypoint(name, north_m / DEGREE_M, east_deg + off_m / DEGREE_M)


def found(path: Track) -> list[tuple[str, float]]:
    route: RouteGeometry = route_from_track(path)
    return [(place.name, place.at_m) for place in placed_waypoints(path, route).checkpoints]


def test_places_on_the_way_stand_where_the_track_passes_them():
    places = found(track([0, 8000], [at("Spring", 2000, 40), at("Pass", 6500)]))
    assert [name for name, _ in places] == ["Spring", "Pass"]
    assert [at_m for _, at_m in places] == pytest.approx([2000, 6500], abs=20)


def test_places_farther_than_100_m_or_without_a_name_are_none():
    assert found(track([0, 8000], [at("Hut", 2000, 120), at("  ", 3000)])) == []


def test_out_and_back_a_place_listed_twice_is_passed_twice():
    places = found(track([0, 5000, 0], [at("Spring", 2000), at("Turn", 5000), at("Spring again", 2000)]))
    assert [at_m for _, at_m in places] == pytest.approx([2000, 5000, 8000], abs=20)


def test_a_place_before_the_one_listed_before_it_stands_at_its_first_pass():
    places = found(track([0, 8000], [at("Pass", 6000), at("Spring", 2000)]))
    assert [name for name, _ in places] == ["Spring", "Pass"]


def test_start_and_finish_of_a_loop_are_its_two_ends():
    places = found(track([0, 3000, 0], [at("Start", 0), at("Top", 3000), at("Finish", 0)]))
    assert [at_m for _, at_m in places] == pytest.approx([0, 3000, 6000], abs=20)


def test_the_antimeridian_is_no_wall():
    lon = (180.0 - np.arange(-300, 300) * 10.0 / DEGREE_M + 180.0) % 360.0 - 180.0
    path = Track(
        np.zeros(600),
        lon,
        np.full(600, 5.0),
        None,
        waypoints=(Waypoint("Line", 0.0, -180.0), Waypoint("On", 0.0, 179.99)),
    )
    assert [at_m for _, at_m in found(path)] == pytest.approx([3000, 3000 + 0.01 * DEGREE_M], abs=30)


def test_sparse_points_of_a_drawn_course_do_not_hide_a_place():
    path = Track(
        np.array([0.0, 9000 / DEGREE_M]), np.full(2, 77.0), np.full(2, 5.0), None, waypoints=(at("Spring", 4000, 60),)
    )
    assert found(path)[0][1] == pytest.approx(4000, abs=20)


def test_long_names_are_cut_and_no_more_than_200_places_are_taken():
    places = found(track([0, 9000], [at("x" * 150, 30.0 * i) for i in range(300)]))
    assert len(places) == 200
    assert {len(name) for name, _ in places} == {80}


def test_kilometres_in_a_name_choose_the_pass_whatever_the_order_of_the_file():
    marks = [at("Finish (12 km)", 0), at("CP2 (9 km)", 3000), at("Turn", 6000), at("Start", 0), at("CP1 (2 km)", 2000)]
    places = dict(found(track([0, 6000, 0], marks)))
    expected = {"Start": 0, "CP1 (2 km)": 2000, "Turn": 6000, "CP2 (9 km)": 9000, "Finish (12 km)": 12000}
    assert places == pytest.approx(expected, abs=30)


def test_official_kilometres_are_those_of_a_longer_course():
    marks = [at("CP1 (2.2 km)", 2000), at("CP2 (9.9 km)", 3000), at("Turn 6.6 km", 6000), at("Finish (13.2km)", 0)]
    assert dict(found(track([0, 6000, 0], marks)))["CP2 (9.9 km)"] == pytest.approx(9000, abs=30)


def test_a_place_passed_twice_is_two_checkpoints():
    assert found(track([0, 6000, 0], [at("Aid", 2000)])) == [
        ("Aid (1)", pytest.approx(2000, abs=20)),
        ("Aid (2)", pytest.approx(10_000, abs=20)),
    ]


def test_a_name_with_two_distances_is_both_passes():
    places = found(track([0, 6000, 0], [at("CP1 (2 km) / CP2 (10 km)", 2000)]))
    assert [at_m for _, at_m in places] == pytest.approx([2000, 10_000], abs=30)


def test_numbered_places_stand_where_the_order_of_the_file_leaves_one_pass():
    marks = [at("Start", 0), at("CP1", 2000), at("Turn", 6000), at("CP2", 3000), at("Finish", 0)]
    expected = {"Start": 0, "CP1": 2000, "Turn": 6000, "CP2": 9000, "Finish": 12000}
    assert dict(found(track([0, 6000, 0], marks))) == pytest.approx(expected, abs=30)


def test_a_turn_near_a_place_is_one_pass_of_it():
    assert [at_m for _, at_m in found(track([0, 6000, 0], [at("Hut", 5_900)]))] == pytest.approx([5_900], abs=30)


def test_places_far_off_are_named_with_how_far():
    path = track([0, 8000], [at("Hut", 2000, 2_400), at("Spring", 3000)])
    placed = placed_waypoints(path, route_from_track(path))
    (finding,) = placed.findings
    assert (finding.code, finding.figures["names"]) == ("waypoints_off_course", ["Hut"])
    assert finding.figures["away_m"] == pytest.approx(2_400, rel=0.01)
