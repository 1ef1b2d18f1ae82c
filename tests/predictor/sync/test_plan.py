from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from kernel.forecast.information import Sketch, day_of
from predictor_service.activities.listed import Unread
from predictor_service.strava.answers import Summary
from predictor_service.sync.plan import (
    ALWAYS_READ,
    MOST_WEIGHED,
    Portions,
    aside_of,
    by_information,
    by_value,
    sport_of,
    value,
)
from servicekit.data.columns import uuid7

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Out:
    age_days: float = 100.0
    distance_m: float = 10_000.0
    gain_m: float = 100.0
    sport: str = "run"
    id: UUID = field(default_factory=uuid7)

    @property
    def started_at(self) -> datetime:
        return NOW - timedelta(days=self.age_days)


outings = st.builds(
    Out,
    age_days=st.floats(-5, 3000),
    distance_m=st.floats(0, 200_000),
    gain_m=st.floats(0, 9000),
    sport=st.sampled_from(["run", "trail_run", "hike", "walk"]),
)


def test_recent_hilly_and_long_activities_tell_more():
    plain = value(Out(), NOW)
    assert value(Out(age_days=5), NOW) > plain
    assert value(Out(gain_m=600), NOW) > plain
    assert value(Out(distance_m=30_000, gain_m=300), NOW) > plain
    assert value(Out(sport="walk"), NOW) < plain


@given(st.lists(outings, max_size=30), st.integers(0, 400), st.integers(0, 400))
def test_recent_activities_are_always_read_and_older_ones_while_there_is_room(
    waiting: list[Out], usable: int, enough: int
):
    chosen = by_value(waiting, NOW, usable=usable, enough=enough)
    recent = {each.id for each in waiting if NOW - each.started_at <= ALWAYS_READ}
    assert recent <= {each.id for each in chosen}
    older = [each for each in chosen if each.id not in recent]
    assert len(older) <= max(0, enough - usable)
    values = [value(each, NOW) for each in chosen]
    assert values == sorted(values, reverse=True)


@given(st.lists(outings, max_size=30), st.integers(0, 30), st.integers(0, 30))
def test_what_is_kept_in_memory_on_the_way_changes_nothing(waiting: list[Out], usable: int, enough: int):
    ranked = sorted(waiting, key=lambda each: (-value(each, NOW), each.id))
    recent = [each for each in ranked if NOW - each.started_at <= ALWAYS_READ]
    expected = [each for rank, each in enumerate(ranked) if rank < enough - usable or each in recent]
    assert by_value(iter(waiting), NOW, usable=usable, enough=enough) == expected


@given(st.lists(outings, max_size=10))
def test_the_order_does_not_depend_on_the_order_of_the_list(waiting: list[Out]):
    forward = by_value(waiting, NOW, usable=0, enough=300)
    assert forward == by_value(waiting[::-1], NOW, usable=0, enough=300)


@given(st.integers(0, 1000))
def test_the_next_portion_is_never_empty(already_read: int):
    assert Portions().next(already_read) > 0


@pytest.mark.parametrize(
    ("sport", "tag"),
    [("Run", "run"), ("TrailRun", "trail_run"), ("Hike", "hike"), ("Walk", "walk"), ("Ride", None), ("Yodeling", None)],
)
def test_only_sports_on_foot_and_on_ground_count(sport: str, tag: str | None):
    assert sport_of(Summary(1, NOW, sport_type=sport)) == tag


def test_the_deprecated_type_serves_where_the_new_one_is_missing():
    assert sport_of(Summary(1, NOW, type="Run")) == "run"


WHOLE = Summary(1, NOW, distance=5000.0, moving_time=1800.0)


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        ({}, None),
        ({"manual": True}, "typed_in"),
        ({"trainer": True}, "indoors"),
        ({"distance": 499.0}, "too_short"),
        ({"distance": -5000.0}, "too_short"),
        ({"moving_time": None}, "too_short"),
        ({"moving_time": 0.0, "elapsed_time": 1900.0}, None),
        ({"start_date": NOW + timedelta(hours=20)}, None),
        ({"start_date": NOW + timedelta(days=2)}, "implausible_time"),
        ({"start_date": datetime(1989, 12, 31, tzinfo=UTC)}, "implausible_time"),
    ],
)
def test_what_the_list_alone_shows_to_teach_nothing_is_not_asked_for(odd: dict[str, Any], reason: str | None):
    assert aside_of(structs.replace(WHOLE, **odd), NOW) == reason


def unread(out: Out) -> Unread:
    """As the list told it."""
    return Unread(
        1, "Run", "run", out.started_at, out.distance_m, 3600.0, 3700.0, out.gain_m, id=out.id
    )  # fmt: skip


@given(st.lists(outings, min_size=1, max_size=8), st.integers(1, 8))
def test_what_is_chosen_for_its_information_is_some_of_what_is_ready_and_never_twice(waiting: list[Out], most: int):
    ready = [unread(each) for each in waiting]
    asked = [Sketch("trail_run", 0.0, 20_000.0, 900.0)]
    chosen = by_information(ready, NOW, known=[], asked=asked, most=most)
    assert len(chosen) <= most
    assert len({each.id for each in chosen}) == len(chosen)
    assert {each.id for each in chosen} <= {each.id for each in ready}


def test_of_thousands_that_wait_the_most_promising_are_weighed_against_each_other():
    ready = [unread(Out(age_days=100 + day)) for day in range(MOST_WEIGHED + 3)]
    asked = [Sketch("run", 0.0, 10_000.0, 100.0)]
    chosen = by_information(ready, NOW, known=[], asked=asked, most=len(ready), least_worth=0.0)
    assert {each.id for each in chosen} == {each.id for each in ready[:MOST_WEIGHED]}


def test_what_would_teach_nothing_more_is_left_unread_unless_it_is_recent():
    plain = [Sketch("run", day_of(NOW) - day, 10_000.0, 100.0) for day in range(150)]
    asked = [Sketch("run", 0.0, 10_000.0, 100.0)]
    old, young = unread(Out(age_days=900)), unread(Out(age_days=20))
    assert by_information([old, young], NOW, known=plain, asked=asked, most=9) == [young]
    assert by_information([old], NOW, known=[], asked=asked, most=9) == [old]
