"""Q1 to Q4, Q7: the laws of the quota, over any order of happenings on a clock that is made up, on every store."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import pytest
import structlog
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kernel.strava.quota import FLIGHT_S, GUARD_S, QUARTER_S, Kind, Priority, QuotaExhausted
from servicekit.strava.counters import QuotaStore
from simulators.strava.application.quota import RateLimits
from tests.servicekit.quota_town import LINES, MIDNIGHT_S, Town, opened

FEW: Final = RateLimits(12, 40, 6, 25)
DAY_S: Final = 86_400
STORES: Final = [("memory", 150), pytest.param("redis", 15, marks=pytest.mark.redis)]
"""And how often a law is tried there: a store that others share costs a message for each count."""
Law = Callable[..., Awaitable[None]]


def law(**drawn: st.SearchStrategy[Any]) -> Callable[[Law], Callable[[str, int], None]]:
    """Tries what is decorated, which takes a new store and what is drawn, on every store."""

    def decorated(told: Law) -> Callable[[str, int], None]:
        async def once(where: str, values: dict[str, Any]) -> None:
            async with opened(where) as store:
                await told(store, **values)

        def test(where: str, often: int) -> None:
            @settings(max_examples=often, database=None)
            @given(**drawn)
            def tried(**values: Any) -> None:
                asyncio.run(once(where, values))

            tried()

        test.__name__ = told.__name__
        return pytest.mark.parametrize(("where", "often"), STORES)(test)

    return decorated


pasts = st.integers(0, 2)
kinds = st.sampled_from(["read", "read", "upload"])
priorities = st.sampled_from([Priority.INTERACTIVE, Priority.INTERACTIVE, *Priority])
jumps = st.one_of(st.sampled_from([-600.0, 600.0]), st.floats(2, 7200), st.floats(-7200, -2))
fates = st.sampled_from(["used", "used", "used", "used", "given back", "lost"])
asks = st.tuples(st.just("asks"), pasts, kinds, priorities, st.integers(1, 8), st.floats(0, FLIGHT_S), fates)
moves = [
    st.tuples(st.just("passes"), st.floats(0, 60)),
    st.tuples(st.just("boundary"), st.sampled_from([QUARTER_S, DAY_S]), st.floats(-30, 6)),
]
mishaps = [
    st.tuples(st.just("is set"), pasts, jumps),
    st.tuples(st.just("sleeps"), pasts, st.floats(2, 1200)),
]
skews = st.lists(st.floats(-GUARD_S, GUARD_S), min_size=3, max_size=3)
texts = st.one_of(
    st.sampled_from([",", "", "soon", "-1,5", "100,10", "1,2,3", "1e3,1e4", "NaN,NaN"]),
    st.text(st.characters(codec="latin-1"), max_size=12).filter(lambda text: "," not in text),
)
garbage = st.dictionaries(st.sampled_from(LINES), texts)


async def happen(town: Town, happened: list[tuple[Any, ...]]) -> None:
    """What was drawn, one after the other."""
    for what, *how in happened:
        if what == "passes":
            await town.passes(how[0])
        elif what == "boundary":
            length_s, beside_s = how
            await town.passes(max(0.0, (town.now_s // length_s + 1) * length_s + beside_s - town.now_s))
        elif what == "is set":
            town.processes[how[0]].is_set(how[1])
        elif what == "sleeps":
            town.processes[how[0]].slept_s += how[1]
            await town.passes(how[1])
        else:
            await ask(town, *how)
        for each in town.processes:
            each.ledger.clock.moments_s()


async def ask(
    town: Town, which: int, kind: Kind, priority: Priority, calls: int, under_way_s: float, fate: str
) -> None:
    """So many calls of one process at once, all with the same fate."""
    process = town.processes[which % len(town.processes)]
    for _ in range(calls):
        permit = await process.granted(kind, priority)
        if permit is not None and fate == "used":
            await town.send(process, kind, under_way_s)
        elif permit is not None and fate == "given back":
            await permit.give_back()


@law(offs_s=skews, happened=st.lists(st.one_of(asks, asks, *moves, *mishaps), max_size=30))
async def test_no_order_of_calls_deaths_and_jumping_clocks_passes_a_limit(
    store: QuotaStore, offs_s: list[float], happened: list[tuple[Any, ...]]
):
    # of more jumps without an answer between them nothing is promised
    for which in range(3):
        assume(sum(each[0] in {"is set", "sleeps"} and each[1] == which for each in happened) <= 3)
    town = Town(store, FEW, offs_s)
    await happen(town, happened)
    await town.passes(60)
    assert town.over == []


@law(
    own=st.integers(0, 8),
    read=st.tuples(st.integers(0, 8), st.integers(0, 30)),
    overall=st.tuples(st.integers(0, 14), st.integers(0, 45)),
    into_s=st.floats(60, QUARTER_S - 60),
)
async def test_one_answer_is_enough_to_know_what_everybody_has_used(
    store: QuotaStore, own: int, read: tuple[int, int], overall: tuple[int, int], into_s: float
):
    town = Town(store, FEW, [0.0, 0.0], MIDNIGHT_S + into_s)
    one, other = town.processes
    counted = sum([await one.granted() is not None for _ in range(own)])
    used = [(min(pair), max(pair)) for pair in (overall, read)]
    told = [f"{quarter},{day}" for quarter, day in used]
    await one.ledger.observe({"X-RateLimit-Usage": told[0], "X-ReadRateLimit-Usage": told[1]})
    caps = ((FEW.overall_quarter, FEW.overall_day), (FEW.read_quarter, FEW.read_day))
    left = min(
        cap - max(counted, had)
        for pair, limit in zip(used, caps, strict=True)
        for had, cap in zip(pair, limit, strict=True)
    )
    granted = 0
    while await other.granted():
        granted += 1
    assert granted == max(0, left)


limits = st.tuples(st.integers(1, 12), st.integers(1, 40), st.integers(1, 12), st.integers(1, 40)).map(
    lambda each: RateLimits(min(each[:2]), max(each[:2]), min(each[2:]), max(each[2:]))
)


@law(
    before=st.lists(st.one_of(asks, *moves), max_size=8),
    others=st.tuples(st.integers(0, 6), st.integers(0, 10)),
    cut_to=limits,
    lines=garbage,
    after=st.lists(st.one_of(asks, asks, *moves), max_size=12),
)
async def test_a_limit_that_is_cut_costs_only_what_is_asked_before_the_first_answer(
    store: QuotaStore,
    before: list[Any],
    others: tuple[int, int],
    cut_to: RateLimits,
    lines: dict[str, str],
    after: list[Any],
):
    town = Town(store, FEW, [0.0])
    await happen(town, before)
    town.judge.limits, town.heard, under_way = cut_to, False, town.asked
    town.judge.set_usage(town.now_s, overall=(sum(others), sum(others)), read=(others[0], others[0]))
    # an answer that says nothing is none
    await town.processes[0].ledger.observe(lines)
    await happen(town, after)
    await town.passes(60)
    assert not any(call.number >= under_way and call.after_an_answer for call in town.over)


@law(into_s=st.floats(0, DAY_S - 1), kind=kinds, which=pasts, offs_s=skews)
async def test_after_a_429_nobody_asks_for_its_kind_before_the_window_ends_and_then_they_may(
    store: QuotaStore, into_s: float, kind: Kind, which: int, offs_s: list[float]
):
    town = Town(store, FEW, offs_s, MIDNIGHT_S + into_s)
    ends_s = (town.now_s // QUARTER_S + 1) * QUARTER_S
    await town.processes[which].ledger.refused(kind)
    for process in town.processes:
        for priority in Priority:
            with pytest.raises(QuotaExhausted) as told:
                await process.ledger.acquire(kind, priority)
            assert told.value.retry_at_s - process.off_s >= ends_s - GUARD_S
    # the last of them was who waits the least
    town.now_s = max(town.now_s, told.value.retry_at_s - process.off_s + 1e-3)
    assert town.now_s >= ends_s
    assert await process.granted(kind) is not None


@law(lost=st.integers(0, 6), into_s=st.floats(30, QUARTER_S - 30))
async def test_what_the_dead_had_in_hand_counts_as_used_and_lapses_with_its_window(
    store: QuotaStore, lost: int, into_s: float
):
    town = Town(store, FEW, [0.0, 0.0], MIDNIGHT_S + into_s)
    killed, lives = town.processes
    for _ in range(lost):
        assert await killed.granted()
    left = [await lives.granted() is not None for _ in range(FEW.read_quarter)]
    assert sum(left) == FEW.read_quarter - lost
    await town.passes(QUARTER_S)
    assert all([await lives.granted() is not None for _ in range(FEW.read_quarter)])


@law(lines=garbage, date=texts)
async def test_lines_that_cannot_be_understood_change_nothing_and_are_told_of(
    store: QuotaStore, lines: dict[str, str], date: str
):
    town = Town(store, FEW, [0.0], MIDNIGHT_S + 100)
    ledger = town.processes[0].ledger
    before = (ledger.limits, await ledger.status(), ledger.clock.moments_s())
    with structlog.testing.capture_logs() as log:
        await ledger.observe({**lines, "Date": date})
    assert (ledger.limits, await ledger.status(), ledger.clock.moments_s()) == before
    odd = sorted(name.lower() for name, text in lines.items() if text.strip() != ",")
    assert [sorted(each["headers"]) for each in log if each["event"] == "rate_headers_odd"] == ([odd] if odd else [])
