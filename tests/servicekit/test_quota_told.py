"""What is told of the quota is what may still be asked: brief 003's words of the service's share, the app's beside."""

from __future__ import annotations

from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.contracts.sync import RateLimitStatus
from kernel.strava.quota import SHARES, WHOLE, Limits
from servicekit.strava.counters import QuotaStore
from servicekit.strava.quota import QuotaLedger
from tests.servicekit.test_quota import Broken, Clock, take

BRIEF = {
    "requests_15min", "requests_day", "remaining_15min", "remaining_day", "reset_15min_seconds", "reset_day_seconds"
}  # fmt: skip
BESIDE = {"read", "overall", "share_read", "share_overall"}
FEW = Limits((12, 40), (24, 60))
pairs = st.tuples(st.integers(0, 14), st.integers(0, 62))
"""Of the quarter and of the day, as the headers tell them."""


def test_the_words_are_those_of_the_brief_with_the_apps_figures_beside_them():
    assert {field.name for field in msgspec.structs.fields(RateLimitStatus)} == BRIEF | BESIDE


@pytest.mark.parametrize("kind", ["alone", "shared", "store away"])
@given(share=st.sampled_from([WHOLE, SHARES.predictor, SHARES.ayda]), own=st.integers(0, 14), read=pairs, overall=pairs)
async def test_what_remains_is_what_is_granted_to_whoever_waits(
    kind: str, share: Fraction, own: int, read: tuple[int, int], overall: tuple[int, int]
):
    store = Broken() if kind == "store away" else QuotaStore()
    ledger = QuotaLedger(store, now=Clock(), limits=FEW, share=share, shared=kind != "alone")
    counted = await take(ledger, own)
    told = {"X-ReadRateLimit-Usage": f"{read[0]},{read[1]}", "X-RateLimit-Usage": f"{overall[0]},{overall[1]}"}
    await ledger.observe(told)
    status = await ledger.status()
    assert status.requests_15min >= counted
    assert status.remaining_15min <= status.remaining_day
    granted = 0
    while await take(ledger, 1):
        granted += 1
    assert granted == status.remaining_15min
    after = await ledger.status()
    assert (after.remaining_15min, after.requests_15min) == (0, status.requests_15min + granted)
