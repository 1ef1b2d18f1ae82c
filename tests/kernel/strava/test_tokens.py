from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.strava.tokens import may_send, needs_refresh, remaining_s

NOW_S = 1_790_000_000.0


@pytest.mark.parametrize(
    "expires_at",
    [None, "1790010000", True, 0, -5, NOW_S - 1, NOW_S * 1000, 2**63, 10**400, math.nan, math.inf, -math.inf],
)
def test_an_expiry_that_is_missing_past_or_unbelievable_is_expired(expires_at: object):
    assert remaining_s(expires_at, NOW_S) == 0
    assert not may_send(expires_at, NOW_S)
    assert needs_refresh(expires_at, NOW_S)


def test_a_token_is_refreshed_when_an_hour_or_less_is_left():
    assert not needs_refresh(int(NOW_S) + 3601, NOW_S)
    assert needs_refresh(int(NOW_S) + 3600, NOW_S)


def test_a_token_is_sent_while_two_minutes_are_left():
    assert may_send(NOW_S + 121, NOW_S)
    assert not may_send(NOW_S + 120, NOW_S)


@given(st.integers(int(NOW_S) - 10**5, int(NOW_S) + 10**5), st.floats(-600, 600))
def test_an_expired_token_is_never_sent_whatever_the_known_skew(expires_at: int, skew_s: float):
    if may_send(expires_at, NOW_S, skew_s=skew_s):
        assert expires_at > NOW_S + abs(skew_s)
        assert expires_at > NOW_S - skew_s
