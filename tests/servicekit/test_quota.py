from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from kernel.strava.quota import SHARES, Limits, Priority, QuotaExhausted
from servicekit.strava.counters import QuotaStore, QuotaStoreDown, RedisQuotaStore
from servicekit.strava.permits import Permit
from servicekit.strava.quota import QuotaLedger, QuotaUncounted
from servicekit.strava.told_limits import AGAIN_S, FRESH_S
from tests.support_postgres import require_services

REDIS = os.environ.get("AYDA_TEST_REDIS_URL", "redis://127.0.0.1:6379/0")
LIMITS = Limits((100, 1000), (200, 2000))
OTHERS = Limits((50, 500), (60, 600))


class Clock:
    def __init__(self) -> None:
        self.time = datetime(2026, 3, 1, 12, 5, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.redis)])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[QuotaStore]:
    if request.param == "memory":
        yield QuotaStore()
        return
    store = RedisQuotaStore(REDIS, prefix=f"test-{secrets.token_hex(6)}", timeout_s=30.0)
    try:
        await store.count("there")
    except QuotaStoreDown as error:
        await store.close()
        if require_services():
            raise
        pytest.skip(f"Redis does not answer: {error}")
    yield store
    await store.close()


class Broken(QuotaStore):
    """A store that cannot be reached."""

    async def add(self, key: str, amount: int, ttl_s: int) -> int:  # noqa: ARG002 - the protocol's
        raise QuotaStoreDown("ConnectionError")

    async def count(self, key: str) -> int:  # noqa: ARG002 - the protocol's
        raise QuotaStoreDown("ConnectionError")

    async def keep(self, key: str, text: str, ttl_s: int) -> None:  # noqa: ARG002 - the protocol's
        raise QuotaStoreDown("ConnectionError")

    async def kept(self, key: str) -> str | None:  # noqa: ARG002 - the protocol's
        raise QuotaStoreDown("ConnectionError")

    async def close(self) -> None:
        return None


async def take(ledger: QuotaLedger, calls: int, priority: Priority = Priority.INTERACTIVE) -> int:
    """How many of so many calls were granted, asked for all at once."""
    asked = [ledger.acquire("read", priority) for _ in range(calls)]
    return sum(isinstance(answer, Permit) for answer in await asyncio.gather(*asked, return_exceptions=True))


async def test_a_counter_adds_and_takes_back(store: QuotaStore):
    assert await store.count("a") == 0
    assert await store.add("a", 5, 60) == 5
    assert await store.add("a", -2, 60) == 3
    assert await store.count("a") == 3


async def test_several_counters_are_added_to_and_told_in_their_order(store: QuotaStore):
    assert await store.add_all(2, {"one": 60, "other": 60}) == [2, 2]
    assert await store.add("other", 1, 60) == 3
    assert await store.add_all(-1, {"other": 60, "one": 60}) == [2, 1]
    assert await store.count_all(["nobody", "one", "other"]) == [0, 1, 2]


async def test_counters_that_were_added_to_together_are_forgotten_in_their_time(store: QuotaStore):
    await store.add_all(1, {"gone": 0, "there": 60})
    assert await store.count_all(["gone", "there"]) == [0, 1]


async def test_three_services_on_one_store_get_exactly_what_strava_allows(store: QuotaStore, clock: Clock):
    ledgers = [QuotaLedger(store, now=clock, limits=LIMITS) for _ in range(3)]
    granted = 0
    for _ in range(15):
        granted += sum([await take(ledger, 5) for ledger in ledgers])
    assert granted == 100
    assert (await ledgers[0].status()).requests_15min == 100


async def test_at_once_never_more_is_granted_than_allowed(store: QuotaStore, clock: Clock):
    ledgers = [QuotaLedger(store, now=clock, limits=LIMITS) for _ in range(3)]
    granted = await asyncio.gather(*(take(ledger, 60) for ledger in ledgers))
    assert sum(granted) <= 100


