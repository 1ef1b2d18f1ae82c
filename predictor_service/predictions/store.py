"""SQL of the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from sqlalchemy import Table, insert
from sqlalchemy.orm import Session

from predictor_service.predictions.models import LedgerEntry

_ADD: Final = insert(cast("Table", LedgerEntry.__table__))


class LedgerStore:
    """The ledger inside the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, entries: Sequence[Mapping[str, Any]]) -> None:
        """Writes predictions down, each named as the columns of its row."""
        if entries:
            self._session.execute(_ADD, entries)
