"""The time at Strava is known by its answers, whatever becomes of our own clock between two of them."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kernel.strava.quota import GUARD_S
from servicekit.base.clock import steady_beside, utc_now
from servicekit.strava.clock import StravaClock

NOON_S = 1_790_078_400.0
jumps = st.one_of(st.floats(2, 86_400), st.floats(-86_400, -2))


class Machine:
    """The time at Strava, a machine's clock on the wall beside it, and its steady one, which stands while it sleeps."""

    def __init__(self, off_s: float = 0.0) -> None:
        self.now_s, self.off_s, self.slept_s = NOON_S, off_s, 0.0
        self.clock = StravaClock(
            lambda: datetime.fromtimestamp(self.now_s + self.off_s, UTC), lambda: self.now_s - self.slept_s - NOON_S
        )

    def passes(self, seconds: float) -> None:
        self.now_s += seconds
        self.clock.moments_s()

    def is_set(self, jump_s: float) -> None:
        self.off_s += jump_s
        self.clock.moments_s()

    def sleeps(self, seconds: float) -> None:
        self.slept_s += abs(seconds)
        self.passes(abs(seconds))

    def asks(self, under_way_s: float, stale_s: float = 0.0) -> None:
        asked_at_s = self.clock.steady_s()
        told = datetime.fromtimestamp(int(self.now_s + under_way_s / 2 - stale_s), UTC)
        self.now_s += under_way_s
        self.clock.learn(format_datetime(told, usegmt=True), asked_at_s=asked_at_s)

    def off(self) -> float:
        """By how much the moment that is nearest to the time at Strava is beside it."""
        return min(abs(each - self.now_s) for each in self.clock.moments_s())


@example(off_s=2.25, under_way_s=0.75, stale_s=0.0, later_s=0.0)
@given(jumps, st.floats(0, 0.9), st.floats(0, 1), st.floats(0, 86_400))
def test_one_answer_puts_any_clock_right(off_s: float, under_way_s: float, stale_s: float, later_s: float):
    machine = Machine(off_s)
    machine.passes(0.7)
    machine.asks(under_way_s, stale_s)
    machine.passes(later_s)
    first_s, last_s = machine.clock.moments_s()[0], machine.clock.moments_s()[-1]
    assert first_s - GUARD_S <= machine.now_s <= last_s + GUARD_S
    assert last_s - first_s <= 2 + under_way_s + 1e-6
    assert machine.off() <= GUARD_S


happenings = st.one_of(
    st.tuples(st.just("is_set"), jumps),
    st.tuples(st.just("sleeps"), jumps),
    st.tuples(st.just("passes"), st.floats(0, 3600)),
)


@given(
    st.booleans(), st.lists(happenings, max_size=6).filter(lambda each: sum(name != "passes" for name, _ in each) <= 3)
)
def test_until_an_answer_tells_the_right_moment_is_among_those_it_may_be(told: bool, happened: list[tuple[str, float]]):
    machine = Machine()
    if told:
        machine.asks(0.2)
    for name, seconds in happened:
        getattr(machine, name)(seconds)
        assert machine.off() <= (GUARD_S if told else 3.0)
    machine.asks(0.2)
    assert machine.off() <= GUARD_S
    assert len(machine.clock.moments_s()) <= 2


@given(st.lists(st.tuples(st.floats(0, 20), st.floats(0, 1)), max_size=8))
def test_a_clock_that_is_right_is_not_disturbed_by_whole_seconds_and_slow_answers(answers: list[tuple[float, float]]):
    machine = Machine()
    machine.asks(0.0)
    for under_way_s, stale_s in answers:
        machine.asks(under_way_s, stale_s)
        assert machine.clock.moments_s() == pytest.approx((machine.now_s,), abs=1e-3)


@given(st.floats(0, 20), st.floats(0, 1))
def test_a_slow_first_answer_leaves_open_no_more_than_how_slow_it_was(under_way_s: float, stale_s: float):
    machine = Machine()
    machine.asks(under_way_s, stale_s)
    moments_s = machine.clock.moments_s()
    assert moments_s[0] - 1e-3 <= machine.now_s <= moments_s[-1] + 1e-3
    assert moments_s[-1] - moments_s[0] <= under_way_s + 1e-3


@given(st.lists(st.floats(-0.9, 0.9), max_size=20))
def test_a_clock_that_is_put_right_little_by_little_is_followed_until_strava_has_told(moves: list[float]):
    machine = Machine(off_s=-sum(moves))
    for move_s in moves:
        machine.passes(60)
        machine.is_set(move_s)
    assert machine.off() <= 1e-3


def test_the_real_clock_is_beside_the_machines_steady_one_and_a_made_up_one_is_its_own_measure():
    assert steady_beside(utc_now)() != pytest.approx(utc_now().timestamp(), abs=86_400)
    assert steady_beside(lambda: datetime.fromtimestamp(NOON_S, UTC))() == NOON_S
