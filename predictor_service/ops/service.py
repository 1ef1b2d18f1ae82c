"""The desk of the predictor's operators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from predictor_service.ops.lists import lists_of
from predictor_service.ops.models import OperatorAction
from predictor_service.settings import Settings
from servicekit.data.database import Database
from servicekit.jobs import JobQueue
from servicekit.ops.desk import Desk, Note
from servicekit.ops.door import OperatorDoor
from servicekit.sight.watchman import Watchman


def open_desk(
    settings: Settings, database: Database, queue: JobQueue, watchman: Watchman, *, now: Callable[[], datetime]
) -> Desk:
    """With all lists."""
    door, lists = OperatorDoor(settings.operator_key, now=now), lists_of(database, queue)
    return Desk("predictor", database, OperatorAction, watchman, door, lists=lists, notes=_no_notes, now=now)


async def _no_notes() -> Sequence[Note]:
    return ()
