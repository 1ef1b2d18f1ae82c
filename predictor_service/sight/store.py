"""SQL that counts what the predictor keeps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from predictor_service.predictions.models import LedgerEntry
from predictor_service.strava.own_app.models import LocalOutage, LocalToken
from predictor_service.sync.models import SyncStateRow
from servicekit.strava.outages.store import Watched

_ADDRESSES: Final[Mapping[int, str]] = {each.value: each.name.lower() for each in Watched}


class SightStore:
    """Counts inside the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def failures_in_a_row(self) -> dict[str, int]:
        """Of calls to each address of Strava's."""
        rows = self._session.execute(select(LocalOutage.id, LocalOutage.failures))
        return dict.fromkeys(_ADDRESSES.values(), 0) | {_ADDRESSES[key]: count for key, count in rows}

    def connections(self) -> dict[str, int]:
        """Those of our own Strava app, by the state of their tokens."""
        return self._counted(select(LocalToken.state, func.count()).group_by(LocalToken.state))

    def syncs(self) -> dict[str, int]:
        """Athletes by how their sync stands."""
        return self._counted(select(SyncStateRow.status, func.count()).group_by(SyncStateRow.status))

    def predictions(self, since: datetime) -> dict[str, int]:
        """Predictions for members since then: from a profile of theirs, and for those who have none."""
        made = select(LedgerEntry.personalized, func.count()).where(LedgerEntry.created_at >= since)
        rows = self._session.execute(made.group_by(LedgerEntry.personalized))
        return {"personal" if personalized else "population": count for personalized, count in rows}

    def _counted(self, statement: Any) -> dict[str, int]:
        return dict(self._session.execute(statement).tuples().all())
