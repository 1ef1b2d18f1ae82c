"""SQL of the operations page: pages of any table, by advanced-alchemy's filters, and what operators did."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from advanced_alchemy.filters import CollectionFilter, LimitOffset, OrderBy, SearchFilter
from sqlalchemy import BigInteger, Integer, String, Uuid, func, literal, or_, select
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from languages.voice import mark
from servicekit.data.columns import UtcDateTime, uuid7
from servicekit.data.database import Database
from servicekit.ops.lists import MOST, PAGE, FoundPage, ListColumn, OpsList, Wanted

LEFT: Final = "left"
_LARGEST: Final = 2**63 - 1


class OperatorActionColumns:
    """The columns of what operators did; a service mixes them into a model of its own."""

    id: Mapped[UUID] = mapped_column(primary_key=True)
    done_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    action: Mapped[str] = mapped_column(String(20))
    """`entered`, `left`, or `replayed`."""
    subject: Mapped[str] = mapped_column(String(100))
    """The list and the id of what was acted upon."""
    session_id: Mapped[str] = mapped_column(String(32), index=True)
    request_id: Mapped[str] = mapped_column(String(64))


class ActionStore:
    """What operators did, inside the caller's transaction."""

    def __init__(self, session: Session, model: Any) -> None:
        """`model`: a mapped class of the service with `OperatorActionColumns`."""
        self._session = session
        self._model = model

    def add(self, action: str, subject: str, *, session_id: str, request_id: str, now: datetime) -> None:
        """Writes down one thing."""
        row = {"action": action, "subject": subject[:100], "session_id": session_id, "request_id": request_id}
        self._session.add(self._model(id=uuid7(), done_at=now, **row))

    def has_left(self, session_id: str) -> bool:
        """Whether this session was ended by its operator."""
        model = self._model
        left = select(model.id).where(model.session_id == session_id, model.action == LEFT).limit(1)
        return self._session.execute(left).first() is not None


class InTable:
    """A list of the rows of one table, however many it has: what is asked goes by an index, or over the newest MOST."""

    def __init__(self, database: Database, model: Any) -> None:
        self._database = database
        self._model = model

    async def page(self, listing: OpsList, wanted: Wanted) -> FoundPage:
        """As `Source`."""
        return await self._database.read(lambda session: self._page(session, listing, wanted))

    def _page(self, session: Session, listing: OpsList, wanted: Wanted) -> FoundPage:
        among, part = self._among(session, listing, wanted)
        more = self._count(session, among, MOST + 1) > MOST
        model, attribute = self._model, listing.sorted_by(wanted)
        if part or attribute != listing.sort:
            newest = _ordered(among, model, listing.sort, descending=True).limit(MOST).subquery()
            model = aliased(self._model, newest)
            among = _with_part(select(model), model, listing, part)
        page = LimitOffset(PAGE, (wanted.page - 1) * PAGE)
        ordered = _ordered(among, model, attribute, descending=wanted.descending)
        rows = session.scalars(page.append_to_statement(ordered, model)).all()
        return FoundPage(rows, self._count(session, among, MOST), more)

    def _among(self, session: Session, listing: OpsList, wanted: Wanted) -> tuple[Any, str]:
        """All rows that may be meant, and the part of a word that is still to be looked for among them."""
        statement: Any = select(self._model)
        if wanted.state in listing.states:
            of_state: Any = CollectionFilter(listing.state, [wanted.state])
            statement = of_state.append_to_statement(statement, self._model)
        ids = {name: value for name in listing.ids if (value := self._as_id(name, wanted.search)) is not None}
        if ids:
            named = statement.where(or_(*(getattr(self._model, name) == value for name, value in ids.items())))
            if self._count(session, named, 1):
                return named, ""
        return statement, wanted.search

    def _count(self, session: Session, statement: Any, most: int) -> int:
        """How many rows there are, `most` at most."""
        some = statement.with_only_columns(literal(1), maintain_column_froms=True).limit(most).subquery()
        return int(session.execute(select(func.count()).select_from(some)).scalar_one())

    def _as_id(self, name: str, search: str) -> Any:
        """The search as a value of this column, None when it is none."""
        kind = getattr(self._model, name).type
        if isinstance(kind, BigInteger | Integer):
            fits = search.isascii() and search.isdecimal() and len(search) < 20 and int(search) <= _LARGEST
            return int(search) if fits else None
        if isinstance(kind, Uuid):
            try:
                return UUID(search)
            except ValueError:
                return None
        return search or None


def _ordered(statement: Any, model: Any, attribute: str, *, descending: bool) -> Any:
    order: Any = OrderBy(attribute, "desc" if descending else "asc")
    return order.append_to_statement(statement, model)


def _with_part(statement: Any, model: Any, listing: OpsList, part: str) -> Any:
    if not part:
        return statement
    text: Any = SearchFilter(set(listing.searched), part, ignore_case=True, escape_wildcards=True)
    return text.append_to_statement(statement, model)


_ACTIONS: Final = (
    ListColumn("done_at", mark("When"), "moment"),
    ListColumn("action", mark("What")),
    ListColumn("subject", mark("About"), "words"),
    ListColumn("session_id", mark("Session"), "words"),
    ListColumn("request_id", mark("Request"), "words"),
)


def actions(database: Database, model: Any) -> OpsList:
    """The list of what operators did."""
    return OpsList(
        name="actions",
        title=mark("Operators"),
        columns=_ACTIONS,
        source=InTable(database, model),
        sort="done_at",
        searched=("action", "subject", "session_id", "request_id"),
    )
