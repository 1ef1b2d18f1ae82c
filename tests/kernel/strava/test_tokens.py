from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.strava.faults import FaultKind
from kernel.strava.tokens import RefreshMeaning, may_send, meaning_of_refresh, needs_refresh, remaining_s

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


def meaning(fault: FaultKind | None, returned: str | None = None, stored: str = "r1", left: int = 0) -> RefreshMeaning:
    return meaning_of_refresh(fault, sent="r1", returned=returned, stored=stored, candidates_left=left)


def test_a_success_keeps_or_rotates_the_refresh_token():
    assert meaning(None, returned="r1") is RefreshMeaning.KEEP
    assert meaning(None, returned=None) is RefreshMeaning.KEEP
    assert meaning(None, returned="r2") is RefreshMeaning.ROTATE


def test_a_refused_token_ends_the_connection_only_when_nothing_else_is_left():
    bad = FaultKind.BAD_REFRESH_TOKEN
    assert meaning(bad, left=1) is RefreshMeaning.SUSPECT
    assert meaning(bad, stored="r2") is RefreshMeaning.ADOPT
    assert meaning(bad) is RefreshMeaning.REAUTH_REQUIRED


@given(st.sampled_from([kind for kind in FaultKind if kind is not FaultKind.BAD_REFRESH_TOKEN]), st.integers(0, 3))
def test_no_other_fault_ends_a_connection(fault: FaultKind, left: int):
    assert meaning(fault, left=left) in {RefreshMeaning.LATER, RefreshMeaning.OPERATOR}


def test_a_wrong_client_secret_is_the_operators_matter():
    assert meaning(FaultKind.APP_MISCONFIGURED) is RefreshMeaning.OPERATOR
    assert meaning(FaultKind.APP_INACTIVE) is RefreshMeaning.OPERATOR