async def test_a_refusal_says_when_to_come_back(store: QuotaStore, clock: Clock):
    ledger = QuotaLedger(store, now=clock, limits=LIMITS)
    await take(ledger, 100)
    with pytest.raises(QuotaExhausted) as refusal:
        await ledger.acquire("read", Priority.INTERACTIVE)
    clock.time = datetime.fromtimestamp(refusal.value.retry_at_s + 0.001, UTC)
    assert datetime(2026, 3, 1, 12, 15, tzinfo=UTC) <= clock.time < datetime(2026, 3, 1, 12, 15, 5, tzinfo=UTC)
    await ledger.acquire("read", Priority.INTERACTIVE)


async def test_low_priority_leaves_headroom(store: QuotaStore, clock: Clock):
    ledger = QuotaLedger(store, now=clock, limits=LIMITS)
    deep = await take(ledger, 150, Priority.DEEP)
    assert 60 <= deep <= 85
    assert await take(ledger, 150, Priority.WEBHOOK) >= 10
    assert await take(ledger, 150, Priority.INTERACTIVE) >= 1


async def test_uploads_do_not_use_up_reads(store: QuotaStore, clock: Clock):
    ledger = QuotaLedger(store, now=clock, limits=LIMITS)
    for _ in range(50):
        await ledger.acquire("upload", Priority.INTERACTIVE)
    status = await ledger.status()
    assert (status.read.used, status.overall.used) == ((0, 0), (50, 50))


async def test_what_an_answer_says_about_usage_lifts_our_count_and_never_lowers_it(store: QuotaStore, clock: Clock):
    ledger = QuotaLedger(store, now=clock, limits=LIMITS)
    await take(ledger, 10)
    await ledger.observe({"X-ReadRateLimit-Usage": "97,500", "X-RateLimit-Usage": "3,3"})
    status = await ledger.status()
    assert (status.read.used, status.overall.used) == ((97, 500), (10, 10))
    assert await take(ledger, 10) == 3


async def test_limits_are_learned_from_an_answer_at_once(store: QuotaStore, clock: Clock):
    ledger = QuotaLedger(store, now=clock, limits=LIMITS)
    await ledger.observe({"X-ReadRateLimit-Limit": "20,1000", "X-RateLimit-Limit": "400,4000"})
    assert (ledger.limits.read, ledger.limits.overall) == ((20, 1000), (400, 4000))
    assert await take(ledger, 50) == 20
    assert (await ledger.status()).remaining_15min == 0


async def test_who_has_asked_nothing_knows_the_limits_that_others_were_told(store: QuotaStore, clock: Clock):
    asks, idle = (QuotaLedger(store, now=clock, limits=LIMITS, shared=True) for _ in range(2))
    assert (await idle.status()).read.limit == (100, 1000)
    told = {"X-ReadRateLimit-Limit": "300,3000", "X-RateLimit-Limit": "600,6000"}
    await asks.observe({**told, "X-ReadRateLimit-Usage": "150,2500", "X-RateLimit-Usage": "150,2500"})
    clock.time += timedelta(seconds=FRESH_S)
    status = await idle.status()
    assert (status.read.used, status.read.limit, status.overall.limit) == ((150, 2500), (300, 3000), (600, 6000))
    assert await take(idle, 5) == 5, "by its own guess the day would be over"


async def test_limits_that_sink_are_known_to_others_too(store: QuotaStore, clock: Clock):
    asks, idle = (QuotaLedger(store, now=clock, limits=LIMITS, shared=True) for _ in range(2))
    for limits in ("300,3000", "20,200"):
        await asks.observe({"X-ReadRateLimit-Limit": limits})
        clock.time += timedelta(seconds=FRESH_S)
        await idle.status()
    assert idle.limits == Limits((20, 200), LIMITS.overall)


