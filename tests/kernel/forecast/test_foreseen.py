from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from kernel.contracts.prediction import Mode
from kernel.contracts.route import CourseWarning
from kernel.forecast import Forecast, Place, forecast_to_wire, predict
from kernel.tracks import RouteGeometry
from tests.kernel.forecast.synthetic import flat_route, profile_of, route_of

ALPS = Place(45.9, 6.9)
EVENING = datetime(2026, 8, 28, 16, tzinfo=UTC)


def asked(route: RouteGeometry, mode: Mode = "trail_run", *, known: bool = False) -> Forecast:
    profile = profile_of(mode, 12, 2) if known else None
    return predict(route, mode=mode, profile=profile, start_at=EVENING, place=ALPS)


def codes(forecast: Forecast) -> list[str]:
    return [warning.code for warning in forecast.warnings]


@pytest.mark.parametrize("mode", ["trail_run", "hiking"])
def test_a_usual_day_comes_without_warnings(mode: Mode):
    assert codes(asked(flat_route(10_000), mode, known=True)) == []


def test_a_day_much_beyond_the_longest_says_how_much():
    forecast = asked(flat_route(60_000), known=True)
    (warning,) = forecast.warnings
    assert forecast.facts is not None
    times = warning.detail["longer_times"]
    assert times == pytest.approx(forecast.asked.p50_s / forecast.facts.longest_s, abs=0.05)
    assert f"{times:.1f} times" in warning.message


def test_nobody_knows_what_is_long_for_a_stranger():
    assert "beyond_longest" not in codes(asked(flat_route(60_000)))


@pytest.mark.parametrize(("km", "finishers"), [(60, None), (95, 81), (165, 67), (230, 64), (400, 64)])
def test_the_longer_the_race_the_fewer_finish(km: int, finishers: int | None):
    told = [w.detail["finishers"] for w in asked(flat_route(1000 * km)).warnings if w.code == "finishers_only"]
    assert told == ([] if finishers is None else [finishers])


def test_a_second_night_is_announced_and_a_first_is_not():
    assert "second_night" in codes(asked(flat_route(170_000)))
    assert "second_night" not in codes(asked(flat_route(100_000)))


def test_a_hike_longer_than_any_measured_is_a_guess():
    assert codes(asked(flat_route(80_000), "hiking")) == ["long_hike"]


def test_ground_that_nobody_walks_is_named():
    wall = asked(route_of(np.concatenate((np.zeros(100), np.full(30, 3.0), np.zeros(100)))))
    (warning,) = wall.warnings
    assert warning.code == "hands_on_ground"
    assert 200 <= float(str(warning.detail["length_m"])) <= 500
    assert codes(asked(route_of(np.concatenate((np.zeros(100), np.full(200, 0.35)))))) == []


def test_an_answer_tells_of_the_file_first_and_then_of_the_day():
    about_the_file = CourseWarning("gaps_bridged", "The track has gaps.")
    answer = forecast_to_wire(asked(flat_route(60_000), known=True), "id", [about_the_file])
    assert [warning.code for warning in answer.warnings] == ["gaps_bridged", "beyond_longest"]


def test_who_is_little_known_is_told_so():
    few = predict(flat_route(10_000), mode="trail_run", profile=profile_of("trail_run", 4, 2))
    assert [(warning.code, warning.detail) for warning in few.warnings] == [("little_known", {"count": 4.0})]
