"""When which sync runs: its place in the queue, and the windows in which a list may be read on the word of events."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from kernel.strava.quota import GUARD_S, QUARTER_S
from predictor_service.sync.store import SyncStore
from servicekit.jobs import JobQueue

SYNC_ATHLETE: Final = "sync_athlete"
SYNC_ALL: Final = "sync_all"
AT_ONCE: Final = 10
SOON: Final = 5
LATER: Final = 0
PAUSE_S: Final = 1.0
"""Between two portions of one athlete, so that others get their turn and the state can be seen."""


def window_after(moment: datetime) -> datetime:
    """When the next of Strava's windows is open on both clocks."""
    number = int(moment.timestamp() // QUARTER_S)
    return datetime.fromtimestamp((number + 1) * QUARTER_S + GUARD_S, UTC)


class SyncSchedule:
    """Queues syncs with the commit of a session, at most one waiting job per athlete and purpose."""

    def __init__(self, queue: JobQueue, now: Callable[[], datetime]) -> None:
        self._queue = queue
        self._now = now

    def start(self, session: Session, athlete_id: UUID) -> None:
        """Queues a sync before all others; nothing more while one waits already."""
        SyncStore(session).ask(athlete_id)
        self._put(session, athlete_id, AT_ONCE, 0, key="now")

    def visit(self, session: Session, athlete_id: UUID, *, delay_s: float) -> None:
        """Queues a sync behind those somebody waits for."""
        self._put(session, athlete_id, LATER, delay_s, key="visit")

    def look(self, session: Session, athlete_id: UUID) -> None:
        """Queues a look at the list because something happened; one in a quota window is made."""
        free_at = self.free_at(session, athlete_id)
        delay_s = max(0.0, (free_at - self._now()).total_seconds())
        self._put(session, athlete_id, SOON, delay_s, key="look", looks=True)

    def free_at(self, session: Session, athlete_id: UUID) -> datetime:
        """When the list may be read on the word of events: now, or in the next of Strava's windows after a list."""
        listed_at = SyncStore(session).last_listed_at(athlete_id)
        return self._now() if listed_at is None else max(self._now(), window_after(listed_at))

    def look_again(
        self, session: Session, athlete_id: UUID, listed_at: datetime | None, probed_at: datetime | None
    ) -> None:
        """Queues the looks that settle what is doubtful: at the list, at single activities."""
        if listed_at is not None:
            free_at = max(listed_at, self.free_at(session, athlete_id))
            self._put(session, athlete_id, LATER, self._until(free_at), key="await", looks=True)
        if probed_at is not None:
            self._put(session, athlete_id, LATER, self._until(probed_at), key="confirm", goes_on=True)

    def go_on(self, session: Session, athlete_id: UUID, *, at: datetime | None = None) -> None:
        """Queues the next portion of a sync, now or at a time."""
        if at is None:
            self._put(session, athlete_id, LATER, PAUSE_S, key="next", goes_on=True)
        else:
            self._put(session, athlete_id, LATER, self._until(at), key="later", goes_on=True)

    def _until(self, at: datetime) -> float:
        return max(PAUSE_S, (at - self._now()).total_seconds())

    def _put(
        self, session: Session, athlete_id: UUID, priority: int, delay_s: float, *, key: str, **more: bool
    ) -> None:
        # a key of its own for each purpose: a portion that waits for tomorrow must not swallow today's wish
        self._queue.add(
            session,
            SYNC_ATHLETE,
            {"athlete_id": str(athlete_id), **more},
            delay_s=delay_s,
            priority=priority,
            unique=f"{SYNC_ATHLETE}:{key}:{athlete_id}",
        )
