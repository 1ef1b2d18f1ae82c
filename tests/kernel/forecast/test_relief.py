"""What is computed once and at once is what was computed one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.forecast import predict
from kernel.forecast.climbs import climb_marks, climbs_on
from kernel.forecast.relief import relief_of, turning_points
from kernel.forecast.splits import Stretches, kilometre_marks
from kernel.forecast.terrain import _averaged, ground_marks
from kernel.tracks.track import FloatArray
from tests.kernel.forecast.synthetic import gradients, route_of

heights = st.lists(st.integers(-2, 2), min_size=1, max_size=40).map(
    lambda steps: np.concatenate(([0.0], np.cumsum(np.array(steps, dtype=np.float64))))
)


@given(heights)
def test_a_profile_turns_where_it_was_last_moving_before_it_goes_the_other_way(height_m: FloatArray):
    moves = np.flatnonzero(np.diff(height_m))
    up = np.diff(height_m)[moves] > 0
    turns = [int(move) + 1 for i, move in enumerate(moves) if i + 1 == len(moves) or up[i] != up[i + 1]]
    assert turning_points(height_m).tolist() == turns


@settings(max_examples=60)
@given(gradients, st.lists(st.floats(0, 1), max_size=12))
def test_what_is_climbed_to_a_place_is_the_sum_of_all_steps_up_to_it(slopes: FloatArray, shares: list[float]):
    route = route_of(slopes)
    marks_m = route.length_m * np.array(sorted([0.0, *shares, 1.0]))
    climbed = relief_of(route).at(marks_m)
    for told_m, steps_m, whole_m in (
        (climbed.up_m, np.diff(route.elevation_m), route.gain_m),
        (climbed.down_m, -np.diff(route.elevation_m), route.loss_m),
    ):
        moved_m = np.concatenate(([0.0], np.cumsum(np.maximum(steps_m, 0.0))))
        factor = whole_m / moved_m[-1] if moved_m[-1] > 0 else 1.0
        assert told_m == pytest.approx(factor * np.interp(marks_m, route.distance_m, moved_m), abs=1e-9)
        assert (np.diff(told_m) >= -1e-9).all()


@settings(max_examples=40)
@given(gradients)
def test_a_route_that_is_cut_in_several_ways_at_once_is_cut_as_in_each_alone(slopes: FloatArray):
    route = route_of(slopes)
    forecast, relief = predict(route, mode="trail_run", profile=None), relief_of(route)
    stretches = Stretches(relief, "run", forecast.asked, forecast.way.pacing)
    marks = (kilometre_marks(route), ground_marks(route), climb_marks(route, climbs_on(relief)))
    for together, one in zip(stretches.cut(*marks), marks, strict=True):
        (alone,) = stretches.cut(one)
        assert list(together.columns()) == list(alone.columns())
        assert together.height_m.tolist() == alone.height_m.tolist()


@given(st.lists(st.floats(-0.5, 0.5), min_size=1, max_size=30), st.integers(1, 60))
def test_gradients_are_averaged_over_the_window_and_fewer_at_the_ends(slopes: list[float], window: int):
    gradient, half = np.array(slopes), window // 2
    means = [gradient[max(0, i - half) : i + half + 1].mean() for i in range(len(slopes))]
    assert _averaged(gradient, window) == pytest.approx(means, abs=1e-12)
