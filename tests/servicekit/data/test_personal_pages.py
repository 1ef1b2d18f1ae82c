"""What is shown is all of it, once, in pages that stay small, and a document that is not whole is none."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, String, Table, delete, insert, select
from sqlalchemy.orm import Session

from servicekit.data.columns import new_metadata
from servicekit.data.database import Database
from servicekit.data.personal_json import PersonalExport, row_pieces
from servicekit.data.personal_pages import PAGE_BYTES, PAGE_ROWS, BadPlace, Page, PersonalPages, Place
from servicekit.data.personal_rows import Keys

METADATA = new_metadata()
ATHLETE = Table(
    "athlete", METADATA, Column("id", Integer, primary_key=True), Column("telegram_id", String(19), index=True)
)
TRACK = Table(
    "track",
    METADATA,
    Column("athlete_id", ForeignKey("athlete.id"), primary_key=True),
    Column("name", String(20), primary_key=True),
    Column("content", LargeBinary),
    Column("key_sealed", String(20)),
)
NOTE = Table(
    "note",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("athlete_id", ForeignKey("athlete.id"), index=True),
    Column("words", LargeBinary),
)
ANN: Keys = {"telegram_id": ["5"], "athlete_id": [1]}
TRACKS = 12
NOTES = 2 * PAGE_ROWS + 7


def person(_session: Session) -> Keys:
    return ANN


def track(number: int) -> bytes:
    """Not to be taken for text, and larger than a page when its number is 5."""
    size = 2 * PAGE_BYTES if number == 5 else PAGE_BYTES // 3
    return b"\x1f" + random.Random(number).randbytes(size)


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    METADATA.create_all(database.engine)
    with database.transaction() as session:
        session.execute(insert(ATHLETE), [{"id": 1, "telegram_id": "5"}, {"id": 2, "telegram_id": "6"}])
        rows = [{"athlete_id": 1, "name": f"n{n:02}", "content": track(n), "key_sealed": "s"} for n in range(TRACKS)]
        session.execute(insert(TRACK), [*rows, {**rows[0], "athlete_id": 2}])
        notes = [{"id": n, "athlete_id": 1 if n < NOTES else 2, "words": b'{"n": %d}' % n} for n in range(NOTES + 50)]
        session.execute(insert(NOTE), notes)
    yield database
    await database.close()


async def pages_of(database: Database) -> list[Page]:
    pages, export = [], PersonalExport(database, PersonalPages(METADATA))
    after, more = None, True
    while more:
        pages.append(await export.page(person, after))
        after, more = pages[-1].next, pages[-1].next is not None
    return pages


async def document(database: Database) -> bytes:
    export = PersonalExport(database, PersonalPages(METADATA))
    return b"".join([piece async for piece in export.tables(person)])


async def test_every_row_is_shown_once_and_no_other_persons(database: Database):
    shown = json.loads(await document(database))
    assert list(shown) == ["athlete", "note", "track"]
    assert shown["athlete"] == [{"id": 1, "telegram_id": "5"}]
    assert [row["words"]["n"] for row in shown["note"]] == list(range(NOTES))
    assert [row["name"] for row in shown["track"]] == [f"n{number:02}" for number in range(TRACKS)]
    assert all(base64.b64decode(row["content"]) == track(number) for number, row in enumerate(shown["track"]))
    assert "key_sealed" not in shown["track"][0]


async def test_a_page_has_as_much_as_fits_and_one_row_at_least(database: Database):
    for page in await pages_of(database):
        sizes = [len(row.get("content") or b"") for _, row in page.rows]
        assert len(sizes) <= PAGE_ROWS
        assert sum(sizes) <= PAGE_BYTES or len(sizes) == 1


async def test_between_two_pages_nothing_is_held_and_what_is_erased_is_shown_no_more(database: Database):
    export = PersonalExport(database, PersonalPages(METADATA))
    pieces = export.tables(person)
    begun = await anext(pieces)
    await database.write(lambda session: session.execute(delete(NOTE)))
    await database.write(lambda session: session.execute(delete(TRACK).where(TRACK.c.name == "n03")))
    shown = json.loads(begun + b"".join([piece async for piece in pieces]))
    assert [row["name"] for row in shown["track"]] == [f"n{number:02}" for number in range(TRACKS) if number != 3]
    with database.reading() as session:
        assert session.scalars(select(NOTE.c.id)).first() is None


async def test_a_stranger_has_an_empty_document(database: Database):
    nobody = PersonalExport(database, PersonalPages(METADATA))
    pieces = [piece async for piece in nobody.tables(lambda _session: {"telegram_id": ["77"], "athlete_id": []})]
    assert b"".join(pieces) == b"{}"


async def test_a_place_goes_through_an_address_and_back(database: Database):
    for page in await pages_of(database):
        if page.next is not None:
            assert Place.of_text(page.next.to_text(), METADATA) == page.next


@pytest.mark.parametrize("text", ["", "x", "Ö", "W10", "WyJhIixbXV0", "WyJ0cmFjayIsWzFdXQ", "WyJ0cmFjayIsWyJhIiwxXV0"])
def test_what_no_page_gave_is_no_place(text: str):
    with pytest.raises(BadPlace):
        Place.of_text(text, METADATA)


VALUES = st.one_of(
    st.none(), st.integers(-(2**53), 2**53), st.text(), st.binary(max_size=50), st.just(b'{"a": 1}'), st.just("[1]")
)


@given(st.dictionaries(st.text(min_size=1), VALUES))
def test_any_row_is_json(row: dict[str, Any]):
    assert set(json.loads(b"".join(row_pieces(row)))) == set(row)
