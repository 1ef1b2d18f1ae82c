"""Kilometres and streams against the list, and against what feet can do."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from kernel.pace import ActivityFeatures
from predictor_service.activities.listed import Unread
from predictor_service.strava.answers import Split
from predictor_service.sync.believed import Measured, of_splits
from servicekit.data.columns import uuid7

START = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)
KM_S = 335.0


def listed(**changes: Any) -> Unread:
    told = {"distance_m": 10_000.0, "moving_time_s": 10 * KM_S, "elapsed_time_s": 3600.0, "gain_m": 200.0, **changes}
    return Unread(7, "Run", "run", START, **told, id=uuid7())


def kilometres(*, without: int = 0, **odd: Any) -> list[Split]:
    """Ten, of which the last ones lack their height difference; `odd` is the first one's."""
    rises = [12.0 if km % 2 else -12.0 for km in range(10)]
    splits = [Split(1000.0, KM_S, None if km >= 10 - without else rise) for km, rise in enumerate(rises)]
    first = {"distance": 1000.0, "moving_time": KM_S, "elevation_difference": 12.0, **odd}
    return [Split(**first), *splits[1:]]


def pace_s_per_km(features: ActivityFeatures) -> float:
    return features.moving_s / features.km


def taught(measured: Measured) -> ActivityFeatures:
    assert measured.features is not None
    assert (measured.source, measured.left_out) == ("splits", None)
    return measured.features


def test_whole_kilometres_are_as_long_as_the_list_says():
    features = taught(of_splits(kilometres(), listed()))
    assert features.km == pytest.approx(10.0)
    assert features.moving_s == pytest.approx(10 * KM_S)
    assert features.elapsed_ratio == pytest.approx(3600 / (10 * KM_S))


@pytest.mark.parametrize("without", [1, 3, 5])
def test_a_kilometre_without_heights_goes_with_its_time(without: int):
    features = taught(of_splits(kilometres(without=without), listed()))
    assert features.km == pytest.approx(10.0 - without)
    assert pace_s_per_km(features) == pytest.approx(KM_S)
    assert features.elapsed_ratio == pytest.approx(3600 / (10 * KM_S))
    assert features.climb_cost == pytest.approx(taught(of_splits(kilometres(), listed())).climb_cost, rel=0.2)


def test_of_less_than_half_of_the_way_nothing_is_learned():
    assert of_splits(kilometres(without=6), listed()) == Measured(None, left_out="no_heights")
    assert of_splits(kilometres(without=9), listed()) == Measured(None, left_out="no_heights")


@pytest.mark.parametrize(
    "odd",
    [{"elevation_difference": 900.0}, {"elevation_difference": "8"}, {"moving_time": 0.0}, {"moving_time": None}],
)
def test_an_odd_kilometre_is_left_out_alone(odd: dict[str, Any]):
    features = taught(of_splits(kilometres(**odd), listed()))
    assert features.km == pytest.approx(9.0)
    assert pace_s_per_km(features) == pytest.approx(KM_S, rel=0.12)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"distance_m": 21_000.0}, "contradicts_summary"),
        ({"moving_time_s": 9_000.0, "elapsed_time_s": 9_000.0}, "contradicts_summary"),
        ({"moving_time_s": 0.0, "elapsed_time_s": 1_800.0}, "contradicts_summary"),
    ],
)
def test_kilometres_that_are_not_the_lists_are_not_believed(changes: dict[str, float], code: str):
    assert of_splits(kilometres(), listed(**changes)) == Measured(None, left_out=code)


def test_where_the_list_knows_no_moving_time_the_kilometres_tell_it():
    features = taught(of_splits(kilometres(), listed(moving_time_s=0.0)))
    assert features.moving_s == pytest.approx(10 * KM_S)


def test_nobody_runs_ten_kilometres_in_twenty_minutes():
    splits = [Split(1000.0, 120.0, 0.0) for _ in range(10)]
    told = listed(moving_time_s=1200.0, elapsed_time_s=1200.0, gain_m=0.0)
    assert of_splits(splits, told) == Measured(None, left_out="impossible_pace")


@pytest.mark.parametrize("splits", [[], [Split()], [Split(None, 300.0, 1.0)]])
def test_without_kilometres_there_are_no_details(splits: list[Split]):
    assert of_splits(splits, listed()) == Measured(None, left_out="no_details")
