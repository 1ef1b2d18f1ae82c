"""The desk of ayda's operators."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from ayda_service.ops.lists import lists_of
from ayda_service.ops.models import OperatorAction
from ayda_service.settings import Settings
from ayda_service.webhooks.store import SubscriptionStore
from languages.voice import mark
from servicekit.data.database import Database
from servicekit.jobs import JobQueue
from servicekit.ops.desk import Beside, Desk, Note
from servicekit.ops.door import OperatorDoor
from servicekit.sight.watchman import Watchman

OFF = "-"


def open_desk(
    settings: Settings, database: Database, queue: JobQueue, watchman: Watchman, *, now: Callable[[], datetime]
) -> Desk:
    """With all lists, and what is known of Strava's subscription in words."""

    async def tell() -> Beside:
        if settings.webhooks is None:
            return Beside([Note(mark("Strava's subscription"), OFF)])
        return Beside(await database.read(_notes))

    door = OperatorDoor(settings.operator_key, now=now)
    lists = lists_of(database, queue)
    return Desk("ayda", database, OperatorAction, watchman, door, lists=lists, tell=tell, now=now)


def _notes(session: Session) -> list[Note]:
    row = SubscriptionStore(session).get()
    heading = mark("Strava's subscription")
    if row is None:
        return [Note(heading, OFF)]
    said = f"{row.subscription_id or OFF} · {row.detail or 'ok'} · {row.next_at:%Y-%m-%d %H:%M} UTC"
    return [Note(heading, said)]
