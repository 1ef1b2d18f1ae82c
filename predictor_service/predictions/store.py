"""SQL of the ledger."""

from __future__ import annotations

from sqlalchemy.orm import Session

from predictor_service.predictions.models import LedgerEntry


class LedgerStore:
    """The ledger inside the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, entry: LedgerEntry) -> None:
        """Writes one prediction down."""
        self._session.add(entry)
        self._session.flush()
