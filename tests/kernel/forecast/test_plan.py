from __future__ import annotations

from itertools import accumulate, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.contracts.prediction import CheckpointRequest, Mode
from kernel.contracts.times import Plan
from kernel.forecast import GoalImpossible, forecast_to_wire, predict
from kernel.tracks.track import FloatArray
from tests.kernel.forecast.synthetic import flat_route, gradients, modes, profile_of, route_of, seeds

ROUTE = flat_route(20_000)
PLACES = [CheckpointRequest("half", 10_500, stop_s=300)]


def plan_of(goal_s: float, *, fade: float | None = None, places: list[CheckpointRequest] | None = None) -> Plan:
    forecast = predict(
        ROUTE,
        mode="trail_run",
        profile=None,
        flat_pace_s_per_km=330,
        goal_s=goal_s,
        fade=fade,
        checkpoints=places or [],
    )
    plan = forecast_to_wire(forecast, "id").plan
    assert plan is not None
    return plan


@settings(max_examples=60, deadline=None)
@given(
    modes,
    seeds,
    gradients,
    st.floats(0.5, 3.0),
    st.one_of(st.none(), st.floats(-0.3, 0.5)),
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 900)), max_size=3),
)
def test_the_splits_of_a_plan_add_up_to_its_goal(
    mode: Mode, seed: int, slopes: FloatArray, ratio: float, fade: float | None, stops: list[tuple[float, float]]
):
    route, profile = route_of(slopes), profile_of(mode, 12, seed)
    places = [CheckpointRequest(f"CP{i}", share * route.length_m, stop) for i, (share, stop) in enumerate(stops)]
    usual = predict(route, mode=mode, profile=profile, checkpoints=places).clock
    goal_s = usual.with_stops(ratio * usual.moving_at(0.0))
    answer = forecast_to_wire(
        predict(route, mode=mode, profile=profile, goal_s=goal_s, fade=fade, checkpoints=places), "id"
    )
    plan = answer.plan
    assert plan is not None
    assert sum(split.time_s for split in plan.splits) == plan.goal_s == round(goal_s)
    assert list(accumulate(split.time_s for split in plan.splits)) == [split.elapsed_s for split in plan.splits]
    assert all(0 <= split.stop_s <= split.time_s for split in plan.splits)
    assert [(s.from_m, s.to_m) for s in plan.splits] == [(s.from_m, s.to_m) for s in answer.splits]
    assert 0.0 <= plan.p_reach <= 1.0


def test_a_harder_goal_is_less_likely_and_the_median_is_a_coin():
    usual = predict(ROUTE, mode="trail_run", profile=None, flat_pace_s_per_km=330).clock.total_at(0.0)
    chances = [plan_of(share * usual).p_reach for share in (0.8, 1.0, 1.2)]
    assert chances == sorted(chances)
    assert chances[1] == pytest.approx(0.5, abs=1e-3)
    assert plan_of(usual).percentile == pytest.approx(50, abs=0.1)
    assert plan_of(usual).expected_s == round(usual)


def test_the_chance_is_that_of_the_effort_and_the_percentile_that_of_all_efforts():
    easy, fast = (
        predict(ROUTE, mode="trail_run", profile=None, goal_s=7200, effort=effort).plan for effort in ("easy", "fast")
    )
    assert easy is not None
    assert fast is not None
    assert easy.p_reach < fast.p_reach
    assert easy.percentile == fast.percentile


@pytest.mark.parametrize("fade", [-0.1, 0.0, 0.05, 0.3])
def test_a_chosen_fade_makes_the_second_half_slower_by_that(fade: float):
    plan = plan_of(7200, fade=fade)
    first, second = (sum(s.time_s - s.stop_s for s in half) for half in (plan.splits[:10], plan.splits[10:]))
    assert second / first == pytest.approx(1 + fade, abs=0.01)
    assert plan.fade == fade


def test_without_a_fade_the_plan_slows_down_as_the_forecast_does():
    hills = route_of(np.tile([0.1] * 50 + [-0.1] * 50, 30))
    forecast = predict(hills, mode="trail_run", profile=None, goal_s=6 * 3600.0)
    assert forecast.plan is not None
    assert forecast.plan.fade == pytest.approx(0.046, abs=0.001)


def test_stops_are_part_of_the_split_they_fall_in_and_not_of_its_pace():
    plan = plan_of(7200, places=PLACES, fade=0.0)
    with_stop = plan.splits[10]
    assert with_stop.stop_s >= 300
    assert max(s.pace_s_per_km for s in plan.splits) - min(s.pace_s_per_km for s in plan.splits) < 1.0
    assert all(a.elapsed_s < b.elapsed_s for a, b in pairwise(plan.splits))


def test_nobody_stops_at_the_waypoint_that_is_the_finish():
    finish = CheckpointRequest("Finish", ROUTE.length_m - 0.4)
    plan = plan_of(7200, places=[*PLACES, finish])
    assert [split.stop_s > 0 for split in plan.splits] == [split.from_m <= 10_500 < split.to_m for split in plan.splits]
    assert plan_of(7200, places=PLACES).splits == plan.splits


@pytest.mark.parametrize("goal_s", [1.0, 600.0, 200_000.0])
def test_an_absurd_goal_is_refused_with_what_would_do(goal_s: float):
    with pytest.raises(GoalImpossible, match=r"to be expected, stops included\. Choose one between .* and "):
        plan_of(goal_s)


def test_a_refused_goal_names_long_times_without_seconds():
    with pytest.raises(GoalImpossible, match=r"A goal of 55:33 makes no sense here: \d+:\d\d is to be expected, stops"):
        plan_of(200_000.0)


def test_a_goal_that_planned_stops_eat_up_is_refused():
    with pytest.raises(GoalImpossible):
        plan_of(5400, places=[CheckpointRequest("nap", 5_000, stop_s=5000)])
