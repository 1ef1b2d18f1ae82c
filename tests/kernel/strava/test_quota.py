from __future__ import annotations

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kernel.strava import quota
from kernel.strava.quota import (
    DAY_S,
    DEFAULT_LIMITS,
    FLIGHT_S,
    GUARD_S,
    QUARTER_S,
    SHARES,
    Charge,
    Kind,
    Limits,
    Priority,
    Shares,
    Window,
)

MIDNIGHT_S = 1_790_035_200.0
assert MIDNIGHT_S % DAY_S == 0

KINDS = st.sampled_from(["read", "upload"])
PRIORITIES = st.sampled_from(list(Priority))


class Judge:
    """Counts as Strava does, by its own clock."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.used: Counter[tuple[str, int, int]] = Counter()

    def call(self, kind: Kind, at_s: float) -> None:
        for bucket, caps in (("read", self.limits.read), ("overall", self.limits.overall)):
            for length_s, cap in zip((QUARTER_S, DAY_S), caps, strict=True):
                if kind == "read" or bucket == "overall":
                    key = (bucket, length_s, int(at_s // length_s))
                    self.used[key] += 1
                    assert self.used[key] <= cap, key


@given(
    st.lists(st.tuples(KINDS, PRIORITIES, st.floats(0, 1), st.floats(-GUARD_S, GUARD_S + FLIGHT_S)), max_size=40),
    st.integers(1, 5),
    st.integers(0, 5),
    st.floats(0, 40),
)
@example([("read", Priority.INTERACTIVE, 0.0, 2.0)] * 3 + [("read", Priority.INTERACTIVE, 1.0, 0.0)] * 3, 3, 3, 1.0)
@example([("read", Priority.INTERACTIVE, 1.0, -2.0)] * 6, 3, 3, 2.5)
@example([("read", Priority.INTERACTIVE, 0.0, 19.0)] * 3 + [("read", Priority.INTERACTIVE, 30.0, 0.0)] * 3, 3, 3, 15.0)
def test_strava_never_counts_more_than_its_limit_however_clocks_differ_and_calls_are_under_way(
    calls: list[tuple[Kind, Priority, float, float]], quarter: int, more: int, before_midnight_s: float
):
    limits = Limits((quarter, quarter + more), (quarter + 2, quarter + more + 2))
    judge, counts = Judge(limits), Counter[Charge]()
    now_s = MIDNIGHT_S - before_midnight_s
    for kind, priority, pause_s, later_s in calls:
        now_s += pause_s
        charges = quota.charges_for(quota.windows_for(limits, kind), now_s)
        counts.update(charges)
        if quota.wait_until_s({charge: counts[charge] for charge in charges}, priority, now_s) is None:
            judge.call(kind, now_s + later_s)
        else:
            counts.subtract(charges)


@given(st.integers(1, 40), st.integers(1, 6), st.data())
def test_no_interleaving_of_takers_passes_the_cap(cap: int, takers: int, data: st.DataObject):
    """Each taker raises the count, looks, and gives back when refused, as separate steps in any order."""
    charge = quota.charges_for((Window("read", QUARTER_S, cap),), MIDNIGHT_S + 100)[0]
    count = granted = 0
    looks: list[int] = []
    for step in data.draw(st.lists(st.booleans(), max_size=150)):
        if step and len(looks) < takers:
            count += 1
            looks.append(count)
        elif looks:
            seen = looks.pop(0)
            if quota.wait_until_s({charge: seen}, Priority.INTERACTIVE, MIDNIGHT_S + 100) is None:
                granted += 1
            else:
                count -= 1
    assert granted <= cap


@given(st.integers(1, 500), st.floats(0, QUARTER_S - 1), PRIORITIES)
def test_the_urgent_are_never_allowed_less_than_the_patient(cap: int, into_s: float, priority: Priority):
    window, now_s = Window("read", QUARTER_S, cap), MIDNIGHT_S + into_s
    number = window.number(now_s)
    allowed = [window.allowance(number, one, now_s) for one in sorted(Priority)]
    assert allowed == sorted(allowed)
    assert allowed[-1] == cap
    assert window.allowance(number, priority, window.end_s(number)) == cap


@given(st.integers(2, 500), st.floats(0, QUARTER_S - 1), PRIORITIES, st.integers(1, 600))
def test_whoever_waits_as_told_finds_the_window_open(cap: int, into_s: float, priority: Priority, count: int):
    window, now_s = Window("read", QUARTER_S, cap), MIDNIGHT_S + into_s
    number = window.number(now_s)
    charge = Charge(window, number)
    until_s = quota.wait_until_s({charge: count}, priority, now_s)
    if until_s is None:
        return
    assert now_s + 1 <= until_s <= window.end_s(number) + GUARD_S + 1
    later_s = until_s + 1e-3
    still = quota.charges_for((window,), later_s)
    assert charge not in still or count <= window.allowance(number, priority, later_s)


def test_a_read_counts_in_four_windows_and_an_upload_in_two():
    assert [(one.bucket, one.length_s) for one in quota.windows_for(DEFAULT_LIMITS, "upload")] == [
        ("overall", 900),
        ("overall", 86_400),
    ]
    assert len(quota.windows_for(DEFAULT_LIMITS, "read")) == 4


def test_a_share_is_counted_beside_the_whole():
    own = [one for one in quota.windows_for(DEFAULT_LIMITS, "read", share=SHARES.ayda) if one.own]
    assert [one.cap for one in own] == [33, 333, 66, 666]


def test_the_shares_of_the_services_are_those_of_the_brief():
    assert (SHARES.ayda, SHARES.predictor) == (Fraction(1, 3), Fraction(2, 3))


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.sampled_from(["read", "upload"]))
def test_what_the_services_may_use_together_is_never_more_than_the_whole(quarter: int, day: int, kind: Kind):
    limits = Limits((quarter, max(quarter, day)), (quarter, max(quarter, day)))
    ayda, predictor = (quota.windows_for(limits, kind, share) for share in (SHARES.ayda, SHARES.predictor))
    whole = quota.windows_for(limits, kind)
    owned = [[one.cap for one in windows if one.own] for windows in (ayda, predictor)]
    for together, window in zip(zip(*owned, strict=True), whole, strict=True):
        assert sum(together) <= window.cap


@pytest.mark.parametrize(("ayda", "predictor"), [(Fraction(1, 2), Fraction(501, 1000)), (Fraction(0), Fraction(1))])
def test_shares_of_more_than_the_whole_or_of_nothing_cannot_be_made(ayda: Fraction, predictor: Fraction):
    with pytest.raises(ValueError, match="add up"):
        Shares(ayda, predictor)


def test_windows_open_at_the_quarters_and_at_midnight_utc():
    quarter, day = quota.windows_for(DEFAULT_LIMITS, "read")[:2]
    now_s = MIDNIGHT_S + 15 * 60 - 0.5
    assert quarter.end_s(quarter.number(now_s)) == MIDNIGHT_S + 15 * 60
    assert day.end_s(day.number(now_s)) == MIDNIGHT_S + DAY_S
    assert day.number(MIDNIGHT_S - 0.001) + 1 == day.number(MIDNIGHT_S)


@pytest.mark.parametrize(("off_s", "charged"), [(-23, 1), (-21, 2), (-1, 2), (0, 2), (1, 2), (3, 1)])
def test_near_a_boundary_a_call_counts_on_both_sides(off_s: float, charged: int):
    quarter = quota.windows_for(DEFAULT_LIMITS, "read")[:1]
    assert len(quota.charges_for(quarter, MIDNIGHT_S + QUARTER_S + off_s)) == charged
