"""Where a course runs comes back as it was stored, and damage is found."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.tracks import CourseLine, Track, line_of
from kernel.tracks.distance import cumulative_m, step_lengths_m
from kernel.tracks.line import MOST_POINTS

places = st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180)), min_size=2, max_size=60)


def track_of(points: list[tuple[float, float]]) -> Track:
    lat, lon = np.array(points).T
    return Track(lat, lon, None, None)


def walk(count: int) -> Track:
    along = np.linspace(0.0, 1.0, count)
    return Track(46.0 + 0.3 * along, 7.0 + 0.1 * np.sin(40 * along), None, None)


@given(places)
def test_a_line_is_read_as_it_was_stored(points: list[tuple[float, float]]):
    line = line_of(track_of(points))
    again = CourseLine.from_bytes(line.to_bytes())
    for name in ("lat_deg", "lon_deg", "at_m"):
        assert getattr(again, name) == pytest.approx(getattr(line, name), abs=1e-9)
    assert again.to_bytes() == line.to_bytes()


@given(places)
def test_a_line_lies_within_a_decimetre_of_its_track(points: list[tuple[float, float]]):
    track = track_of(points)
    line = line_of(track)
    assert line.lat_deg == pytest.approx(track.lat_deg, abs=6e-7)
    assert line.lon_deg == pytest.approx(track.lon_deg, abs=6e-7)
    at_m = cumulative_m(step_lengths_m(track.lat_deg, track.lon_deg))
    assert line.at_m == pytest.approx(at_m, abs=0.006)
    assert (np.diff(line.at_m) >= 0).all()


def test_a_track_of_very_many_points_keeps_both_ends_and_points_spread_along_it():
    track = walk(55_000)
    line = line_of(track)
    assert MOST_POINTS - 10 <= len(line.at_m) <= MOST_POINTS
    assert line.at_m[0] == 0
    assert line.lat_deg[[0, -1]] == pytest.approx(track.lat_deg[[0, -1]], abs=1e-6)
    assert np.diff(line.at_m).max() < 3 * np.diff(line.at_m).mean()
    assert len(line.to_bytes()) < 120_000


@pytest.mark.parametrize(
    "damaged",
    [
        lambda packed: packed[:0],
        lambda packed: b"XX1" + packed[3:],
        lambda packed: packed[:5],
        lambda packed: packed[:-3],
        lambda packed: packed[:3] + b"\xff\xff\xff\x7f" + packed[7:],
        lambda packed: packed[:3] + b"\x01\x00\x00\x00" + packed[7:],
        lambda packed: packed[:3] + b"\x05\x00\x00\x00" + packed[7:],
    ],
)
def test_what_is_no_stored_line_is_refused(damaged: Callable[[bytes], bytes]):
    with pytest.raises(ValueError, match="stored"):
        CourseLine.from_bytes(damaged(line_of(walk(40)).to_bytes()))
