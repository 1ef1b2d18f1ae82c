from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from benchmarks.activities import outing_of
from benchmarks.baselines import BASELINES, ON_ALL_EARLIER
from benchmarks.baselines.eleven_bins import ElevenBins, paces_at, percentiles_s_per_km, profile_s_per_km
from benchmarks.baselines.history import ANYTHING_EVER, EVER_OF_KIND, NEWEST_OF_KIND, Memory, pause_ratio
from benchmarks.baselines.linear import KmGainLoss, coefficients
from benchmarks.contenders import WithPauses
from kernel.pace.categories import CATEGORY_COUNT, FLAT
from kernel.pace.formulas import minetti_factor, strava_gap_factor, tobler_speed_km_h
from tests.benchmarks.made_up import activity, even_slope, hills

RUNS = [activity(even_slope(8, 0.0), 0.36, day=float(day)) for day in range(6)]
WALKS = [activity(even_slope(6, 0.0), 0.8, day=float(day), sport="walk") for day in range(2)]


def forecast(baseline: Any, history: list[dict[str, Any]], course: Any, sport: str = "trail_run") -> float:
    return float(baseline.predict(baseline.fit(history), *course, sport, {}))


@pytest.mark.parametrize("name", sorted(BASELINES))
def test_a_steady_runner_keeps_the_pace_on_the_flat(name: str) -> None:
    assert forecast(BASELINES[name], RUNS, even_slope(12, 0.0)) == pytest.approx(12_000 * 0.36, rel=0.02)


@pytest.mark.parametrize("catalogue", [BASELINES, ON_ALL_EARLIER])
@pytest.mark.parametrize("name", sorted(ON_ALL_EARLIER))
def test_one_activity_of_the_other_kind_is_enough_for_a_finite_time(name: str, catalogue: dict[str, Any]) -> None:
    seconds = forecast(catalogue[name], WALKS[:1], hills(10, 60), "trail_run")
    assert 1000 < seconds < 100_000


@pytest.mark.parametrize(
    ("name", "pace_at"),
    [
        ("Tobler, scaled", lambda gradient: 1.0 / tobler_speed_km_h(gradient)),
        ("Minetti GAP, scaled", minetti_factor),
        ("Minetti GAP, from flat pace", minetti_factor),
        ("Strava GAP, scaled", strava_gap_factor),
        ("Strava GAP, from flat pace", strava_gap_factor),
    ],
)
def test_who_runs_by_a_formula_is_forecast_by_it(name: str, pace_at: Any) -> None:
    flat, up = float(pace_at(np.array([0.0]))[0]), float(pace_at(np.array([0.1]))[0])
    history = [activity(even_slope(8, 0.0), 0.36 * flat), activity(even_slope(6, 0.1), 0.36 * up)]
    assert forecast(BASELINES[name], history, even_slope(5, 0.1)) == pytest.approx(5000 * 0.36 * up, rel=0.01)


def test_the_newest_thirty_of_a_kind_count_and_any_kind_where_there_is_none() -> None:
    many = [outing_of(activity(even_slope(5, 0.0), 0.3 + day / 1000, day=float(day))) for day in range(40)]
    walk = outing_of(WALKS[0])
    assert NEWEST_OF_KIND.of([*many, walk], "run") == many[-30:]
    assert NEWEST_OF_KIND.of([*many, walk], "walk") == [walk]
    assert NEWEST_OF_KIND.of([walk], "run") == [walk]
    assert EVER_OF_KIND.of([walk, *many], "run") == many
    assert ANYTHING_EVER.of([walk, *many], "run") == [walk, *many]
    assert Memory(newest=None, fewest_of_kind=2).of([walk, *many], "walk") == [walk, *many]


def test_outliers_of_a_category_are_dropped_and_few_samples_have_one_value() -> None:
    paces = np.array([360.0, 365.0, 370.0, 375.0, 380.0])
    assert percentiles_s_per_km(np.append(paces, 900.0)) == percentiles_s_per_km(paces)
    assert percentiles_s_per_km(paces) == (362.5, 370.0, 377.5)
    assert percentiles_s_per_km(np.array([300.0, 400.0])) == (350.0, 350.0, 350.0)


def test_a_category_with_few_splits_falls_back_to_the_grade_adjusted_flat_pace() -> None:
    profile = profile_s_per_km([outing_of(one) for one in RUNS], "run")
    assert np.isfinite(profile).sum() == 1
    assert profile[FLAT] == pytest.approx(360.0)
    paces = paces_at(np.array([0.0, 0.1]), profile)
    assert paces == pytest.approx(360.0 * strava_gap_factor(np.array([0.0, 0.1])))


def test_the_profile_is_read_off_in_steps() -> None:
    profile = np.arange(CATEGORY_COUNT, dtype=float) + 300.0
    just_below, at_the_edge = paces_at(np.array([0.0799, 0.08]), profile)
    assert (just_below, at_the_edge) == (306.0, 307.0)


def test_implausible_kilometres_are_no_part_of_the_profile() -> None:
    driven = activity(even_slope(8, 0.0), 0.1)
    with_car = profile_s_per_km([outing_of(one) for one in [*RUNS, driven]], "run")
    assert with_car[FLAT] == pytest.approx(360.0)


def test_the_profile_knows_a_hill_it_has_seen_five_times() -> None:
    climbs = [activity(even_slope(6, 0.1), 0.7)]
    assert forecast(ElevenBins(), [*RUNS, *climbs], even_slope(4, 0.1)) == pytest.approx(4000 * 0.7, rel=0.01)


def test_the_regression_finds_the_price_of_a_metre_up_and_down() -> None:
    seconds_per_m = np.array([0.36, 3.0, -0.5])
    history = []
    for number in range(120):
        course = hills(6 + number % 7, 15.0 * (number % 5)) if number % 2 else even_slope(6, 0.02 * (number % 7 - 3))
        route = outing_of(activity(course, 0.36)).route
        moving_s = seconds_per_m @ [route.length_m, route.gain_m, route.loss_m]
        history.append(activity(course, float(moving_s) / route.length_m))
    found = coefficients([outing_of(one) for one in history])
    assert found == pytest.approx(seconds_per_m, rel=0.1, abs=0.15)
    assert forecast(KmGainLoss(), history[-30:], even_slope(10, 0.0)) == pytest.approx(3600, rel=0.05)


def test_a_baseline_gets_an_elapsed_time_from_the_median_pause() -> None:
    paused = [activity(even_slope(8, 0.0), 0.36, pause_s=288.0) for _ in range(3)]
    assert pause_ratio([outing_of(one) for one in paused]) == pytest.approx(1.1)
    predictor = WithPauses(BASELINES["constant pace"])
    said = predictor.predict(predictor.fit(paused), *even_slope(10, 0.0), "trail_run", {})
    assert said["moving"][1] == pytest.approx(3600.0)
    assert said["elapsed"][1] == pytest.approx(3960.0)
