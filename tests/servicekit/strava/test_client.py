"""The one client of Strava: what it repeats, what it never repeats, and whom it blames."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.strava.quota import QUARTER_S
from servicekit.base.correlation import DEADLINE_AT_S
from servicekit.base.settings import Reader, SettingsError
from servicekit.http.errors import UpstreamDeadline
from servicekit.strava.access import Retries
from servicekit.strava.errors import (
    AnswerLost,
    AppInactive,
    NotFound,
    RateLimited,
    RequestFailed,
    RequestRefused,
    ServerTrouble,
    StravaError,
    StravaUnavailable,
    TokenRefused,
)
from servicekit.strava.outages.watch import to_next_quarter
from tests.servicekit.strava.support import Clock
from tests.servicekit.strava.world import ACTIVITY, LOST, SIMPLEST, One, ScriptedStrava, one_client

PASSING = st.sampled_from([LOST, 500, 502, 503, 504])


def scripted(**scripts: list[int] | Iterator[int]) -> One:
    """A client of a Strava with scripts for `activity` and `athlete`."""
    paths = {"activity": ACTIVITY, "athlete": SIMPLEST}
    clock = Clock()
    return one_client(clock, ScriptedStrava(clock, {paths[name]: iter(each) for name, each in scripts.items()}))


@pytest.fixture
def one() -> One:
    return scripted()


async def refused(one: One, error: type[StravaError], **options: object) -> StravaError:
    with pytest.raises(error) as caught:
        await one.ask(**options)
    assert type(caught.value) is error
    return caught.value


@given(st.lists(PASSING, max_size=6), st.integers(0, 4), st.floats(0, 1))
async def test_passing_trouble_is_repeated_as_often_and_as_late_as_the_settings_say(
    failures: list[int], most: int, spread: float
):
    clock = Clock()
    strava = ScriptedStrava(clock, {ACTIVITY: iter(failures)})
    one = one_client(clock, strava, retries=Retries(most=most), jitter=lambda: spread)
    repeats = min(len(failures), most)
    if len(failures) > most:
        with pytest.raises(RequestFailed):
            await one.ask()
    else:
        assert (await one.ask()).status == 200
    assert strava.paths().count(ACTIVITY) == repeats + 1
    assert one.slept == pytest.approx([2.0**step * (1 + spread / 4) for step in range(repeats)])
    assert await one.permits() == len(strava.asked), "each try has a permit of its own"
    await one.client.close()


@given(st.sampled_from([301, 400, 401, 403, 404, 409, 422, 429, 501]))
async def test_nothing_else_is_repeated(status: int):
    one = scripted(activity=itertools.repeat(status))
    with pytest.raises(StravaError):
        await one.ask()
    assert one.slept == []
    assert one.strava.paths().count(ACTIVITY) <= 2, "a refused token is renewed once"
    assert await one.permits() == len(one.strava.asked)
    await one.client.close()


async def test_a_429_is_never_repeated_and_nobody_asks_before_it_is_over(one: One):
    one.strava.scripts[ACTIVITY] = iter([429])
    limit = await refused(one, RateLimited)
    assert isinstance(limit, RateLimited)
    assert limit.told
    for _ in range(5):
        await refused(one, RateLimited)
    assert one.strava.paths() == [ACTIVITY]
    one.clock.at = limit.retry_at
    await one.ask()
    assert one.strava.paths() == [ACTIVITY, SIMPLEST, ACTIVITY], "our count was wrong, so one asks first"


async def test_a_used_up_quota_is_known_before_the_call():
    one = scripted()
    one.clock.advance(60)
    one.strava.headers = {"X-ReadRateLimit-Limit": "100,1000", "X-ReadRateLimit-Usage": "100,400"}
    await one.ask()
    limit = await refused(one, RateLimited)
    assert isinstance(limit, RateLimited)
    assert not limit.told
    assert len(one.strava.asked) == 1


@given(st.floats(0.1, 20))
async def test_repeats_stay_within_the_callers_deadline(patience_s: float):
    one = scripted(activity=itertools.repeat(503))
    token = DEADLINE_AT_S.set(time.monotonic() + patience_s)
    try:
        with pytest.raises((StravaError, UpstreamDeadline)):
            await one.ask()
    finally:
        DEADLINE_AT_S.reset(token)
    assert sum(one.slept) < patience_s
    assert one.slept == [1, 2, 4][: len(one.slept)]
    await one.client.close()


async def test_what_is_not_idempotent_is_sent_once_and_told_from_an_outage():
    one = scripted(activity=[LOST, 502])
    await refused(one, AnswerLost, method="POST", repeat=False)
    assert one.strava.paths() == [ACTIVITY, SIMPLEST]
    await refused(one, ServerTrouble, method="POST", repeat=False)
    assert one.slept == []


async def test_a_sending_that_may_have_arrived_before_an_outage_is_told_from_one_that_was_never_made():
    one = scripted(activity=[LOST], athlete=itertools.repeat(502))
    away = await refused(one, StravaUnavailable, method="POST", repeat=False)
    assert isinstance(away.__cause__, AnswerLost)
    one.clock.advance(1)
    away = await refused(one, StravaUnavailable, method="POST", repeat=False)
    assert not isinstance(away.__cause__, RequestFailed)
    assert one.strava.paths() == [ACTIVITY, SIMPLEST, SIMPLEST]


async def test_strava_that_asks_for_patience_gets_it_up_to_the_longest_wait(one: One):
    one.strava.scripts[ACTIVITY] = iter([503, 503])
    one.strava.headers = {"Retry-After": "30"}
    await one.ask()
    assert one.slept == [30, 30]
    one.strava.scripts[ACTIVITY] = iter([503])
    one.strava.headers = {"Retry-After": "61"}
    await refused(one, ServerTrouble)
    assert one.slept == [30, 30]


async def test_one_request_that_always_fails_hinders_no_other():
    one = scripted(activity=itertools.repeat(500))
    for _ in range(5):
        await refused(one, ServerTrouble)
        assert (await one.ask("/activities/8")).status == 200


async def test_an_outage_is_nobodys_fault_and_nobody_asks_before_its_pause_is_over():
    one = scripted(activity=itertools.repeat(502), athlete=itertools.repeat(502))
    await refused(one, StravaUnavailable)
    knocks = len(one.strava.asked)
    assert knocks == 4 + 1
    for _ in range(10):
        outage = await refused(one, StravaUnavailable)
        assert isinstance(outage, StravaUnavailable)
        assert (outage.retry_after_s or 0) > 0
    assert len(one.strava.asked) == knocks
    one.clock.advance(1)
    await refused(one, StravaUnavailable)
    assert one.strava.paths()[knocks:] == [SIMPLEST]


async def test_half_an_hour_without_strava_is_a_knock_at_each_step_and_over_at_once():
    one = scripted(activity=itertools.repeat(LOST), athlete=itertools.repeat(LOST))
    for _ in range(1800):
        await refused(one, StravaUnavailable)
        one.clock.advance(1)
    assert len(one.strava.asked) <= 4 + 40
    one.strava.scripts.clear()
    one.clock.advance(60)
    assert (await one.ask()).status == 200
    assert (await one.ask()).status == 200
    assert one.strava.paths()[-3:] == [SIMPLEST, ACTIVITY, ACTIVITY]


async def test_where_only_jobs_wait_an_outage_is_one_knock_in_each_window():
    clock = Clock()
    strava = ScriptedStrava(clock, {path: itertools.repeat(503) for path in (ACTIVITY, SIMPLEST)})
    one = one_client(clock, strava, pause=to_next_quarter)
    for _ in range(6 * 60):
        await refused(one, StravaUnavailable, repeat=False)
        clock.advance(60)
    windows = [int(at.timestamp() // QUARTER_S) for _, at in strava.asked]
    assert max(windows.count(each) for each in set(windows[2:])) == 1
    assert len(set(windows)) >= 23


async def test_after_an_outage_one_asks_and_the_others_are_told_to_look_again(one: One):
    one.strava.scripts = {ACTIVITY: itertools.repeat(502), SIMPLEST: iter([502])}
    await refused(one, StravaUnavailable)
    one.strava.scripts.clear()
    one.clock.advance(1)
    one.strava.gate.clear()
    knocks = len(one.strava.asked)
    callers = [asyncio.create_task(one.ask()) for _ in range(20)]
    async with asyncio.timeout(10):
        while sum(each.done() for each in callers) < 19:  # noqa: ASYNC110 - what is awaited is a plain condition
            await asyncio.sleep(0.001)
    assert len(one.strava.asked) == knocks + 1
    one.strava.gate.set()
    answers = await asyncio.gather(*callers, return_exceptions=True)
    assert sum(isinstance(each, StravaUnavailable) for each in answers) == 19


async def test_an_application_that_is_switched_off_is_everybodys_outage_and_says_why():
    one = scripted(activity=itertools.repeat(403), athlete=itertools.repeat(403))
    await refused(one, AppInactive)
    await refused(one, AppInactive)
    assert "operator" in str(await refused(one, AppInactive))
    assert one.strava.paths() == [ACTIVITY, SIMPLEST]


async def test_a_refused_token_is_renewed_once_in_one_piece_of_work(one: One):
    one.strava.good_tokens = {"Bearer token-2", "Bearer token-3"}
    access = one.access()
    await one.ask(access=access)
    await one.ask(access=access)
    assert one.fetched == [False, True, False]
    one.strava.good_tokens = set()
    await refused(one, TokenRefused, access=access)
    assert one.fetched == [False, True, False, False]


async def test_a_renewed_token_that_is_refused_too_is_the_end(one: One):
    one.strava.good_tokens = set()
    await refused(one, TokenRefused)
    assert one.fetched == [False, True]
    assert one.strava.paths() == [ACTIVITY, ACTIVITY]


async def test_no_wait_is_longer_than_the_longest_and_no_repeat_comes_without_one():
    clock = Clock()
    strava = ScriptedStrava(clock, {ACTIVITY: itertools.repeat(500)})
    one = one_client(clock, strava, retries=Retries(most=4, first_s=20, longest_s=60), jitter=lambda: 1.0)
    await refused(one, ServerTrouble)
    assert one.slept == [25, 50, 60, 60]


async def test_what_strava_refuses_is_told_apart(one: One):
    one.strava.scripts[ACTIVITY] = iter([404, 422])
    await refused(one, NotFound)
    other = await refused(one, RequestRefused)
    assert isinstance(other, RequestRefused)
    assert other.status == 422


async def test_calls_of_the_application_itself_cost_no_permit_and_ask_nobodys_opinion(one: One):
    one.strava.scripts["/push_subscriptions"] = iter([503, 200])
    with pytest.raises(ServerTrouble):
        await one.client.ask_as_application("GET", "/push_subscriptions")
    assert (await one.client.ask_as_application("GET", "/push_subscriptions")).status == 200
    assert await one.permits() == 0
    assert (await one.ask()).status == 200


async def test_an_upload_costs_a_permit_of_the_overall_bucket_alone(one: One):
    await one.ask("/uploads", method="POST", kind="upload", repeat=False)
    status = await one.quota.status()
    assert (status.read.used[1], status.overall.used[1]) == (0, 1)


async def test_nothing_of_the_token_shows_in_an_error():
    one = scripted(activity=[500, 500, 500, 500, 404, 422])
    for error in (ServerTrouble, NotFound, RequestRefused):
        told = await refused(one, error)
        assert "token-" not in str(told) + repr(told)


def test_the_repeats_are_the_settings_of_the_brief():
    with Reader({}) as read:
        assert Retries.read(read) == Retries(most=3, first_s=1, longest_s=60, factor=2)
    named = {"MAX_RETRIES": "5", "INITIAL_BACKOFF": "0.5", "MAX_BACKOFF": "3", "BACKOFF_MULTIPLIER": "3"}
    with Reader(named) as read:
        assert list(Retries.read(read).waits_s()) == [0.5, 1.5, 3, 3, 3]


def test_repeats_that_make_no_sense_are_named():
    named = {"MAX_RETRIES": "-1", "INITIAL_BACKOFF": "soon", "MAX_BACKOFF": "nan", "BACKOFF_MULTIPLIER": "0.5"}
    with pytest.raises(SettingsError) as caught, Reader(named) as read:
        Retries.read(read)
    assert [problem.partition(":")[0] for problem in caught.value.problems] == list(named)


async def test_after_a_jump_of_our_clock_strava_is_asked_for_the_time_in_nobodys_name_and_once():
    wall, steady, strava_s = Clock(), [0.0], 1_790_078_400
    strava = ScriptedStrava(wall, {})
    strava.headers = {"Date": formatdate(strava_s, usegmt=True)}
    one = one_client(wall, strava, steady_s=lambda: steady[0])
    wall.at = datetime.fromtimestamp(strava_s, UTC)
    await one.ask()
    wall.advance(-600)
    for _ in range(2):
        await one.ask()
    assert strava.paths() == [SIMPLEST, ACTIVITY, SIMPLEST, ACTIVITY, ACTIVITY]
    assert strava.named == [False, True, False, True, True]
    assert await one.permits() == 3
    assert one.quota.clock.moments_s()[0] == pytest.approx(strava_s, abs=2)
    await one.client.close()
