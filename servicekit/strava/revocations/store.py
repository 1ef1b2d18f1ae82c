"""SQL about consents that have to be ended at Strava."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Integer, Row, Text, delete, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from servicekit.data.columns import UtcDateTime
from servicekit.strava.tokens.seals import SealedTokens
from servicekit.strava.tokens.store import TokenColumns

Outcome = Literal["revoked", "connected_again", "given_up"]
"""`given_up`: only the athlete can end the consent now, in Strava's own settings."""
ENDED_COLUMNS: Final = ("athlete_id", "access_sealed", "refresh_sealed", "fence", "leased_until")


class RevocationColumns:
    """The columns of a table of consents to end; a service mixes them into a model of its own."""

    id: Mapped[UUID] = mapped_column(primary_key=True)
    athlete_id: Mapped[int] = mapped_column(BigInteger, index=True)
    access_sealed: Mapped[str | None] = mapped_column(Text)
    refresh_sealed: Mapped[list[str]] = mapped_column(JSON)
    fence: Mapped[int] = mapped_column(Integer)
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Until when a refresh that was under way when the connection ended may land."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


@dataclass(frozen=True, slots=True)
class EndedTokens:
    """The tokens of a row that is being deleted, and the lease of a refresh that may be under way."""

    athlete_id: int
    access_sealed: str | None = field(repr=False)
    refresh_sealed: list[str] = field(repr=False)
    fence: int
    leased_until: datetime | None

    @classmethod
    def of(cls, row: Row[Any] | TokenColumns | RevocationColumns) -> EndedTokens:
        """From anything with these columns, read and locked in the transaction that deletes it."""
        return cls(row.athlete_id, row.access_sealed, list(row.refresh_sealed), row.fence, row.leased_until)

    @classmethod
    def orphaned(cls, athlete_id: int, sealed: SealedTokens, *, fence: int = 0) -> EndedTokens:
        """Tokens that Strava has just given and that have no row to go to."""
        return cls(athlete_id, sealed.access_token, list(sealed.refresh_tokens), fence, None)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A consent to end, as it stands."""

    id: UUID
    tokens: EndedTokens
    created_at: datetime
    under_way: bool
    """Whether a refresh may yet bring more tokens."""
    connected_again: bool


class RevocationStore:
    """Rows of one model with `RevocationColumns`, beside one with `TokenColumns`, inside the caller's transaction."""

    def __init__(self, waiting: type[RevocationColumns], tokens: type[TokenColumns]) -> None:
        self._waiting = waiting
        self._tokens = tokens

    def add(self, session: Session, revocation_id: UUID, tokens: EndedTokens, *, now: datetime, **named: Any) -> None:
        """Keeps tokens until they are ended."""
        values = {name: getattr(tokens, name) for name in ENDED_COLUMNS}
        session.execute(insert(self._waiting).values(id=revocation_id, created_at=now, **values, **named))

    def read(self, session: Session, revocation_id: UUID, now: datetime, *, lock: bool = False) -> Waiting | None:
        """The consent of this id; None when it is settled."""
        model = self._waiting
        mine = select(model).where(model.id == revocation_id)
        row = session.scalars(mine.with_for_update() if lock else mine).one_or_none()
        if row is None:
            return None
        anew = select(self._tokens.athlete_id).where(self._tokens.athlete_id == row.athlete_id)
        connected_again = session.execute(anew).first() is not None
        under_way = row.leased_until is not None and row.leased_until >= now
        return Waiting(row.id, EndedTokens.of(row), row.created_at, under_way, connected_again)

    def land(self, session: Session, athlete_id: int, fence: int, brought: SealedTokens | None) -> bool:
        """Adds what a refresh brought, and notes that the one of this fence has landed; whether anything waits."""
        model = self._waiting
        theirs = select(model).where(model.athlete_id == athlete_id).order_by(model.id).with_for_update()
        rows = session.scalars(theirs).all()
        for row in rows:
            if brought is not None:
                row.access_sealed = brought.access_token
                row.refresh_sealed = list(dict.fromkeys([*brought.refresh_tokens, *row.refresh_sealed]))
        landed = update(model).where(model.athlete_id == athlete_id, model.fence == fence)
        session.flush()
        session.execute(landed.values(leased_until=None))
        return bool(rows)

    def forget(self, session: Session, revocation_id: UUID) -> None:
        """Deletes tokens that were ended."""
        session.execute(delete(self._waiting).where(self._waiting.id == revocation_id))
