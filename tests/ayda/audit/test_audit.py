from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from ayda_service.audit.service import KEPT_FOR, Audit, Verdict
from tests.ayda.support import MEMBER, OTHER, Ayda


@pytest.fixture
def audit(ayda: Ayda) -> Audit:
    return Audit(ayda.app.litestar.state["parts"].database, now=ayda.clock.now)


async def rename(ayda: Ayda, table: str, name: str) -> None:
    """Back again afterwards: on PostgreSQL the tests share one schema."""
    with ayda.app.litestar.state["parts"].database.transaction() as session:
        session.execute(text(f"ALTER TABLE {table} RENAME TO {name}"))


async def test_an_empty_audit_holds(audit: Audit):
    assert await audit.verify() == Verdict(0)


async def test_hand_outs_at_the_same_moment_form_one_chain(ayda: Ayda, audit: Audit):
    await ayda.connect(MEMBER)
    await ayda.connect(OTHER)
    await asyncio.gather(*(ayda.token(member) for _ in range(20) for member in (MEMBER, OTHER)))
    assert await audit.verify() == Verdict(42)


async def test_no_token_is_given_that_could_not_be_written_down(ayda: Ayda):
    await ayda.connect()
    await rename(ayda, "token_hand_out", "out_of_reach")
    try:
        answer = await ayda.token()
    finally:
        await rename(ayda, "out_of_reach", "token_hand_out")
    assert answer.status_code == 503
    assert "access_token" not in answer.text


async def test_old_hand_outs_are_removed_and_the_rest_still_holds(ayda: Ayda, audit: Audit):
    await ayda.connect()
    for _ in range(5):
        await ayda.token()
    ayda.clock.advance(KEPT_FOR.total_seconds())
    for _ in range(3):
        await ayda.token()
    ayda.clock.advance(1)
    await audit.shorten({})
    kept = 4  # with the refresh that the first of them needed
    assert await audit.verify() == Verdict(kept)
    await ayda.token()
    assert await audit.verify() == Verdict(kept + 1)


async def test_what_a_clock_that_was_set_back_hands_out_later_takes_nothing_along(ayda: Ayda, audit: Audit):
    await ayda.connect()
    await ayda.token()
    ayda.clock.advance((KEPT_FOR + timedelta(days=1)).total_seconds())
    await ayda.token()
    ayda.clock.advance(-300)
    await ayda.token()
    ayda.clock.advance(300)
    await audit.shorten({})
    assert await audit.verify() == Verdict(3)  # the refresh and both hand-outs


async def test_an_audit_all_of_which_is_old_goes_on_from_where_it_was(ayda: Ayda, audit: Audit):
    await ayda.connect()
    await ayda.token()
    ayda.clock.advance((KEPT_FOR + timedelta(days=1)).total_seconds())
    await audit.shorten({})
    await audit.shorten({})
    assert await audit.verify() == Verdict(0)
    await ayda.token()
    assert await audit.verify() == Verdict(2)  # the refresh and the hand-out
