"""T7: a clock that is wrong, steps, or is told nonsense never lets an expired token be sent."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from kernel.strava.tokens import may_send, needs_refresh
from servicekit.strava.clock import StravaClock
from servicekit.strava.oauth import expiry_s
from tests.drills.reporting import report
from tests.servicekit.strava.support import START

CASES = 100_000
SKEW_S = 600.0
HOUR_S = 3600


def test_no_expired_token_is_sent_however_wrong_our_clock_is():
    rng, sent_dead, kept_alive, at = random.Random(7), 0, 0, [START]
    for _ in range(CASES):
        ahead_s = rng.uniform(-SKEW_S, SKEW_S)
        at[0] = START + timedelta(seconds=ahead_s)
        clock = StravaClock(lambda: at[0])
        learned = rng.random() < 0.7
        if learned:
            clock.learn(format_datetime(START.replace(microsecond=0), usegmt=True))
        left_s = rng.uniform(-900, 7200)
        expires_at = START.timestamp() + left_s
        sends = may_send(expires_at, clock.now_s(), skew_s=clock.doubt_s)
        sent_dead += sends and left_s <= 0
        kept_alive += learned and not sends and left_s > 130
        if learned and left_s > HOUR_S + 5:
            assert not needs_refresh(expires_at, clock.now_s()), "it would be refreshed again and again"
        if not learned and not needs_refresh(expires_at, clock.now_s()):
            assert left_s > 0
    report("T7", cases=CASES, sent_expired=sent_dead, kept_back_though_alive=kept_alive)
    assert sent_dead == 0
    assert kept_alive == 0


@pytest.mark.parametrize(
    "expires_at", [None, 0, -1, "soon", True, math.nan, math.inf, 2**63, 1_780_000_000_000, [], {}, 1e300]
)
def test_an_expiry_that_cannot_be_believed_is_as_good_as_expired(expires_at: object):
    now_s = START.timestamp()
    assert not may_send(expiry_s(expires_at, None, now_s), now_s)


@pytest.mark.parametrize("date", [None, "", "yesterday", "Sat, 99 Foo 2026 00:00:00 GMT", "2026-06-01T00:00:00Z"])
def test_a_date_that_cannot_be_read_teaches_nothing(date: str | None):
    clock = StravaClock(lambda: START)
    clock.learn(date)
    assert clock.now_s() == START.timestamp()
    assert clock.doubt_s == SKEW_S


def test_a_step_of_our_clock_is_put_right_by_the_next_answer():
    at = [datetime(2026, 6, 1, 12, 0, tzinfo=UTC)]
    clock = StravaClock(lambda: at[0])
    clock.learn(format_datetime(START, usegmt=True))
    at[0] += timedelta(hours=5)
    clock.learn(format_datetime(START + timedelta(seconds=9), usegmt=True))
    assert clock.now_s() == pytest.approx(START.timestamp() + 9)
