"""The token rows of a service in its own database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, get_args

from sqlalchemy import JSON, BigInteger, Integer, Row, String, Text, case, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from servicekit.data.columns import UtcDateTime
from servicekit.data.database import Database
from servicekit.data.patience import must_be_kept
from servicekit.strava.tokens.seals import Lease, SealedTokens, StoredTokens, TokenState

_STATES: Final[Mapping[str, TokenState]] = {each: each for each in get_args(TokenState)}


OnLost = Callable[[Session, int, int], None]
"""Told of an athlete id whose connection has just ended, or was refreshed, and the fence under which it was."""
OnGone = Callable[[Session, int, int, SealedTokens | None], None]
"""Told of a refresh that ended after its row had been deleted: athlete id, fence, and the tokens it brought."""


class TokenColumns:
    """The columns of a token table; a service mixes them into a model of its own."""

    athlete_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    scope: Mapped[str] = mapped_column(String(300))
    """What the athlete granted, as the callback said."""
    state: Mapped[str] = mapped_column(String(20))
    """A `TokenState`."""
    access_sealed: Mapped[str] = mapped_column(Text)
    refresh_sealed: Mapped[list[str]] = mapped_column(JSON)
    """Up to three sealed refresh tokens, the newest first."""
    expires_at_s: Mapped[int] = mapped_column(BigInteger)
    obtained_at_s: Mapped[int] = mapped_column(BigInteger)
    fence: Mapped[int] = mapped_column(Integer)
    """Grows with every lease and every new connection; only its last value may write."""
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


def token_columns(sealed: SealedTokens) -> dict[str, Any]:
    """The values of a row for tokens just obtained: `active`, and no lease."""
    return {
        "access_sealed": sealed.access_token,
        "refresh_sealed": list(sealed.refresh_tokens),
        "expires_at_s": sealed.expires_at_s,
        "obtained_at_s": sealed.obtained_at_s,
        "state": "active",
        "leased_until": None,
    }


def stored_tokens(row: TokenColumns | Row[Any]) -> StoredTokens:
    """What a row holds, as a model or as it comes from its columns."""
    sealed = SealedTokens(row.access_sealed, tuple(row.refresh_sealed), row.expires_at_s, row.obtained_at_s)
    return StoredTokens(sealed, row.scope, _STATES.get(row.state, "reauth_required"))


class SqlTokenStore:
    """Rows of one model with `TokenColumns`. Each method is one transaction, durable when it returns."""

    def __init__(
        self,
        database: Database,
        model: type[TokenColumns],
        *,
        on_lost: OnLost | None = None,
        on_gone: OnGone | None = None,
        on_saved: OnLost | None = None,
    ) -> None:
        """`on_lost` runs in the transaction that ends a connection, so once for each that ends.

        `on_saved` runs in the one that keeps what a refresh brought.
        """
        self._database = database
        self._model = model
        self._on_lost = on_lost
        self._on_gone = on_gone
        self._on_saved = on_saved

    async def read(self, athlete_id: int) -> StoredTokens | None:
        """The row, None when there is none."""
        return await self._database.read(lambda session: self._row(session, athlete_id))

    async def lease(self, athlete_id: int, *, now: datetime, until: datetime, doubt: bool) -> Lease | None:
        """The lease if it is free or lapsed, with a new fence; `doubt` turns `active` into `suspect`."""
        model = self._model
        free = or_(model.leased_until.is_(None), model.leased_until < now)
        state = case((model.state == "active", "suspect"), else_=model.state) if doubt else model.state
        take = update(model).where(model.athlete_id == athlete_id, free)
        taken = take.values(fence=model.fence + 1, leased_until=until, state=state).returning(model)
        row = await self._database.write(lambda session: session.scalars(taken).one_or_none())
        return None if row is None else Lease(row.fence, stored_tokens(row))

    async def save(self, athlete_id: int, fence: int, sealed: SealedTokens) -> bool:
        """Replaces the tokens, activates them and frees the lease; False, and nothing done, under an older fence."""
        values = token_columns(sealed)
        with must_be_kept():  # Strava may have rotated: the ones before may be dead
            return await self._database.write(lambda session: self._write(session, athlete_id, fence, values, sealed))

    async def settle(self, athlete_id: int, fence: int, state: TokenState) -> bool:
        """Sets the state and frees the lease; False, and nothing done, under an older fence."""
        return await self._database.write(lambda session: self._settle(session, athlete_id, fence, state))

    async def release(self, athlete_id: int, fence: int) -> None:
        """Frees the lease if this fence holds it."""
        await self._database.write(lambda session: self._write(session, athlete_id, fence, {"leased_until": None}))

    def _settle(self, session: Session, athlete_id: int, fence: int, state: TokenState) -> bool:
        done = self._is_written(session, athlete_id, fence, {"state": state, "leased_until": None})
        if done and state in {"quarantined", "reauth_required"} and self._on_lost is not None:
            self._on_lost(session, athlete_id, fence)
        return done

    def _write(
        self,
        session: Session,
        athlete_id: int,
        fence: int,
        values: dict[str, Any],
        brought: SealedTokens | None = None,
    ) -> bool:
        done = self._is_written(session, athlete_id, fence, values)
        if not done and self._on_gone is not None and self._row(session, athlete_id) is None:
            self._on_gone(session, athlete_id, fence, brought)
        if done and brought is not None and self._on_saved is not None:
            self._on_saved(session, athlete_id, fence)
        return done

    def _is_written(self, session: Session, athlete_id: int, fence: int, values: dict[str, Any]) -> bool:
        model = self._model
        held = update(model).where(model.athlete_id == athlete_id, model.fence == fence)
        return session.execute(held.values(**values).returning(model.athlete_id)).first() is not None

    def _row(self, session: Session, athlete_id: int) -> StoredTokens | None:
        row = session.scalars(select(self._model).where(self._model.athlete_id == athlete_id)).one_or_none()
        return None if row is None else stored_tokens(row)
