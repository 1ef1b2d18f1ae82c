from __future__ import annotations

import numpy as np
import pytest

from kernel.tracks import NoElevation, route_from_track
from kernel.tracks.heights import filled_heights, mended_heights
from kernel.tracks.track import FloatArray
from tests.kernel.tracks.made_courses import at_m, course, heights_of, with_heights

COURSE = course()
AT_M = at_m(COURSE)
TRUE_M = heights_of(COURSE)
COUNT = len(TRUE_M)
WHOLE = route_from_track(COURSE)


def spoilt(where: slice | list[int], height_m: float) -> FloatArray:
    heights = TRUE_M.copy()
    heights[where] = height_m
    return heights


def codes(heights: FloatArray) -> list[str]:
    return [finding.code for finding in mended_heights(AT_M, heights).findings]


@pytest.mark.parametrize(
    ("where", "height_m"),
    [
        ([300], 0.0),
        ([0], 0.0),
        (slice(0, 12), 0.0),
        (slice(COUNT - 12, COUNT), 0.0),
        (slice(200, 220), 0.0),
        ([300], 8191.8),
        ([100, 101, 400], 8191.8),
        ([300], float(TRUE_M[300]) + 60.0),
        ([120, 300, 480], 0.0),
        (slice(250, 256), -430.0),
    ],
)
def test_heights_that_no_ground_can_have_are_filled_and_said(where: slice | list[int], height_m: float):
    heights = spoilt(where, height_m)
    assert codes(heights) == ["heights_filled"]
    filled, _ = filled_heights(AT_M, heights)
    route = route_from_track(with_heights(COURSE, heights))
    assert np.abs(filled - TRUE_M).max() < 40.0
    assert route.gain_m == pytest.approx(WHOLE.gain_m, rel=0.1)
    assert route.gradient == pytest.approx(WHOLE.gradient, abs=0.2)


def test_what_was_filled_is_said_in_points_and_in_metres_of_the_way():
    (finding,) = mended_heights(AT_M, spoilt(slice(200, 210), 0.0)).findings
    assert finding.figures["count"] == 10
    assert finding.figures["length_m"] == pytest.approx(220.0, abs=5)


def test_a_profile_without_faults_comes_back_as_it_was():
    assert mended_heights(AT_M, TRUE_M).elevation_m is TRUE_M
    assert codes(TRUE_M) == []


def test_a_barometer_set_anew_on_the_way_climbs_nothing():
    heights = TRUE_M.copy()
    heights[300:] += 300.0
    assert codes(heights) == ["height_steps"]
    assert route_from_track(with_heights(COURSE, heights)).gain_m == pytest.approx(WHOLE.gain_m, rel=0.02)


def test_a_beach_at_zero_is_ground():
    shore = np.where(TRUE_M > 1200.0, TRUE_M - 1200.0, 0.0)
    assert codes(shore) == []


def test_steep_ground_is_ground():
    stairs = 500.0 + 0.6 * AT_M
    assert codes(stairs) == []


def test_heights_that_waver_from_point_to_point_are_noise_and_no_faults():
    assert codes(TRUE_M + np.random.default_rng(3).normal(0.0, 5.0, COUNT)) == []


def test_a_profile_of_which_a_fifth_is_false_says_too_little():
    with pytest.raises(NoElevation) as refused:
        filled_heights(AT_M, spoilt(slice(0, COUNT // 3), 0.0))
    assert refused.value.reason == "sparse_elevation"
    assert "leaps" in str(refused.value)


def test_two_faults_at_once_are_both_found():
    heights = TRUE_M.copy()
    heights[100:105] = 0.0
    heights[105:108] = 8191.8
    assert codes(heights) == ["heights_filled"]
    assert np.isnan(mended_heights(AT_M, heights).elevation_m[100:108]).all()
