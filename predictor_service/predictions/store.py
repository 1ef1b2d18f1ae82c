"""SQL of the ledger."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from predictor_service.predictions.models import LedgerEntry


class LedgerStore:
    """The ledger inside the caller's transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, entry: LedgerEntry) -> None:
        """Writes one prediction down."""
        self._session.add(entry)
        await self._session.flush()
