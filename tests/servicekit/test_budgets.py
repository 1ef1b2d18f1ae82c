"""Budgets: what a member or an address may ask, and that nobody pays for anybody else."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import structlog
from litestar import get, post
from litestar.types import Receive, Scope, Send
from prometheus_client import Counter

from servicekit.base.settings import Reader, SettingsError
from servicekit.base.shared_counters import SharedCounters
from servicekit.web.api_keys import ApiKeys
from servicekit.web.app import Edge, build_app
from servicekit.web.budget_gate import PROBES, BudgetGate, Errand
from servicekit.web.budgets import Accounts, Budget, Everywhere, RequestBudgets, Spending
from servicekit.web.callers import Callers
from servicekit.web.daily import DailySpending
from tests.support_postgres import require_services

REDIS = os.environ.get("AYDA_TEST_REDIS_URL", "redis://127.0.0.1:6379/0")
KEY = "a-key-of-a-service-0000000000000"
SMALL = RequestBudgets(member=Budget(20, 3), address=Budget(30, 2))
ERRANDS = (
    *PROBES,
    Errand("/events", cost=0),
    Errand("/pages", apart="pages"),
    Errand("/dear", "POST", cost=5),
    Errand("/long", at_once=1),
)
NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def member_of(authorization: str | None) -> str | None:
    """A proof is the word `proof` before a name."""
    scheme, _, name = (authorization or "").partition(" ")
    return name if scheme == "proof" else None


CALLERS = Callers(ApiKeys.parse(KEY), member_of=member_of)


class House:
    """An app behind the gate, whose requests last until `gate` is set."""

    def __init__(self, accounts: Accounts | None = None) -> None:
        self.now_s = 100.0
        self.gate = asyncio.Event()
        self.gate.set()
        self.inside = self.most_inside = 0
        self.accounts = accounts or Accounts(SMALL)
        self.now = NOON
        self.counted = Counter("refused", "R", ["caller", "limit"], registry=None)
        errands = (Errand("/daily", daily=DailySpending(7, now=lambda: self.now)), *ERRANDS)
        self.app = BudgetGate(
            self.answer, CALLERS, self.accounts, errands, counted=self.counted, clock_s=lambda: self.now_s
        )

    async def answer(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        try:
            await self.gate.wait()
        finally:
            self.inside -= 1
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def ask(self, path: str = "/x", *, ip: str = "203.0.113.1", method: str = "GET", **headers: str) -> Any:
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        transport = httpx.ASGITransport(self.app, client=(ip, 1))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://t") as http:
            return await http.request(method, path, headers=fields)

    async def served(self, most: int = 100, **how: Any) -> int:
        """How many are served in a row."""
        for number in range(most):
            if (await self.ask(**how)).status_code == 429:
                return number
        return most


def proof(name: str) -> dict[str, str]:
    return {"authorization": f"proof {name}"}


async def test_a_member_has_a_minutes_budget_which_comes_back_with_time():
    house = House()
    assert await house.served(**proof("a")) == 20
    house.now_s += 3
    assert await house.served(**proof("a")) == 1
    house.now_s += 60
    assert await house.served(**proof("a")) == 20


async def test_who_is_over_budget_is_told_when_and_what_to_do():
    house = House()
    await house.served(**proof("a"))
    answer = await house.ask(**proof("a"))
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (429, "too_many_requests")
    assert answer.headers["retry-after"] == "3"
    assert problem["detail"] == "You have asked for too much within a minute; please go on in 3 s."
    await house.served(ip="203.0.113.1")
    assert "open the app from Telegram" in (await house.ask(ip="203.0.113.1")).json()["detail"]


async def test_with_its_refusal_a_strangers_connection_ends_and_a_members_does_not():
    house = House()
    await house.served()
    assert (await house.ask()).headers["connection"] == "close"
    await house.served(**proof("anna"))
    refused = await house.ask(**proof("anna"))
    assert (refused.status_code, "connection" in refused.headers) == (429, False)


async def test_a_member_is_never_refused_for_strangers_at_the_same_address_nor_they_for_a_member():
    house = House()
    assert await house.served() == 30
    assert await house.served(**proof("a")) == 20
    assert await house.served(**proof("b")) == 20
    house.now_s += 600
    assert await house.served(**proof("a")) == 20
    assert await house.served() == 30


async def test_what_proves_nothing_is_counted_under_its_address():
    house = House()
    wrong = [{"authorization": f"tma {number}"} for number in range(10)] + [{"x_api_key": f"w{n}"} for n in range(20)]
    assert [(await house.ask(**each)).status_code for each in wrong] == [200] * 30
    assert await house.served() == 0
    assert await house.served(ip="203.0.113.2") == 30


async def test_all_of_a_customers_ipv6_network_is_one_address():
    house = House()
    for number in range(30):
        await house.ask(ip=f"2001:db8:1:2::{number:x}")
    assert await house.served(ip="2001:db8:1:2:ffff::1") == 0
    assert await house.served(ip="2001:db8:1:3::1") == 30


async def test_services_with_a_key_are_not_counted():
    house = House()
    assert await house.served(most=200, x_api_key=KEY) == 200
    house.gate.clear()
    running = [asyncio.create_task(house.ask(x_api_key=KEY)) for _ in range(50)]
    while house.inside < 50:  # noqa: ASYNC110 - what is awaited is a plain condition
        await asyncio.sleep(0)
    house.gate.set()
    assert {(await each).status_code for each in running} == {200}


@pytest.mark.parametrize("path", ["/dear", "/dear/", "http://t//dear", "/dear//thing/"])
async def test_an_expensive_errand_weighs_more_however_its_address_is_written(path: str):
    house = House()
    assert await house.served(path=path, method="POST", **proof("a")) == 4
    assert await house.served(path=path, **proof("b")) == 20


async def test_who_proves_nothing_has_so_many_in_a_day_and_again_from_midnight_on():
    house = House()
    assert await house.served(path="/daily") == 7
    answer = await house.ask("/daily")
    assert (answer.status_code, answer.json()["code"]) == (429, "daily_limit")
    assert answer.headers["retry-after"] == f"{12 * 3600}"
    assert "midnight UTC" in answer.json()["detail"]
    assert house.counted.labels("address", "per_day")._value.get() == 2
    assert await house.served() == 30 - 9, "the minute goes on"
    house.now, house.now_s = NOON + timedelta(hours=12), house.now_s + 43_200
    assert await house.served(path="/daily") == 7


async def test_the_day_of_an_address_is_one_networks_and_no_members():
    house = House()
    for number in range(7):
        assert (await house.ask("/daily", ip=f"2001:db8:1:2::{number:x}")).status_code == 200
    assert await house.served(path="/daily", ip="2001:db8:1:2:ffff::1") == 0
    assert await house.served(path="/daily", ip="2001:db8:1:3::1") == 7
    assert await house.served(path="/daily", ip="2001:db8:1:2::1", **proof("a")) == 20
    assert await house.served(most=50, path="/daily", ip="2001:db8:1:2::1", x_api_key=KEY) == 50


async def test_of_those_who_came_today_the_longest_silent_are_forgotten():
    spending = DailySpending(1, now=lambda: NOON, most=100)
    for number in range(101):
        assert await spending.take(f"{number}") == 0
    assert len(spending) == 100
    assert await spending.take("100") == 43_200
    assert await spending.take("0") == 0


async def test_errands_are_counted_apart_where_one_must_not_starve_the_other():
    house = House()
    assert await house.served() == 30
    assert await house.served(path="/pages/a") == 30


async def test_what_has_a_rule_of_its_own_is_not_counted():
    assert await House().served(most=500, path="/events/secret") == 500


async def test_probes_from_loopback_are_never_refused_and_others_have_a_budget():
    house = House()
    for address in ("127.0.0.1", "::1"):
        assert await house.served(most=200, path="/health/ready", ip=address) == 200
    assert await house.served(path="/health/ready") == 30
    assert await house.served(path="/elsewhere", ip="127.0.0.1") == 30


async def test_only_so_many_of_one_run_at_once_and_others_run_beside_them():
    house = House()
    house.gate.clear()
    running = [asyncio.create_task(house.ask(**proof("a"))) for _ in range(10)]
    beside = [asyncio.create_task(house.ask(**proof("b"))), asyncio.create_task(house.ask())]
    done: set[Any] = set()
    while len(done) < 7:
        done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    refused = [each.result() for each in done]
    assert {answer.status_code for answer in refused} == {429}
    assert {answer.headers["retry-after"] for answer in refused} == {"1"}
    assert "under way" in refused[0].json()["detail"]
    house.gate.set()
    statuses = [(await each).status_code for each in running + beside]
    assert (statuses.count(200), statuses.count(429)) == (5, 7)
    assert house.most_inside == 5
    assert not house.accounts.running


async def test_of_what_takes_long_fewer_of_one_run_at_once():
    house = House()
    house.gate.clear()
    first = asyncio.create_task(house.ask("/long"))
    await asyncio.sleep(0)
    assert (await house.ask("/long")).status_code == 429
    house.gate.set()
    assert (await first).status_code == 200
    assert (await house.ask("/long")).status_code == 200


async def test_a_request_that_breaks_or_is_cancelled_is_no_longer_under_way():
    house = House()
    house.gate.clear()
    running = [asyncio.create_task(house.ask(**proof("a"))) for _ in range(3)]
    while house.inside < 3:  # noqa: ASYNC110 - what is awaited is a plain condition
        await asyncio.sleep(0)
    for each in running:
        each.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    house.gate.set()
    assert (await house.ask(**proof("a"))).status_code == 200
    assert not house.accounts.running


async def test_nothing_of_a_refused_request_is_received():
    house = House()
    await house.served()
    received = []

    async def receive() -> Any:
        received.append(1)
        return {"type": "http.request", "body": b"x" * 65536, "more_body": True}

    async def send(_message: Any) -> None:
        return

    scope: Any = {"type": "http", "method": "POST", "path": "/x", "headers": [], "client": ("203.0.113.1", 1)}
    await house.app(scope, receive, send)
    assert received == []


async def test_callers_who_come_once_leave_nothing_behind():
    spending = Spending(60, most=1000)
    for number in range(100_000):
        assert await spending.take(f"{number}", 1, number * 0.01) == 0
    assert len(spending) <= 101
    for number in range(5_000):
        await spending.take(f"{number}", 1, 5000.0)
    assert len(spending) <= 1000


def test_budgets_are_settings_with_bounds():
    assert RequestBudgets.read(Reader({})) == RequestBudgets()
    found = RequestBudgets.read(Reader({"MEMBER_REQUESTS_PER_MINUTE": "40", "ADDRESS_REQUESTS_AT_ONCE": "5"}))
    assert found == RequestBudgets(
        Budget(40, RequestBudgets().member.at_once), Budget(RequestBudgets().address.per_minute, 5)
    )
    with pytest.raises(SettingsError) as caught, Reader({"MEMBER_REQUESTS_AT_ONCE": "0"}) as read:
        RequestBudgets.read(read)
    assert caught.value.problems == ("MEMBER_REQUESTS_AT_ONCE: must be between 1 and 1000000",)


async def test_a_whole_app_refuses_and_counts():
    @get("/free", operation_id="Free")
    async def free() -> dict[str, int]:
        return {}

    @post("/dear", operation_id="Dear")
    async def dear() -> dict[str, int]:
        return {}

    edge = Edge(callers=CALLERS, accounts=Accounts(SMALL), errands=ERRANDS)
    app = build_app(title="T", version="1", route_handlers=[free, dear], problems={}, edge=edge)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as http:  # type: ignore[arg-type]
        statuses = [(await http.get("/free", headers=proof("a"))).status_code for _ in range(25)]
        text = (await http.get("/metrics")).text
    assert (statuses.count(200), statuses.count(429)) == (20, 5)
    assert 'requests_refused_over_budget_total{caller="member",limit="per_minute"} 5.0' in text


def now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def everywhere(prefix: str, url: str = REDIS, *, timeout_s: float = 30.0) -> AsyncIterator[Everywhere]:
    shared = Everywhere(SharedCounters(url, prefix=prefix, timeout_s=timeout_s), b"key", now=now)
    try:
        yield shared
    finally:
        await shared.close()


@pytest.fixture
async def prefix() -> str:
    name = f"test-{secrets.token_hex(6)}"
    counters = SharedCounters(REDIS, prefix=name, timeout_s=5.0)
    answers = await counters.storage.check()
    await counters.close()
    if not answers:
        if require_services():
            raise AssertionError("Redis does not answer")
        pytest.skip("Redis does not answer")
    return name


@pytest.mark.redis
async def test_processes_count_together_and_each_adds_an_eighth_at_most(prefix: str):
    per_minute, processes = 80, 4
    async with everywhere(prefix) as one, everywhere(prefix) as other:
        all_of_them = [Spending(per_minute, one if number % 2 else other) for number in range(processes)]
        taken = 0
        for _ in range(per_minute):
            taken += sum([await each.take("a", 1, 0.0) == 0 for each in all_of_them])
        waits_s = [await each.take("a", 1, 0.0) for each in all_of_them]
        others = await all_of_them[0].take("b", 1, 0.0)
    assert per_minute <= taken <= per_minute + processes * per_minute / 8
    assert all(0 < wait_s <= 60 for wait_s in waits_s)
    assert others == 0


@pytest.mark.redis
async def test_processes_count_a_day_together_and_each_adds_an_eighth_at_most(prefix: str):
    per_day, processes, moment = 80, 4, NOON
    async with everywhere(prefix) as one, everywhere(prefix) as other:
        stores = [one if number % 2 else other for number in range(processes)]
        all_of_them = [DailySpending(per_day, store, now=lambda: moment) for store in stores]
        taken = 0
        for _ in range(per_day):
            taken += sum([await each.take("a") == 0 for each in all_of_them])
        waits_s = [await each.take("a") for each in all_of_them]
        moment = NOON + timedelta(hours=12)
        later = [await each.take("a") for each in all_of_them]
    assert per_day <= taken <= per_day + processes * per_day / 8
    assert waits_s == [43_200] * processes
    assert later == [0] * processes


@pytest.mark.redis
async def test_who_spends_little_leaves_nothing_in_redis_and_nobodys_name_is_there(prefix: str):
    from redis.asyncio import Redis  # noqa: PLC0415 - an extra

    async with everywhere(prefix) as shared:
        spending = Spending(80, shared)
        for number in range(500):
            await spending.take(f"member  31415926{number:03}", 1, 0.0)
        redis = Redis.from_url(REDIS)
        nothing = [key async for key in redis.scan_iter(f"{prefix}*", count=1000)]
        for _ in range(40):
            await spending.take("member  31415926535", 1, 0.0)
        keys = [key async for key in redis.scan_iter(f"{prefix}*", count=1000)]
        lives_s = [await redis.ttl(key) for key in keys]
        await redis.aclose()
    assert nothing == []
    assert keys
    assert all(0 < each <= 120 for each in lives_s)
    assert not [key for key in keys if b"31415926" in key]


@pytest.mark.redis
async def test_without_its_redis_each_process_counts_for_itself_and_says_so_once():
    async with everywhere("x", "redis://127.0.0.1:1/0", timeout_s=0.25) as shared:
        spending = Spending(80, shared)
        with structlog.testing.capture_logs() as logged:
            served = [await spending.take("a", 1, 0.0) == 0 for _ in range(200)]
    assert sum(served) == 80
    assert [each["event"] for each in logged] == ["shared_budgets_away"]
