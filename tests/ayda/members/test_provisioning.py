from __future__ import annotations

import asyncio

from sqlalchemy import text

from tests.ayda.support import MEMBER, OTHER, Ayda

LARGEST = 2**52


async def members(ayda: Ayda) -> list[int]:
    with ayda.app.litestar.state["parts"].database.reading() as session:
        return list(session.scalars(text("SELECT telegram_id FROM member ORDER BY telegram_id")).all())


async def test_a_member_is_made_once_however_many_requests_come_first(ayda: Ayda):
    await asyncio.gather(*(ayda.begin(telegram_id) for telegram_id in (MEMBER, OTHER) * 10))
    assert await members(ayda) == sorted({MEMBER, OTHER})


async def test_reading_makes_nobody_a_member(ayda: Ayda):
    assert (await ayda.status())["state"] == "not_connected"
    assert await members(ayda) == []


async def test_a_large_telegram_id_keeps_its_digits(ayda: Ayda):
    athlete_id = await ayda.connect(LARGEST)
    assert await members(ayda) == [LARGEST]
    assert (await ayda.token(LARGEST)).json()["athlete_id"] == athlete_id
