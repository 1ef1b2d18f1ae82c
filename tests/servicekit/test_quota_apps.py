"""Two Strava apps on one store keep apart; processes of before, which know no names of apps, are counted with."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest

from kernel.strava.quota import Limits, Priority
from servicekit.strava.counters import AppQuotaStore, QuotaStore
from servicekit.strava.permits import Permit
from servicekit.strava.quota import QuotaLedger
from servicekit.strava.quotas import AppQuotas
from servicekit.strava.told_limits import FRESH_S
from simulators.strava.application.quota import Quota, RateLimits
from tests.servicekit.test_quota import LIMITS, Broken, Clock, clock, store, take

__all__ = ["clock", "store"]

AYDA = "http://ayda.test"


def of_app(store: QuotaStore, app: str, clock: Clock, **more: Any) -> QuotaLedger:
    return QuotaLedger(AppQuotaStore(store, app), now=clock, limits=LIMITS, shared=True, **more)


def quotas(store: QuotaStore, clock: Clock, own: str | None = None, neighbour: str | None = AYDA) -> AppQuotas:
    each: dict[str, Any] = {"limits": LIMITS, "share": Fraction(2, 3), "shared": True}
    return AppQuotas(store, own=own, neighbour=neighbour, now=clock, **each)


async def test_the_calls_of_one_app_are_not_the_others(store: QuotaStore, clock: Clock):
    one, other = of_app(store, "1", clock), of_app(store, "2", clock)
    assert await take(one, 150) == 100
    assert await take(other, 150) == 100
    assert await take(of_app(store, "1", clock), 1) == 0


async def test_limits_usage_and_a_429_of_one_app_do_not_reach_the_other(store: QuotaStore, clock: Clock):
    one, other = of_app(store, "1", clock), of_app(store, "2", clock)
    await one.observe({"X-ReadRateLimit-Limit": "20,200", "X-ReadRateLimit-Usage": "19,150"})
    await one.refused("upload")
    clock.time += timedelta(seconds=FRESH_S)
    status = await other.status()
    assert (status.read.used, status.read.limit) == ((0, 0), (100, 1000))
    assert (await of_app(store, "1", clock).status()).read.limit == (20, 200)
    await other.acquire("upload", Priority.WEBHOOK)


async def test_what_is_urgent_at_one_app_reserves_nothing_at_the_other(store: QuotaStore, clock: Clock):
    for _ in range(30):
        await of_app(store, "1", clock).acquire("read", Priority.WEBHOOK)
    assert await take(of_app(store, "2", clock), 100, Priority.DEEP) == await take(
        QuotaLedger(QuotaStore(), now=clock, limits=LIMITS), 100, Priority.DEEP
    )


async def test_a_permit_is_given_back_to_the_app_it_was_taken_of(store: QuotaStore, clock: Clock):
    one = of_app(store, "1", clock)
    permit = await one.acquire("read", Priority.INTERACTIVE)
    assert isinstance(permit, Permit)
    await permit.give_back()
    assert (await one.status()).read.used == (0, 0)


async def test_what_processes_of_before_have_used_is_used(store: QuotaStore, clock: Clock):
    before = QuotaLedger(store, now=clock, limits=LIMITS, shared=True)
    assert await take(before, 60) == 60
    after = of_app(store, "1", clock, nameless=store)
    await after.acquire("read", Priority.INTERACTIVE)
    assert await take(after, 100) == 39, "40 were left"
    clock.time += timedelta(minutes=15, seconds=3)
    assert await take(before, 30) == 30
    assert await take(after, 100) == 70, "also what they use meanwhile"


async def test_old_and_new_processes_side_by_side_are_over_a_limit_by_no_more_than_one_call_each(
    store: QuotaStore, clock: Clock
):
    judge, over = Quota(RateLimits(200, 2000, 100, 1000)), 0
    before = QuotaLedger(store, now=clock, limits=LIMITS, shared=True)
    after = of_app(store, "1", clock, nameless=store)
    refused = {before: 0, after: 0}
    for _ in range(120):
        for ledger in refused:
            clock.time += timedelta(seconds=1.1)
            if not await take(ledger, 1):
                refused[ledger] += 1
                continue
            now_s = clock.time.timestamp()
            if not judge.take(now_s, read=True):
                over += 1
                await ledger.refused("read")
            await ledger.observe(judge.headers(now_s, read=True), asked_at_s=now_s)
    assert min(refused.values()) > 0, "both of them came to the limit"
    assert over <= len(refused)


async def test_a_call_counts_for_the_app_that_its_token_is_of(store: QuotaStore, clock: Clock):
    mine = quotas(store, clock, own="7")
    assert await take(mine.of("7"), 10) == 10
    assert await take(mine.of("4242"), 5) == 5
    assert (await of_app(store, "7", clock).status()).read.used == (10, 10)
    assert (await of_app(store, "4242", clock).status()).read.used == (5, 5)
    assert (await mine.status()).read.used == (5, 5), "what is told is of the neighbour's app, which all are read by"


async def test_who_has_seen_no_token_hears_of_others_which_app_they_are_of(store: QuotaStore, clock: Clock):
    worker, web, stranger = quotas(store, clock), quotas(store, clock), quotas(store, clock, neighbour="http://b.test")
    assert (await web.status()).read.used == (0, 0)
    await take(worker.of("4242"), 5)
    await worker.status()
    clock.time += timedelta(seconds=FRESH_S)
    assert (await web.status()).read.used == (5, 5)
    assert (await stranger.status()).read.used == (0, 0)


async def test_tokens_of_an_ayda_of_before_are_counted_as_it_counts(store: QuotaStore, clock: Clock):
    mine = quotas(store, clock)
    assert await take(mine.of(None), 5) == 5
    assert (await QuotaLedger(store, now=clock, limits=LIMITS, shared=True).status()).read.used == (5, 5)
    await take(mine.of("4242"), 1)
    assert mine.of(None) is mine.of("4242"), "once it is known, also for tokens that were remembered from before"


@pytest.mark.parametrize("neighbour", [None, AYDA])
async def test_without_its_store_several_apps_are_told_of_too(clock: Clock, neighbour: str | None):
    away = quotas(Broken(), clock, own="7", neighbour=neighbour)
    assert (await away.status()).share_read.limit == (100 // 3, 1000 // 3)
    assert Limits((100, 1000), (200, 2000)) == away.of("7").limits
