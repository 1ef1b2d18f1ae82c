from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.course import read_course
from cli.predicting import Answer, answer
from kernel.contracts.prediction import CheckpointRequest
from kernel.contracts.times import QuantilesS
from kernel.forecast import Question
from takealong.along import QUANTILES, Arrival, clock, hours, start_of, timeline_of, timeline_through
from takealong.plan import planned_timeline
from tests.cli.made_up import DAY_ONE, gpx

ZONE = timezone(timedelta(hours=5))
HUT = CheckpointRequest("Hut", 3_400.0, stop_s=600.0)


def answered(tmp_path: Path, *checkpoints: CheckpointRequest, goal_s: float | None = None) -> Answer:
    path = tmp_path / "route.gpx"
    path.write_bytes(gpx())
    return answer(read_course(path), Question(checkpoints=checkpoints, goal_s=goal_s), (), DAY_ONE)


@given(
    st.lists(st.tuples(st.floats(1, 900), st.floats(0, 900), st.sampled_from([0.0, 300.0])), min_size=1, max_size=30)
)
def test_time_never_runs_backward_along_a_timeline(legs: list[tuple[float, float, float]]):
    at_m, after_s, arrivals = 0.0, 0.0, []
    for step_m, step_s, stop_s in legs:
        at_m, after_s = at_m + step_m, after_s + step_s
        arrivals.append(Arrival(at_m, QuantilesS(round(0.8 * after_s), round(after_s), round(1.3 * after_s)), stop_s))
        after_s += stop_s
    line = timeline_through(arrivals)
    for quantile in QUANTILES:
        assert (np.diff(line.at(np.linspace(0.0, at_m, 300), quantile)) >= 0).all()


def test_the_timeline_goes_through_every_arrival_and_ends_at_the_finish(tmp_path: Path):
    told = answered(tmp_path, HUT)
    hut, finish = told.prediction.checkpoints[0], told.prediction.elapsed_s
    for quantile in QUANTILES:
        reached = told.timeline.at(np.array([hut.at_m, told.prediction.splits[-1].to_m]), quantile)
        assert reached.tolist() == pytest.approx([getattr(hut.eta_s, quantile), getattr(finish, quantile)], abs=1)


def test_a_stop_lies_at_its_place_and_not_before(tmp_path: Path):
    line = answered(tmp_path, HUT).timeline
    before, after = line.at(np.array([3_399.0, 3_401.0]))
    assert after - before == pytest.approx(600.0, abs=5)


def test_the_plan_stops_where_the_checkpoint_is_and_ends_at_the_goal(tmp_path: Path):
    told = answered(tmp_path, HUT, goal_s=3_600.0)
    line = planned_timeline(told.prediction, told.timeline)
    before, after, finish = line.at(np.array([3_399.0, 3_401.0, told.prediction.splits[-1].to_m]))
    assert after - before == pytest.approx(600.0, abs=5)
    assert finish == 3_600.0


def test_what_the_answer_alone_tells_is_close_to_the_forecast(tmp_path: Path):
    told = answered(tmp_path)
    ends_m = np.array([split.to_m for split in told.prediction.splits])
    ours, alone = told.timeline.at(ends_m), timeline_of(told.prediction).at(ends_m)
    assert alone == pytest.approx(ours, abs=0.01 * ours[-1])
    assert alone[-1] == ours[-1]


def test_a_clock_says_which_day_it_is_after_midnight():
    start = datetime(2026, 6, 13, 22, 30, tzinfo=ZONE)
    assert clock(start, 3_600) == "23:30"
    assert clock(start, 7_200) == "00:30+1"
    assert clock(None, 7_200) == hours(7_200) == "2:00"
    assert hours(59 * 60 + 31) == "1:00"


def test_a_clock_that_is_changed_on_the_way_shows_what_clocks_there_show():
    start = datetime(2026, 10, 24, 22, 0, tzinfo=ZoneInfo("Europe/Zurich"))
    assert clock(start, 5 * 3_600) == "02:00+1"
    assert clock(start, 6 * 3_600) == "03:00+1"
    spring = datetime(2026, 3, 28, 22, 0, tzinfo=ZoneInfo("Europe/Zurich"))
    assert clock(spring, 4 * 3_600) == "03:00+1"


def test_the_start_of_an_answer_is_on_the_clock_of_its_zone(tmp_path: Path):
    path = tmp_path / "route.gpx"
    path.write_bytes(gpx())
    told = answer(read_course(path), Question(start_at=datetime(2026, 6, 13, 1, tzinfo=UTC)), (), DAY_ONE).prediction
    start = start_of(told)
    assert start is not None
    assert (start.hour, str(start.tzinfo)) == (6, "Asia/Almaty")
    assert start_of(answered(tmp_path).prediction) is None
