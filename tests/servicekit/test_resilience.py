"""What may count against a service: nothing that one caller can bring about alone, and a real outage always."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import httpx
import pytest

from servicekit.http.call import Call
from servicekit.http.client import ApiClient
from servicekit.http.errors import BadUpstreamResponse, UpstreamCrowded, UpstreamUnavailable
from servicekit.http.resilience import CircuitBreaker, RetryBudget, Watch
from servicekit.http.response import ApiResponse

THRESHOLD = 3


class Seconds:
    """A monotonic clock that stands until it is moved."""

    def __init__(self) -> None:
        self.at_s = 1000.0

    def __call__(self) -> float:
        return self.at_s


async def cut(*, bound_by_caller: bool) -> Call:
    """A call whose time is over."""
    timeout = asyncio.timeout(0)
    with contextlib.suppress(TimeoutError):
        async with timeout:
            await asyncio.sleep(5)
    return Call("GET", "http://up/", {}, {}, 1, 0.0, bound_by_caller, timeout)


def watch() -> tuple[Watch, CircuitBreaker, Seconds]:
    clock = Seconds()
    breaker = CircuitBreaker(THRESHOLD, 5.0, monotonic=clock)
    return Watch("up", breaker, None, monotonic=clock), breaker, clock


def answer(status: int = 200, content: bytes = b"") -> ApiResponse:
    return ApiResponse("up", status, {}, content)


def problem(status: int, code: str) -> dict[str, Any]:
    return {"title": "T", "status": status, "detail": "D", "code": code, "request_id": "r"}


def client(*script: Exception | httpx.Response, **options: Any) -> tuple[ApiClient, list[httpx.Request]]:
    """One that answers with the last of the script for ever."""
    asked: list[httpx.Request] = []

    def answered(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        step = script[min(len(asked), len(script)) - 1]
        if isinstance(step, Exception):
            raise step
        return httpx.Response(step.status_code, headers=step.headers, content=step.content)

    async def no_wait(_delay_s: float) -> None:
        return

    return ApiClient("http://up", "up", transport=httpx.MockTransport(answered), sleep=no_wait, **options), asked


@pytest.mark.parametrize("waited_s", [0.01, 1.5, 59.0])
async def test_a_deadline_of_the_caller_never_counts_however_long_was_waited(waited_s: float):
    seen, breaker, clock = watch()
    call = await cut(bound_by_caller=True)
    for _ in range(1000):
        seen.admit(call)
        clock.at_s += waited_s
        seen.abandoned(call, waited_s)
    assert breaker.refused_for_s() is None


async def test_a_service_that_hangs_is_found_out_by_our_own_time():
    seen, breaker, clock = watch()
    call = await cut(bound_by_caller=False)
    for _ in range(THRESHOLD):
        seen.admit(call)
        clock.at_s += 10
        seen.abandoned(call, 10)
    assert breaker.refused_for_s() == 5.0


async def test_a_service_that_hangs_is_found_out_among_callers_who_are_impatient():
    """Whoever only chooses deadlines cannot hide an outage either."""
    seen, breaker, clock = watch()
    ours, theirs = await cut(bound_by_caller=False), await cut(bound_by_caller=True)
    for _ in range(THRESHOLD):
        clock.at_s += 10
        seen.abandoned(theirs, 1)
        seen.abandoned(ours, 10)
    assert breaker.refused_for_s() == 5.0


async def test_slow_requests_do_not_count_while_others_are_answered():
    seen, breaker, clock = watch()
    call = await cut(bound_by_caller=False)
    for _ in range(10):
        clock.at_s += 5
        seen.answered(call, answer(), 0.01)
        clock.at_s += 5
        for _ in range(6):
            seen.abandoned(call, 10)
    assert breaker.refused_for_s() is None


async def test_a_slow_probe_keeps_others_out_for_a_second_only():
    breaker = CircuitBreaker(1, 5.0, monotonic=(clock := Seconds()))
    breaker.failed()
    clock.at_s += 6
    assert breaker.refused_for_s() is None
    assert breaker.refused_for_s() == 1.0
    clock.at_s += 1
    assert breaker.refused_for_s() is None
    breaker.succeeded()
    assert [breaker.refused_for_s() for _ in range(3)] == [None] * 3


async def test_a_probe_that_was_given_up_makes_room_for_another():
    breaker = CircuitBreaker(1, 5.0, monotonic=(clock := Seconds()))
    breaker.failed()
    clock.at_s += 6
    for _ in range(3):
        assert breaker.refused_for_s() is None
        breaker.gave_up()
    assert breaker.refused_for_s() is None
    breaker.failed()
    assert breaker.refused_for_s() == 5.0


@pytest.mark.parametrize("code", ["busy", "strava_unavailable", "upstream_unavailable", "tokens_unavailable"])
async def test_an_answer_about_one_request_opens_no_breaker_and_costs_nobodys_repeats(code: str):
    budget = RetryBudget(ratio=0, floor_per_s=0, capacity=1)
    asking, asked = client(
        httpx.Response(503, json=problem(503, code)), budget=budget, breaker=CircuitBreaker(threshold=1)
    )
    for _ in range(5):
        assert (await asking.request("GET", "x")).status == 503
    assert len(asked) == 5
    assert budget.withdraw()


async def test_a_plain_outage_still_opens_it():
    asking, asked = client(httpx.Response(503), breaker=CircuitBreaker(threshold=THRESHOLD), retry_delays_s=())
    for _ in range(THRESHOLD):
        assert (await asking.request("GET", "x")).status == 503
    with pytest.raises(UpstreamUnavailable, match="not available"):
        await asking.request("GET", "x")
    assert len(asked) == THRESHOLD


async def test_an_answer_that_is_too_large_opens_no_breaker():
    asking, _ = client(httpx.Response(200, content=b"x" * 100), breaker=CircuitBreaker(threshold=1))
    for _ in range(3):
        with pytest.raises(BadUpstreamResponse):
            await asking.request("GET", "x", max_response_bytes=10)
    assert (await asking.request("GET", "x")).status == 200


async def test_who_takes_all_connections_opens_no_breaker_and_costs_nobodys_repeats():
    asking, asked = client(httpx.PoolTimeout("all taken"), httpx.Response(200), breaker=CircuitBreaker(threshold=1))
    with pytest.raises(UpstreamCrowded) as crowded:
        await asking.request("GET", "x")
    assert len(asked) == 1
    assert crowded.value.retry_after_s == 2.0
    assert (await asking.request("GET", "x")).status == 200


async def test_a_late_answer_to_an_impatient_caller_does_not_count():
    seen, breaker, _ = watch()
    late = answer(504, b'{"title":"T","status":504,"detail":"D","code":"deadline_exceeded","request_id":"r"}')
    for _ in range(10):
        seen.answered(await cut(bound_by_caller=True), late, 0.3)
    assert breaker.refused_for_s() is None
    for _ in range(THRESHOLD):
        seen.answered(await cut(bound_by_caller=False), late, 10.0)
    assert breaker.refused_for_s() == 5.0


async def test_a_call_that_is_given_longer_than_others_is_not_cut_at_their_time():
    asking, asked = client(httpx.Response(200), timeout_s=0.5)
    await asking.request("GET", "x", timeout_s=30.0)
    limits = asked[0].extensions["timeout"]
    assert (limits["read"], limits["write"]) == (None, None)
    assert (limits["connect"], limits["pool"]) == (0.5, None)


async def test_a_call_waits_only_so_long_for_a_connection_where_members_could_hold_them_all():
    asking, asked = client(httpx.Response(200), crowded_after_s=2.0)
    await asking.request("GET", "x")
    assert asked[0].extensions["timeout"]["pool"] == 2.0
