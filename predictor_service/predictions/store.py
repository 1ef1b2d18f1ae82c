"""SQL of the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from sqlalchemy import Table, insert
from sqlalchemy.orm import Session

from predictor_service.predictions.models import LedgerEntry

_ADD: Final = insert(cast("Table", LedgerEntry.__table__))


class LedgerStore:
    """The ledger inside the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, entry: Mapping[str, Any]) -> None:
        """Writes one prediction down, named as the columns of its row."""
        self._session.execute(_ADD, entry)
