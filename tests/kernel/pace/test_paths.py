"""Paths as they are remembered: what they tell of two ways, and that they tell no more."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.pace.paths import NO_PATHS, Paths, overlap_of, overlaps, paths_of
from kernel.tracks.track import FloatArray

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
_M_PER_DEG = 111_195.0


def way(
    east_m: FloatArray, north_m: FloatArray, *, lat: float = 46.5, lon: float = 8.0
) -> tuple[FloatArray, FloatArray]:
    """Places of a way on a plane around a point."""
    return lat + north_m / _M_PER_DEG, lon + east_m / (_M_PER_DEG * np.cos(np.radians(lat)))


def winding(length_m: float = 12_000, *, step_m: float = 15.0, seed: int = 1) -> tuple[FloatArray, FloatArray]:
    """A way that bends as paths do, east and north in metres."""
    count = int(length_m / step_m)
    bends = np.random.default_rng(seed).normal(0, 0.25, count)
    heading = np.convolve(np.cumsum(bends), np.ones(8) / 8, "same")
    return np.cumsum(step_m * np.cos(heading)), np.cumsum(step_m * np.sin(heading))


def wavering(east_m: FloatArray, north_m: FloatArray, sd_m: float, seed: int) -> tuple[FloatArray, FloatArray]:
    """The same as a device tells it, a little aside everywhere."""
    chance = np.random.default_rng(seed)
    drift = [np.convolve(chance.normal(0, sd_m, len(east_m) + 40), np.ones(41) / np.sqrt(41), "valid") for _ in "xy"]
    return east_m + drift[0], north_m + drift[1]


@pytest.mark.parametrize("seed", range(4))
def test_two_recordings_of_a_way_share_most_of_it(seed: int):
    line = winding(seed=seed)
    first, again = (paths_of(*way(*wavering(*line, 4.0, chance)), KEY) for chance in (1, 2))
    assert overlap_of(first, [again])[0] > 0.75


def test_a_plan_and_a_recording_of_it_share_most_of_it():
    plan = winding(step_m=40.0)
    east, north = (np.interp(np.linspace(0, 1, 6000), np.linspace(0, 1, len(axis)), axis) for axis in plan)
    recorded = paths_of(*way(*wavering(east, north, 4.0, 3)), KEY)
    assert overlap_of(paths_of(*way(*plan), KEY), [recorded])[0] > 0.75


def test_the_same_way_back_is_the_same_way():
    east, north = winding()
    there, back = paths_of(*way(east, north), KEY), paths_of(*way(east[::-1], north[::-1]), KEY)
    assert overlap_of(there, [back])[0] > 0.9


def test_ways_that_never_meet_share_nothing():
    east, north = winding()
    here, far = paths_of(*way(east, north), KEY), paths_of(*way(east, north, lat=47.9), KEY)
    assert overlap_of(here, [far, NO_PATHS]).tolist() == [0.0, 0.0]


def test_a_way_that_is_half_shared_is_less_alike_than_a_whole_one():
    east, north = winding(16_000)
    half = len(east) // 2
    whole, first = paths_of(*way(east, north), KEY), paths_of(*way(east[:half], north[:half]), KEY)
    assert 0.5 < overlap_of(whole, [first])[0] < 0.9


def test_without_the_key_nothing_is_found_again():
    line = way(*winding())
    mine, others = paths_of(*line, KEY), paths_of(*line, OTHER_KEY)
    assert overlap_of(mine, [others])[0] == 0.0
    assert not set(mine.marks.tolist()) & set(others.marks.tolist())


def test_most_cells_of_a_way_are_not_kept():
    east, north = winding(60_000)
    cells = len(np.unique(np.column_stack((np.floor(east / 60), np.floor(north / 60))), axis=0))
    assert 0.15 < len(paths_of(*way(east, north), KEY).marks) / cells < 0.4


def test_marks_stand_in_an_order_that_tells_nothing_of_the_way():
    marks = paths_of(*way(*winding()), KEY).marks
    assert (np.diff(marks.astype(np.float64)) > 0).all()


def test_a_way_around_the_world_is_not_looked_at():
    lon = np.linspace(-179.9, 179.9, 4000)
    assert paths_of(np.zeros(len(lon)), lon, KEY) is NO_PATHS


def test_the_date_line_is_a_place_like_any_other():
    east, north = winding()
    lat, lon = way(east, north, lat=-17.0, lon=180.0)
    across = paths_of(lat, (lon + 180.0) % 360.0 - 180.0, KEY)
    assert overlap_of(paths_of(lat, lon, KEY), [across])[0] == pytest.approx(1.0)


def test_stored_paths_come_back_as_they_were():
    known = paths_of(*way(*winding()), KEY)
    again = Paths.from_bytes(known.to_bytes())
    assert again.marks.tolist() == known.marks.tolist()
    assert again.metres.tolist() == known.metres.tolist()
    assert Paths.from_bytes(NO_PATHS.to_bytes()).marks.tolist() == []


@pytest.mark.parametrize("packed", [b"", b"OP", b"OP1x", b"OP2" + b"0" * 10])
def test_other_bytes_are_refused(packed: bytes):
    with pytest.raises(ValueError, match="stored paths"):
        Paths.from_bytes(packed)


@given(st.lists(st.tuples(st.integers(0, 26), st.integers(1, 3)), min_size=1, max_size=8))
def test_how_much_ways_share_is_a_covariance(spans: list[tuple[int, int]]):
    east, north = winding(9000)
    ways = [
        paths_of(*way(east[20 * at : 20 * (at + n) + 2], north[20 * at : 20 * (at + n) + 2]), KEY) for at, n in spans
    ]
    found = overlaps([*ways, NO_PATHS])
    assert (np.diag(found) == 1.0).all()
    assert (found == found.T).all()
    assert np.linalg.eigvalsh(found).min() > -1e-9
    assert found[0, : len(ways)] == pytest.approx(overlap_of(ways[0], ways)) or len(ways[0].marks) == 0
