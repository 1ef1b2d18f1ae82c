"""The desk of the predictor's operators."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from languages.voice import mark
from predictor_service.accuracy.report import overall_accuracy
from predictor_service.ops.lists import lists_of
from predictor_service.ops.models import OperatorAction
from predictor_service.ops.store import reads_by_hour
from predictor_service.settings import Settings
from servicekit.data.database import Database
from servicekit.jobs import JobQueue
from servicekit.ops.desk import Beside, Desk, Note
from servicekit.ops.door import OperatorDoor
from servicekit.sight.watchman import Watchman

_LOOKED_BACK: Final = timedelta(hours=24)
_HOW_RIGHT: Final = mark("How right forecasts were, from start to finish")


def open_desk(
    settings: Settings, database: Database, queue: JobQueue, watchman: Watchman, *, now: Callable[[], datetime]
) -> Desk:
    """With all lists."""

    async def tell() -> Beside:
        since = now() - _LOOKED_BACK
        return await database.read(lambda session: Beside([_ledger(session)], reads_by_hour(session, since)))

    door, lists = OperatorDoor(settings.operator_key, now=now), lists_of(database, queue)
    return Desk("predictor", database, OperatorAction, watchman, door, lists=lists, tell=tell, now=now)


def _ledger(session: Session) -> Note:
    """How right forecasts were, of start to finish; nothing of it is about anybody."""
    report = overall_accuracy(session)
    found = report.elapsed
    if found.mape is None or found.bias is None or found.coverage is None:
        return Note(_HOW_RIGHT, "-")
    off = f"off by {found.mape:.1%}, bias {found.bias:+.1%}, {found.coverage:.0%} within the band"
    return Note(_HOW_RIGHT, f"{found.n} outings of {report.athletes} people: {off}")
