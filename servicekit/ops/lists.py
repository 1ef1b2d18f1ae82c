"""Lists of the operations page: what they show, and what of them is wanted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, Protocol

PAGE: Final = 25
MOST: Final = 2_000
"""Rows of a list that are counted, turned over, and looked through for a word or in another order: the newest ones."""
_LAST_PAGE: Final = MOST // PAGE
_LONGEST_SEARCH: Final = 80
ColumnKind = Literal["text", "words", "moment", "number", "epoch_s"]
"""`words` may be long, and may be broken anywhere."""


@dataclass(frozen=True, slots=True)
class ListColumn:
    """One column: the attribute of a row, and its English heading, which is marked where it is written."""

    attribute: str
    heading: str
    kind: ColumnKind = "text"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of a list is wanted. Whatever somebody writes into the address, it is within bounds."""

    page: int = 1
    sort: str = ""
    descending: bool = True
    search: str = ""
    state: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Wanted:
        """From the query of an address; what makes no sense is left out."""
        page, sort = asked.get("page", ""), asked.get("sort", "")
        number = int(page) if page.isascii() and page.isdecimal() and len(page) < 6 else 1
        search = "".join(letter for letter in asked.get("q", "") if letter.isprintable())
        return cls(
            page=min(max(1, number), _LAST_PAGE),
            sort=sort.removeprefix("-"),
            descending=sort.startswith("-") or not sort,
            search=search.strip()[:_LONGEST_SEARCH],
            state=asked.get("state", ""),
        )

    def query(self, **changes: Any) -> dict[str, str]:
        """The same as the query of an address, with changes; defaults are left out."""
        values = {"page": self.page, "sort": self.sort, "q": self.search, "state": self.state}
        if self.sort:
            values["sort"] = f"-{self.sort}" if self.descending else self.sort
        found = {name: str(value) for name, value in {**values, **changes}.items() if value}
        return {name: value for name, value in found.items() if (name, value) != ("page", "1")}


@dataclass(frozen=True, slots=True)
class FoundPage:
    """A page of rows, and how many there are on all pages.

    `more`: the list goes on beyond the MOST that are counted or looked through.
    """

    rows: Sequence[Any]
    total: int
    more: bool = False


class Source(Protocol):
    """Where a list comes from."""

    async def page(self, listing: OpsList, wanted: Wanted) -> FoundPage:
        """What is wanted of it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OpsList:
    """A list: its name in addresses, its title, and how it is shown and searched.

    `sort` is the attribute that stands for the order in which rows came. `searched` are attributes of text in which a
    search looks for a part, `ids` those that it may equal; `state` is the attribute that `states` are values of. Of a
    table an index has the order, and with each state, and each id. `replay` gives one row all its tries again, by its
    `id`.
    """

    name: str
    title: str
    columns: Sequence[ListColumn]
    source: Source
    sort: str
    searched: Sequence[str] = ()
    ids: Sequence[str] = ()
    state: str = ""
    states: Sequence[str] = ()
    replay: Callable[[str], Awaitable[bool]] | None = field(default=None, compare=False)
    replays: Callable[[Any], bool] = field(default=lambda _row: True, compare=False)
    """Whether this row can be replayed."""

    def sorted_by(self, wanted: Wanted) -> str:
        """The attribute to sort by: one of those that are shown."""
        known = {column.attribute for column in self.columns}
        return wanted.sort if wanted.sort in known else self.sort


class InMemory:
    """A list whose rows are no table of ours: its newest MOST are read, and all that is asked is asked of these."""

    def __init__(self, read: Callable[[], Awaitable[Sequence[Any]]]) -> None:
        """`read`: the newest first, and one more than MOST where there are more."""
        self._read = read

    async def page(self, listing: OpsList, wanted: Wanted) -> FoundPage:
        """As `Source`."""
        looked_for, attribute, read = wanted.search.lower(), listing.sorted_by(wanted), await self._read()
        rows = [row for row in read[:MOST] if not looked_for or looked_for in _text_of(row, listing)]
        ordered = sorted(rows, key=lambda row: _rank(getattr(row, attribute)), reverse=wanted.descending)
        start = (wanted.page - 1) * PAGE
        return FoundPage(ordered[start : start + PAGE], len(ordered), len(read) > MOST)


def _text_of(row: Any, listing: OpsList) -> str:
    return " ".join(str(getattr(row, name)) for name in (*listing.searched, *listing.ids)).lower()


def _rank(value: Any) -> tuple[bool, float | str]:
    """Something that sorts with its like, and nothing at all before everything."""
    if isinstance(value, datetime):
        return True, value.timestamp()
    if isinstance(value, int | float):
        return True, float(value)
    return value is not None, "" if value is None else str(value)