async def test_limits_that_were_guessed_rightly_are_told_to_those_who_guess_otherwise(store: QuotaStore, clock: Clock):
    knows, guesses = QuotaLedger(store, now=clock, limits=LIMITS), QuotaLedger(store, now=clock, limits=OTHERS)
    await knows.observe({"X-ReadRateLimit-Limit": "100,1000", "X-RateLimit-Limit": "200,2000"})
    await guesses.status()
    assert guesses.limits == LIMITS


async def test_a_store_that_has_lost_the_limits_is_told_them_again_within_the_hour(store: QuotaStore, clock: Clock):
    knows, late = QuotaLedger(store, now=clock, limits=LIMITS), QuotaLedger(store, now=clock, limits=OTHERS)
    for _ in range(2):
        await knows.observe({"X-ReadRateLimit-Limit": "100,1000", "X-RateLimit-Limit": "200,2000"})
        await store.keep("strava/limits", "rubbish", 60)
        await late.status()
        assert late.limits == OTHERS
        clock.time += timedelta(seconds=AGAIN_S / 2)
    await knows.observe({"X-ReadRateLimit-Limit": "100,1000"})
    await late.status()
    assert late.limits == LIMITS


async def test_an_answer_that_says_nothing_changes_nothing(store: QuotaStore, clock: Clock):
    ledger = QuotaLedger(store, now=clock, limits=LIMITS)
    await ledger.observe({"X-ReadRateLimit-Usage": ",", "X-RateLimit-Limit": "soon"})
    assert ledger.limits == LIMITS
    assert (await ledger.status()).read.used == (0, 0)


async def test_an_answer_that_crossed_the_quarter_does_not_use_up_the_next(store: QuotaStore, clock: Clock):
    ledger = QuotaLedger(store, now=clock, limits=LIMITS)
    sent_at_s = clock().timestamp()
    clock.time += timedelta(minutes=10, seconds=8)
    await ledger.observe({"X-ReadRateLimit-Usage": "100,300"}, asked_at_s=sent_at_s)
    assert (await ledger.status()).read.used == (0, 300)


async def test_an_answer_at_the_very_start_of_a_quarter_may_speak_of_the_last_one(store: QuotaStore, clock: Clock):
    ledger = QuotaLedger(store, now=clock, limits=LIMITS)
    clock.time += timedelta(minutes=10, seconds=1)
    await ledger.observe({"X-ReadRateLimit-Usage": "100,300"})
    assert (await ledger.status()).read.used == (0, 300)


async def test_a_429_stops_every_ledger_of_the_store_until_the_quarter_ends(store: QuotaStore, clock: Clock):
    one, two = (QuotaLedger(store, now=clock, limits=LIMITS) for _ in range(2))
    await one.refused("read")
    assert await take(two, 5) == 0
    clock.time += timedelta(minutes=10, seconds=5)
    assert await take(two, 5) == 5


async def test_a_new_quarter_gives_new_calls_and_the_day_keeps_count(store: QuotaStore, clock: Clock):
    ledger = QuotaLedger(store, now=clock, limits=LIMITS)
    assert await take(ledger, 120) == 100
    clock.time += timedelta(minutes=15)
    assert await take(ledger, 120) == 100
    status = await ledger.status()
    assert (status.requests_15min, status.requests_day, status.remaining_day) == (100, 200, 800)
    assert (status.reset_15min_seconds, status.reset_day_seconds) == (600, (11 * 60 + 40) * 60)


async def test_a_static_share_is_kept_when_the_others_are_not_seen(store: QuotaStore, clock: Clock):
    ledger = QuotaLedger(store, now=clock, limits=Limits((300, 3000), (600, 6000)), share=SHARES.ayda)
    assert await take(ledger, 200) == 100


