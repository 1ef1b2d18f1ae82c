"""SQL that counts what the predictor keeps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, get_args

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.contracts.sync import SyncStatus
from predictor_service.predictions.models import LedgerEntry
from predictor_service.strava.own_app.models import LocalOutage, LocalToken
from predictor_service.sync.models import SyncStateRow
from servicekit.data.rows import counted
from servicekit.strava.outages.store import Watched
from servicekit.strava.tokens.seals import TokenState

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
        return counted(self._session, LocalToken.state, get_args(TokenState))

    def syncs(self) -> dict[str, int]:
        """Athletes by how their sync stands."""
        return counted(self._session, SyncStateRow.status, get_args(SyncStatus))

    def predictions(self, since: datetime) -> dict[str, int]:
        """Predictions for members since then: from a profile of theirs, and for those who have none."""
        made = select(LedgerEntry.personalized, func.count()).where(LedgerEntry.created_at >= since)
        rows = self._session.execute(made.group_by(LedgerEntry.personalized))
        return {"personal" if personalized else "population": count for personalized, count in rows}
