"""One person's rows as the JSON object that is handed to them, in pieces: no row, however large, is text as a whole."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Final

import msgspec
from sqlalchemy.orm import Session

from servicekit.data.database import Database
from servicekit.data.personal_pages import Page, PersonalPages, Place, ShownRow
from servicekit.data.personal_rows import Keys

_SENT_BYTES: Final = 64 * 1024
"""Small pieces wait for each other until they are worth a hop to a thread."""
_SLICE_BYTES: Final = 3 * 128 * 1024
"""Of what becomes base64, whose parts of whole triples can be put one behind the other."""
_OPENING: Final = (b"{", b"[")


class TableWriter:
    """Writes rows that come by table as one JSON object: a list of rows under the name of each table."""

    def __init__(self) -> None:
        self._table: str | None = None

    def rows(self, rows: Iterable[ShownRow]) -> Iterator[bytes]:
        """The next rows. Takes CPU: call it in a thread."""
        for table, row in rows:
            if table == self._table:
                yield b","
            else:
                yield (b"{" if self._table is None else b"],") + msgspec.json.encode(table) + b":["
                self._table = table
            yield from row_pieces(row)

    def end(self) -> bytes:
        """What closes the object."""
        return b"{}" if self._table is None else b"]}"


class PersonalExport:
    """All of one person's rows in a service's database. `person` is asked anew for each page."""

    def __init__(self, database: Database, pages: PersonalPages) -> None:
        self._database = database
        self._pages = pages

    async def tables(self, person: Callable[[Session], Keys]) -> AsyncIterator[bytes]:
        """The JSON object of tables, piece by piece; between pages it holds no connection."""
        writer, after, more = TableWriter(), None, True
        while more:
            page = await self.page(person, after)
            async for piece in in_thread(writer.rows(page.rows)):
                yield piece
            after, more = page.next, page.next is not None
        yield writer.end()

    async def page(self, person: Callable[[Session], Keys], after: Place | None) -> Page:
        """The rows that follow."""
        return await self._database.read(lambda session: self._pages.page(session, person(session), after))


async def in_thread(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The pieces, made in a thread and joined to such of some size."""
    joined = _joined(pieces)
    while (piece := await asyncio.to_thread(partial(next, joined, None))) is not None:
        yield piece


def readable(row: Mapping[str, Any]) -> dict[str, Any]:
    """One row as JSON values, for small ones. Takes CPU: call it in a thread."""
    return {str(name): _readable(value) for name, value in row.items()}


def row_pieces(row: Mapping[str, Any]) -> Iterator[bytes]:
    """One row as a JSON object."""
    opening = b"{"
    for name, value in row.items():
        yield opening + msgspec.json.encode(str(name)) + b":"
        yield from _value_pieces(value)
        opening = b","
    yield b"{}" if opening == b"{" else b"}"


def _value_pieces(value: Any) -> Iterator[bytes]:
    if not isinstance(value, bytes) or len(value) <= _SLICE_BYTES or value.startswith(_OPENING):
        yield msgspec.json.encode(_readable(value))
        return
    yield b'"'
    for begin in range(0, len(value), _SLICE_BYTES):
        yield base64.b64encode(value[begin : begin + _SLICE_BYTES])
    yield b'"'


def _readable(value: Any) -> Any:
    """JSON inside of a value is shown as such; other bytes as base64."""
    if not isinstance(value, bytes | str) or not value:
        return value
    text = value if isinstance(value, str) else value.decode("utf-8", "replace")
    if text[0] in "{[":
        try:
            return msgspec.json.decode(text)
        except msgspec.DecodeError:
            pass
    return text if isinstance(value, str) else base64.b64encode(value).decode()


def _joined(pieces: Iterator[bytes]) -> Iterator[bytes]:
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        if len(waiting) >= _SENT_BYTES:
            yield bytes(waiting)
            waiting.clear()
    if waiting:
        yield bytes(waiting)
