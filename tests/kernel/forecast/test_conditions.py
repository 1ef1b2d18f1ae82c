"""What somebody says of the day moves the forecast by what it is known to cost; what nobody says changes nothing."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.contracts.prediction import Mode, Prediction
from kernel.contracts.said import Conditions, Night, RaceResult
from kernel.forecast import LengthImplausible, drawn_as, flat_pace_of_result_s_per_km, forecast_to_wire, predict
from kernel.tracks import RouteGeometry, route_from_arrays
from kernel.tracks.track import FloatArray
from tests.kernel.forecast.synthetic import flat_route, gradients, modes, profile_of, route_of, seeds, sizes

few = settings(max_examples=25, deadline=None)


def told(route: RouteGeometry, conditions: Conditions | None = None, mode: Mode = "trail_run") -> Prediction:
    return forecast_to_wire(predict(route, mode=mode, profile=None, conditions=conditions), "id")


def factor(conditions: Conditions, route: RouteGeometry | None = None) -> float:
    route = route or flat_route(10_000)
    return told(route, conditions).times_s.moderate / told(route).times_s.moderate


def high_route(height_m: float) -> RouteGeometry:
    return route_from_arrays(np.arange(1001) * 10.0, np.full(1001, height_m))


@few
@given(modes, sizes, seeds, gradients)
def test_what_is_not_said_changes_nothing(mode: Mode, size: int, seed: int, slopes: FloatArray):
    route, profile = route_of(slopes), profile_of(mode, size, seed)
    silent, said = (
        forecast_to_wire(predict(route, mode=mode, profile=profile, conditions=conditions), "id")
        for conditions in (None, Conditions())
    )
    assert msgspec.json.encode(silent) == msgspec.json.encode(said)


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        (Conditions(surface="path"), 1.0),
        (Conditions(surface="road"), 1 / 1.05),
        (Conditions(surface="rough"), np.exp(0.07)),
        (Conditions(heat_c=10), 1.0),
        (Conditions(heat_c=17.5), 1.0),
        (Conditions(heat_c=27.5), np.exp(0.04)),
        (Conditions(people=2), np.exp(0.058 * 0.5642)),
        (Conditions(people=4), np.exp(0.058 * 1.0294)),
    ],
)
def test_each_condition_costs_what_its_source_says(conditions: Conditions, expected: float):
    assert factor(conditions) == pytest.approx(expected, abs=1e-3)


def test_thin_air_costs_who_lives_low_and_nobody_who_lives_there():
    assert factor(Conditions(home_m=300), high_route(2300)) == pytest.approx(1 / (1 - 0.126), abs=1e-3)
    assert factor(Conditions(home_m=2300), high_route(2300)) == pytest.approx(1.0, abs=1e-6)
    assert factor(Conditions(home_m=2300), high_route(300)) == pytest.approx(1.0, abs=1e-6)


def test_what_is_said_together_multiplies():
    both = Conditions(surface="rough", heat_c=30)
    assert factor(both) == pytest.approx(factor(Conditions(surface="rough")) * factor(Conditions(heat_c=30)), abs=1e-3)


@few
@given(
    gradients,
    st.sampled_from(["road", "path", "rough", None]),
    st.one_of(st.none(), st.floats(-20, 45)),
    st.one_of(st.none(), st.integers(2, 50)),
)
def test_each_is_shown_as_minutes_and_all_of_them_lead_to_the_time(
    slopes: FloatArray, surface: str | None, heat_c: float | None, people: int | None
):
    conditions = msgspec.convert({"surface": surface, "heat_c": heat_c, "people": people}, Conditions)
    answer = told(route_of(slopes), conditions)
    causes = [each.cause for each in answer.minutes]
    wanted = [("surface", surface), ("heat", heat_c), ("company", people)]
    assert causes[5:] == [cause for cause, value in wanted if value is not None]
    tenths = [round(10 * each.minutes) for each in answer.minutes]
    assert sum(tenths) == round((answer.times_s.moderate - answer.flat_run_s) / 6)


def test_a_night_in_a_hut_is_a_stop_beside_those_of_any_day():
    route = flat_route(60_000)
    usual = told(route, mode="hiking")
    slept = told(route, Conditions(hut=Night(at_m=30_000, stop_s=21_600)), mode="hiking")
    assert slept.elapsed_s.p50 == usual.elapsed_s.p50 + 21_600
    assert slept.times_s == usual.times_s
    assert [(place.name, place.at_m, place.stop_s) for place in slept.checkpoints] == [("Hut", 30_000, 21_600)]
    assert [(each.cause, each.minutes) for each in slept.minutes][-1] == ("hut", 360)


@pytest.mark.parametrize("result", [RaceResult(10_000, 2_910), RaceResult(42_195, 13_500), RaceResult(100_000, 50_000)])
def test_who_races_what_they_raced_needs_the_same_time_from_start_to_finish(result: RaceResult):
    pace = flat_pace_of_result_s_per_km(result, "trail_run")
    route = flat_route(round(result.distance_m, -1))
    answer = forecast_to_wire(
        predict(route, mode="trail_run", profile=None, flat_pace_s_per_km=pace, effort="race"), "id"
    )
    assert answer.elapsed_s.p50 == pytest.approx(result.time_s, rel=2e-3)
    assert answer.stops_s == 0
    assert answer.elapsed_s.p90 == pytest.approx(answer.interval.p90_s, abs=1)


def test_a_race_is_faster_than_fast():
    route, profile = flat_route(20_000), profile_of("trail_run", 12, 1)
    race, fast = (predict(route, mode="trail_run", profile=profile, effort=e).asked for e in ("race", "fast"))
    assert race.p50_s < fast.p50_s


def test_a_course_drawn_too_long_is_as_long_as_it_is_stated():
    route = route_of(np.tile([0.1, -0.1], 1000))
    shorter, _ = drawn_as(route, (), 19_000)
    assert shorter.length_m == pytest.approx(19_000)
    assert (shorter.gain_m, shorter.loss_m) == (route.gain_m, route.loss_m)
    assert float(shorter.segment_length_m.sum()) == pytest.approx(19_000)
    short, long = (predict(each, mode="hiking", profile=None).times.p50_s for each in (shorter, route))
    assert short < long


@pytest.mark.parametrize("length_m", [10_000, 16_000, 25_000])
def test_a_length_of_another_course_is_refused_with_what_would_be_believed(length_m: float):
    with pytest.raises(LengthImplausible, match=r"between 16.7 and 24.0 km"):
        drawn_as(flat_route(20_000), (), length_m)
