from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.tracks import Track
from kernel.tracks.distance import step_lengths_m
from kernel.tracks.geometry import route_of
from kernel.tracks.hidden import unseen_climb_m
from kernel.tracks.mended import mended
from kernel.tracks.spacing import Spacing, spacing_of
from tests.kernel.tracks.made_courses import course, laid_out, rough_way, simplified, wavering
from tests.kernel.tracks.made_tracks import track_of

TRUE_M = float(step_lengths_m(course(step_m=10.0).lat_deg, course(step_m=10.0).lon_deg).sum())


def length_m(track: Track) -> float:
    whole = mended(track).track
    assert whole.at_m is not None
    return float(whole.at_m[-1])


@pytest.mark.parametrize("step_m", [10.0, 20.0, 50.0, 100.0])
def test_a_course_of_few_points_is_as_long_as_it_is(step_m: float):
    assert length_m(course(step_m=step_m, wave_m=1_600.0)) == pytest.approx(12_000.0, rel=0.02)


@pytest.mark.parametrize(("sd_m", "step_m"), [(3.0, 10.0), (5.0, 10.0), (3.0, 5.0), (5.0, 15.0)])
def test_fixes_that_waver_make_a_course_hardly_longer(sd_m: float, step_m: float):
    track = wavering(course(step_m=step_m, wave_m=900.0), sd_m)
    assert float(step_lengths_m(track.lat_deg, track.lon_deg).sum()) > 1.03 * 12_000.0
    assert length_m(track) == pytest.approx(12_000.0, rel=0.02)
    assert [finding.code for finding in spacing_of(track).findings] == ["noisy_positions"]


def test_a_course_without_faults_is_as_long_as_its_way():
    assert length_m(course(step_m=10.0)) == pytest.approx(12_000.0, rel=2e-3)
    assert spacing_of(course(step_m=5.0)).length == 1.0
    assert spacing_of(course(step_m=10.0)).findings == ()


def test_a_coarse_course_says_how_coarse_it_is_and_how_short_it_came_out():
    (finding,) = spacing_of(course(step_m=100.0, wave_m=900.0)).findings
    assert finding.code == "coarse_points"
    assert finding.figures["apart_m"] == pytest.approx(100.0, abs=8)
    assert 0.0 < float(str(finding.figures["shorter_percent"])) < 10.0


def test_a_straight_road_of_few_points_is_not_stretched():
    north = np.arange(0.0, 20_000.0, 100.0)
    assert spacing_of(track_of(north, 0.0 * north, 0.0 * north)).length == pytest.approx(1.0, abs=1e-6)


def test_a_drawn_line_with_points_at_its_corners_alone_keeps_its_length():
    draw = np.random.default_rng(2)
    heading = np.cumsum(draw.normal(0.0, 0.6, 150))
    step = draw.exponential(120.0, 150) + 5.0
    drawn = track_of(np.cumsum(step * np.cos(heading)), np.cumsum(step * np.sin(heading)), np.zeros(150))
    assert spacing_of(drawn).length == 1.0


def test_a_handful_of_points_says_nothing_about_its_spacing():
    north = np.array([0.0, 5_000.0, 9_000.0])
    assert spacing_of(track_of(north, 0.0 * north, 0.0 * north)) == Spacing()


@pytest.mark.parametrize("tolerance_m", [3.0, 5.0, 6.0])
def test_a_line_of_which_the_corners_alone_were_kept_has_most_of_its_bends_given_back(tolerance_m: float):
    whole = rough_way()
    true_m = float(step_lengths_m(whole.lat_deg, whole.lon_deg).sum())
    line = simplified(whole, tolerance_m)
    lost_m = true_m - float(step_lengths_m(line.lat_deg, line.lon_deg).sum())
    assert lost_m > 0.005 * true_m
    assert length_m(line) == pytest.approx(true_m, abs=0.6 * lost_m)
    (finding,) = spacing_of(line).findings
    assert finding.code == "simplified_line"
    assert finding.figures["aside_m"] == pytest.approx(tolerance_m, rel=0.3)


@pytest.mark.parametrize("tolerance_m", [8.0, 12.0, 20.0])
def test_a_line_that_was_simplified_more_keeps_the_distances_its_organiser_told_along_it(tolerance_m: float):
    line = simplified(rough_way(), tolerance_m)
    assert length_m(line) == pytest.approx(float(step_lengths_m(line.lat_deg, line.lon_deg).sum()), rel=1e-9)
    (finding,) = spacing_of(line).findings
    assert finding.code == "bends_cut"
    assert finding.figures["aside_m"] == pytest.approx(tolerance_m, rel=0.3)
    assert float(str(finding.figures["longer_percent"])) > 0.5


@pytest.mark.parametrize("step_m", [8.0, 10.0, 15.0, 20.0])
@pytest.mark.parametrize("seed", range(3))
def test_a_course_that_a_program_laid_out_anew_has_the_corners_given_back_that_this_cut(step_m: float, seed: int):
    whole = rough_way(seed)
    true_m = float(step_lengths_m(whole.lat_deg, whole.lon_deg).sum())
    anew = laid_out(whole, step_m)
    lost_m = true_m - float(step_lengths_m(anew.lat_deg, anew.lon_deg).sum())
    assert length_m(anew) == pytest.approx(true_m, abs=max(0.6 * lost_m, 0.003 * true_m))
    assert spacing_of(anew).findings == ()


def test_no_other_line_is_taken_for_a_simplified_one():
    for track in (course(step_m=10.0), course(step_m=100.0, wave_m=900.0), wavering(course(step_m=10.0), 5.0)):
        assert "simplified_line" not in {finding.code for finding in spacing_of(track).findings}


def test_what_a_course_climbs_is_in_the_band_of_its_few_points():
    fine = route_of(mended(rough_way(hills_m=2.0)))
    bands = [route_of(mended(laid_out(rough_way(hills_m=2.0), step_m))) for step_m in (50.0, 100.0, 150.0, 250.0)]
    assert all(route.gain_band_m[0] <= fine.gain_m <= route.gain_band_m[1] for route in bands)


def test_a_flat_course_of_few_points_is_not_said_to_hide_hills():
    route = route_of(mended(laid_out(rough_way(), 200.0)))
    assert route.gain_band_m[1] < 2.0 * route.gain_m


@given(st.floats(1.0, 3_000.0), st.floats(1.0, 3_000.0), st.floats(0.0, 500.0))
def test_what_is_unseen_grows_with_the_distance_between_points_and_is_nothing_between_near_ones(
    near_m: float, far_m: float, gain_m: float
):
    near_m, far_m = sorted((near_m, far_m))
    near, far = (unseen_climb_m(np.full(20, each), gain_m * each) for each in (near_m, far_m))
    assert 0.0 <= near <= far
    assert near_m > 50.0 or near == 0.0
