from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kernel.contracts.sync import RateLimitStatus, WindowUsage
from servicekit.jobs import QueueStats
from servicekit.sight.alarms import KINDS, Alarm, Conditions, of_figures
from servicekit.sight.figures import Figures

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
WELL = Figures(
    queue=QueueStats(0, 0, 0, 0, 0.0),
    quota=RateLimitStatus(
        *(0, 0, 100, 1000, 60, 60),
        read=WindowUsage((0, 0), (100, 1000)),
        overall=WindowUsage((0, 0), (200, 2000)),
        share_read=WindowUsage((0, 0), (80, 800)),
        share_overall=WindowUsage((0, 0), (160, 1600)),
    ),
    failures_in_a_row={"api": 0, "oauth": 0},
)


def used(quarter: int, day: int) -> RateLimitStatus:
    return replace_struct(read=WindowUsage((quarter, day), (100, 1000)))


def replace_struct(**changes: Any) -> RateLimitStatus:
    values = {name: getattr(WELL.quota, name) for name in WELL.quota.__struct_fields__}
    return RateLimitStatus(**{**values, **changes})


def test_a_service_that_is_well_alarms_nobody():
    assert list(of_figures(WELL)) == []


@pytest.mark.parametrize(
    ("change", "below", "expected"),
    [
        ({"failures_in_a_row": {"api": 3}}, {"failures_in_a_row": {"api": 2}}, Alarm("StravaFails", 3)),
        ({"failures_in_a_row": {"oauth": 3}}, {"failures_in_a_row": {"oauth": 2}}, Alarm("TokensNotRefreshed", 3)),
        ({"token_operations": {"lost": 5}}, {"token_operations": {"lost": 4}}, Alarm("TokensNotRefreshed", 5)),
        (
            {"queue": QueueStats(1, 0, 0, 0, 601.0)},
            {"queue": QueueStats(1, 0, 0, 0, 600.0)},
            Alarm("JobsWait", 601.0),
        ),
        ({"quota": used(0, 801)}, {"quota": used(100, 800)}, Alarm("QuotaNearlyUsed", 80.1)),
        ({"events_wait_s": 121.0}, {"events_wait_s": 120.0}, Alarm("EventsWait", 121.0)),
    ],
    ids=["strava", "oauth", "lost", "jobs", "quota", "events"],
)
def test_each_condition_holds_from_its_number_on(change: Any, below: Any, expected: Alarm):
    [found] = of_figures(replace(WELL, **change))
    assert (found.name, found.figure) == (expected.name, pytest.approx(expected.figure))
    assert list(of_figures(replace(WELL, **below))) == []


def test_requests_that_fail_are_a_share_of_the_last_five_minutes():
    seen = Conditions()
    assert seen.of(WELL, 1000, 500, NOW) == []  # what was before is not looked at
    assert seen.of(WELL, 1100, 505, NOW + timedelta(minutes=1)) == []
    [alarm] = seen.of(WELL, 1200, 520, NOW + timedelta(minutes=2))
    assert (alarm.name, alarm.figure) == ("RequestsFail", pytest.approx(10.0))
    assert seen.of(WELL, 1300, 520, NOW + timedelta(minutes=8)) == []


def test_a_few_requests_are_no_share():
    seen = Conditions()
    seen.of(WELL, 0, 0, NOW)
    assert seen.of(WELL, 19, 19, NOW + timedelta(minutes=1)) == []


def test_jobs_that_die_alarm_for_an_hour_and_those_that_were_dead_do_not():
    seen = Conditions()
    dead = [replace(WELL, queue=QueueStats(0, 0, 0, count, 0.0)) for count in (7, 9)]
    assert seen.of(dead[0], 0, 0, NOW) == []
    assert seen.of(dead[1], 0, 0, NOW + timedelta(minutes=1)) == [Alarm("JobsGivenUp", 2)]
    assert seen.of(dead[1], 0, 0, NOW + timedelta(minutes=59)) == [Alarm("JobsGivenUp", 2)]
    assert seen.of(dead[1], 0, 0, NOW + timedelta(minutes=121)) == []


def test_events_that_are_given_up_alarm_as_jobs_do_and_by_themselves():
    seen = Conditions()
    dead = [replace(WELL, counts={"events": {"new": 40, "dead": count}}) for count in (5, 8)]
    assert seen.of(dead[0], 0, 0, NOW) == []
    assert seen.of(dead[1], 0, 0, NOW + timedelta(minutes=1)) == [Alarm("EventsGivenUp", 3)]
    assert seen.of(dead[1], 0, 0, NOW + timedelta(minutes=121)) == []


def test_three_alarms_of_a_service_cannot_wait_and_the_brief_has_three_warnings():
    of_this_service = {name: kind.severity for name, kind in KINDS.items() if name != "PredictorAway"}
    assert list(of_this_service.values()).count("critical") == 3
    assert {name for name, severity in of_this_service.items() if severity == "warning"} >= {
        "QuotaNearlyUsed", "EventsWait", "RequestsFail",
    }  # fmt: skip
