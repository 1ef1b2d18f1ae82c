"""The figures of the predictor."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from predictor_service.sight.models import AlarmRow
from predictor_service.sight.store import SightStore
from servicekit.base.metrics import Metrics
from servicekit.data.database import Database
from servicekit.jobs import JobQueue
from servicekit.sight.figures import Figures, measure_figures
from servicekit.sight.watchman import Watchman
from servicekit.strava.quotas import AnyQuotas

_DAY: Final = timedelta(days=1)


class Sight:
    """Reads the figures."""

    def __init__(self, database: Database, queue: JobQueue, quota: AnyQuotas, *, now: Callable[[], datetime]) -> None:
        self._database = database
        self._queue = queue
        self._quota = quota
        self._now = now

    async def figures(self) -> Figures:
        """How things stand."""
        queue, quota = await self._queue.stats(), await self._quota.status()
        return Figures(queue=queue, quota=quota, **await self._database.read(self._counted))

    def _counted(self, session: Session) -> dict[str, Any]:
        store = SightStore(session)
        counts = {
            "connections": store.connections(),
            "syncs": store.syncs(),
            "predictions_of_a_day": store.predictions(self._now() - _DAY),
        }
        return {"failures_in_a_row": store.failures_in_a_row(), "counts": counts}


def open_watchman(sight: Sight, database: Database, metrics: Metrics, *, now: Callable[[], datetime]) -> Watchman:
    """Over the table of the predictor's alarms. It tells the log alone: ayda asks for them, and tells the operator."""
    measure_figures(metrics, sight.figures)
    return Watchman(database, AlarmRow, sight.figures, metrics, now=now)
