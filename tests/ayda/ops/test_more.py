"""What a list says that has more rows than are looked through."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from ayda_service.ops.models import OperatorAction
from ayda_service.settings import Settings
from languages.voice import Voice
from servicekit.base.settings import Secret
from servicekit.data.columns import uuid7
from servicekit.ops.list_html import list_page
from servicekit.ops.lists import MOST, InMemory, ListColumn, OpsList, Wanted
from tests.ayda.ops.support import KEY, Operator
from tests.ayda.support import Ayda, World

ONLY_THE_NEWEST = "There are more: the newest 2,000 are looked through."


@dataclass
class Row:
    id: str
    number: int


def in_memory(count: int) -> OpsList:
    """A list that is no table, the newest row first."""

    async def read() -> Sequence[Any]:
        return [Row(f"row-{number}-", number) for number in reversed(range(count))]

    columns = (ListColumn("id", "Id"), ListColumn("number", "Number", "number"))
    return OpsList(name="rows", title="Rows", columns=columns, source=InMemory(read), sort="number", searched=("id",))


async def page_of(listing: OpsList, **asked: str) -> str:
    wanted = Wanted.of(asked)
    return list_page(Voice("en"), listing, await listing.source.page(listing, wanted), wanted, "form")


async def test_a_list_that_is_no_table_says_that_only_its_newest_rows_are_looked_through():
    longer = in_memory(MOST + 1)
    first = await page_of(longer)
    assert ("2,000+ in all" in first, ONLY_THE_NEWEST in first, "row-2000-" in first) == (True, True, True)
    oldest = await page_of(longer, sort="number")
    assert ("row-1-" in oldest, "row-0-" in oldest) == (True, False)
    assert "0 in all" in await page_of(longer, q="row-0-")


async def test_a_list_that_is_looked_through_as_a_whole_does_not_say_so():
    first = await page_of(in_memory(MOST))
    assert ("2,000 in all" in first, "There are more" in first) == (True, False)


@pytest.fixture
async def ayda(world: World, settings: Settings) -> AsyncIterator[Ayda]:
    async with world.running(replace(settings, operator_key=Secret(KEY))) as running:
        yield running


async def test_the_list_of_operators_promises_no_id_among_all(ayda: Ayda):
    visiting = Operator(ayda.http)
    await visiting.sign_in()
    rows = [
        {
            "id": uuid7(), "done_at": ayda.clock.now() - timedelta(seconds=n), "action": "entered", "subject": "ayda",
            "session_id": f"session-{n}-", "request_id": "r",
        }
        for n in range(1, MOST + 10)
    ]  # fmt: skip
    database = ayda.app.litestar.state["parts"].database
    await database.write(lambda session: session.execute(insert(OperatorAction), rows))
    shown = await visiting.text("/ops/lists/actions")
    assert (ONLY_THE_NEWEST in shown, "a whole id" in shown) == (True, False)
    assert "0 in all" in await visiting.text("/ops/lists/actions", q=f"session-{MOST + 9}-")
    assert "1 in all" in await visiting.text("/ops/lists/actions", q="session-7-")
