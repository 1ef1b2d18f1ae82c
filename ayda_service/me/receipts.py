"""What receipts learn of consents that ended later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from ayda_service.me.store import OwnDataStore
from servicekit.strava.revocations.store import Outcome


class Receipts:
    """The receipts that wait for Strava."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    async def settled(self, session: AsyncSession, revocation_id: UUID, outcome: Outcome) -> None:
        """Writes what became of a revocation, with the commit of `session`."""
        await OwnDataStore(session).settle_strava(revocation_id, outcome, self._now())