async def test_without_the_shared_store_each_service_keeps_to_half_of_its_own_share_and_says_why(clock: Clock):
    limits = Limits((300, 3000), (600, 6000))
    ayda, predictor = (
        QuotaLedger(Broken(), now=clock, limits=limits, share=share, shared=True)
        for share in (SHARES.ayda, SHARES.predictor)
    )
    assert (await take(ayda, 200), await take(predictor, 200)) == (50, 100)
    for priority in (Priority.INTERACTIVE, Priority.DEEP):
        with pytest.raises(QuotaUncounted) as told:
            await ayda.acquire("read", priority)
        assert "used up" not in str(told.value)
    with pytest.raises(QuotaStoreDown):
        await ayda.check()


async def test_what_newcomers_will_tell_of_is_kept_by_all_who_count_in_one_store(store: QuotaStore, clock: Clock):
    limits = Limits((10_000, 1_000), (20_000, 20_000))
    one, other, before = (QuotaLedger(store, now=clock, limits=limits, shared=True) for _ in range(3))
    assert await take(before, 1, Priority.FIRST_LOOK) == 1
    for _ in range(300):
        await one.newcomer()
    left = await take(other, 1_000, Priority.FIRST_LOOK)
    assert 400 < left < 800
    assert await take(other, 1_000, Priority.WEBHOOK) >= 150, "the events of whom nothing was known find their reads"


class Counting(Broken):
    """Counts how often it was asked in vain."""

    def __init__(self) -> None:
        self.asked = 0

    async def kept(self, key: str) -> str | None:
        self.asked += 1
        return await super().kept(key)

    async def add(self, key: str, amount: int, ttl_s: int) -> int:
        self.asked += 1
        return await super().add(key, amount, ttl_s)


async def test_a_store_that_is_away_is_not_asked_before_each_call(clock: Clock):
    store = Counting()
    ledger = QuotaLedger(store, now=clock, limits=LIMITS, shared=True)
    for _ in range(20):
        await ledger.acquire("read", Priority.INTERACTIVE)
    assert store.asked == 1
    clock.time += timedelta(seconds=6)
    await ledger.acquire("read", Priority.INTERACTIVE)
    assert store.asked == 2


async def test_without_its_store_the_patient_stop_and_the_urgent_get_half(clock: Clock):
    ledger = QuotaLedger(Broken(), now=clock, limits=LIMITS)
    assert await take(ledger, 20, Priority.DEEP) == 0
    assert await take(ledger, 20, Priority.FIRST_LOOK) == 0
    assert await take(ledger, 100, Priority.INTERACTIVE) == 50
    await ledger.observe({"X-ReadRateLimit-Usage": "99,500"})
    status = await ledger.status()
    assert (status.read.used[0], status.requests_15min, status.remaining_15min) == (99, 50, 0)


class Away(QuotaStore):
    """Answers only while it is there."""

    def __init__(self) -> None:
        super().__init__()
        self.is_there = False

    async def add(self, key: str, amount: int, ttl_s: int) -> int:
        if not self.is_there:
            raise QuotaStoreDown("away")
        return await super().add(key, amount, ttl_s)


async def test_what_was_counted_alone_is_told_to_the_store_that_is_back_and_told_once(clock: Clock):
    store = Away()
    ledger, other = (QuotaLedger(store, now=clock, limits=LIMITS, shared=True) for _ in range(2))
    assert await take(ledger, 20) == 20
    store.is_there = True
    clock.time += timedelta(seconds=6)
    assert await take(ledger, 1) == 1
    assert (await other.status()).read.used[0] == 21
    assert await take(ledger, 1) == 1
    assert await take(other, 1000) == LIMITS.read[0] - 22


async def test_what_a_store_may_not_have_heard_is_told_again(clock: Clock):
    store = Away()
    ledger = QuotaLedger(store, now=clock, limits=LIMITS, shared=True)
    assert await take(ledger, 20) == 20
    clock.time += timedelta(seconds=6)
    assert await take(ledger, 1) == 1, "it is still away"
    store.is_there = True
    clock.time += timedelta(seconds=6)
    assert await take(ledger, 1) == 1
    assert (await ledger.status()).read.used[0] == 22
