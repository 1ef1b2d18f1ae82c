"""SQL about Strava connections."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ayda_service.members.models import Member
from ayda_service.strava.models import OAuthState, StravaToken, TokenHandOut
from servicekit.database import uuid7


class ConnectionStore:
    """Connections inside the caller's transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add_state(self, state: str, telegram_id: int, *, now: datetime, expires_at: datetime) -> None:
        """Remembers an authorization under way, and forgets those that have expired."""
        await self._session.execute(delete(OAuthState).where(OAuthState.expires_at <= now))
        self._session.add(OAuthState(digest=_digest(state), telegram_id=telegram_id, expires_at=expires_at))

    async def take_state(self, state: str, now: datetime) -> int | None:
        """The Telegram id the state was made for, once only; None when unknown, used or expired."""
        taken = delete(OAuthState).where(OAuthState.digest == _digest(state))
        row = (
            await self._session.execute(taken.returning(OAuthState.telegram_id, OAuthState.expires_at))
        ).one_or_none()
        return row.telegram_id if row is not None and row.expires_at > now else None

    async def of_telegram_id(self, telegram_id: int) -> tuple[Member, StravaToken | None] | None:
        """The member, and their connection if there is one; None for a stranger."""
        joined = select(Member, StravaToken).outerjoin(StravaToken).where(Member.telegram_id == telegram_id)
        row = (await self._session.execute(joined)).one_or_none()
        return None if row is None else (row[0], row[1])

    async def holder(self, athlete_id: int) -> StravaToken | None:
        """The connection of an athlete; nobody else connects this athlete until the transaction ends."""
        if self._session.get_bind().dialect.name == "postgresql":
            # a row lock would not keep out a second member while there is no row yet; SQLite has one writer anyway
            await self._session.execute(select(func.pg_advisory_xact_lock(athlete_id)))
        held = select(StravaToken).where(StravaToken.athlete_id == athlete_id).with_for_update()
        return (await self._session.scalars(held)).one_or_none()

    async def link(self, member_id: UUID, athlete_id: int, columns: dict[str, Any], now: datetime) -> None:
        """Stores the connection in place of the member's former one. A refresh under way is fenced off."""
        await self._session.execute(
            delete(StravaToken).where(StravaToken.member_id == member_id, StravaToken.athlete_id != athlete_id)
        )
        fresh = {"updated_at": now, **columns}
        again = update(StravaToken).where(StravaToken.athlete_id == athlete_id)
        bumped = again.values(fence=StravaToken.fence + 1, **fresh)
        known = (await self._session.execute(bumped.returning(StravaToken.athlete_id))).one_or_none()
        if known is None:
            first = {"athlete_id": athlete_id, "member_id": member_id, "fence": 0}
            await self._session.execute(insert(StravaToken).values(**first, **fresh))

    async def record_hand_out(self, athlete_id: int, api_key_id: str, request_id: str, now: datetime) -> None:
        """Writes into the audit that a token was given away."""
        self._session.add(
            TokenHandOut(
                id=uuid7(), athlete_id=athlete_id, api_key_id=api_key_id, request_id=request_id, handed_out_at=now
            )
        )


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode("utf-8", "replace")).hexdigest()
