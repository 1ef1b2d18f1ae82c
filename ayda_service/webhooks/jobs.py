"""The jobs that events lead to: how they are put, what finds the lost ones, and the events that were given up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from ayda_service.webhooks.models import EventState, WebhookEvent
from ayda_service.webhooks.store import InboxStore
from servicekit.data.database import Database
from servicekit.jobs import Job, JobQueue

FORWARD: Final = "forward_events"
CHECK_CONSENT: Final = "check_consent"
SOON: Final = 5
TIDY_EVERY_S: Final = 60.0
LEFT_BEHIND: Final = timedelta(minutes=1)
"""Longer than any event waits whose job is alive and whose predictor answers."""
SETTLED_KEPT: Final = timedelta(days=7)
DEAD_KEPT: Final = timedelta(days=30)
MOST_KEPT: Final[Mapping[EventState, int]] = {"new": 200_000, "done": 200_000, "ignored": 20_000, "dead": 20_000}
"""Events of each state: many times a Sunday's. Whoever floods the inbox with forged ones pushes out the oldest; what a
visit to Strava finds is not lost with them."""
_AT_ONCE: Final = 5_000


def work_on(queue: JobQueue, session: Session, owner_id: int, *, about_athlete: bool) -> None:
    """Has an athlete's events looked at; at most one job of a kind waits for each, however many events there are."""
    name = CHECK_CONSENT if about_athlete else FORWARD
    queue.add(session, name, {"owner_id": owner_id}, priority=SOON, unique=f"{name}:{owner_id}")


def tidying_job(database: Database, queue: JobQueue, *, now: Callable[[], datetime]) -> Job:
    """Finds events whose job was lost, and forgets old ones and those that are too many, once a minute."""

    def tidy(session: Session) -> None:
        store = InboxStore(session)
        for owner_id, about_athlete in store.left_behind(now() - LEFT_BEHIND, 500):
            work_on(queue, session, owner_id, about_athlete=about_athlete)
        store.purge(settled_before=now() - SETTLED_KEPT, dead_before=now() - DEAD_KEPT)

    def trim(state: EventState, most: int, session: Session) -> int:
        return InboxStore(session).trim(state, most, _AT_ONCE)

    async def run(_args: Mapping[str, Any]) -> None:
        await database.write(tidy)
        for state, most in MOST_KEPT.items():
            while await database.write(partial(trim, state, most)):
                pass  # the next ones, in a transaction of their own: events come in between

    return Job("tidy_webhooks", run, every_s=TIDY_EVERY_S)


async def dead_events(database: Database, limit: int) -> list[WebhookEvent]:
    """The events that were given up, newest first."""
    return await database.read(lambda session: InboxStore(session).dead(limit))


async def replay_event(database: Database, queue: JobQueue, event_id: UUID) -> bool:
    """Gives an event all its tries again; False when it is no longer dead."""

    def revive(session: Session) -> bool:
        event = InboxStore(session).revive(event_id)
        if event is not None:
            work_on(queue, session, event.owner_id, about_athlete=event.object_type == "athlete")
        return event is not None

    return await database.write(revive)
