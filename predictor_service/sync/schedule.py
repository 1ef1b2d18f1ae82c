"""When which sync runs: its place in the queue, and the windows in which events may have something read."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from kernel.strava.quota import GUARD_S, QUARTER_S
from predictor_service.sync.store import SyncStore
from servicekit.jobs import JobQueue

SYNC_ATHLETE: Final = "sync_athlete"
SYNC_ALL: Final = "sync_all"
STALLED_SYNCS: Final = "stalled_syncs"
NAMED: Final = 15
AT_ONCE: Final = 10
LATER: Final = 0
PAUSE_S: Final = 1.0
"""Between two portions of one athlete, so that others get their turn and the state can be seen."""
CLOSED: Final = 4
"""So much spent on claims that were not so closes an athlete's door for events until Strava's next window."""
_PURPOSES: Final = ("now", "visit", "look", "next", "later", "confirm", "stalled")


def window_number(moment: datetime) -> int:
    """Which of Strava's quarters of an hour this is."""
    return int(moment.timestamp() // QUARTER_S)


def window_after(moment: datetime) -> datetime:
    """When the next of Strava's windows is open on both clocks."""
    return datetime.fromtimestamp((window_number(moment) + 1) * QUARTER_S + GUARD_S, UTC)


class SyncSchedule:
    """Queues syncs with the commit of a session, at most one waiting job per athlete and purpose."""

    def __init__(self, queue: JobQueue, now: Callable[[], datetime]) -> None:
        self._queue = queue
        self._now = now

    def start(self, session: Session, athlete_id: UUID) -> None:
        """Queues a sync before all others but what events name; nothing more while one waits already."""
        SyncStore(session).ask(athlete_id, self._now())
        self._put(session, athlete_id, AT_ONCE, 0, key="now")

    def visit(self, session: Session, athlete_id: UUID, *, delay_s: float) -> None:
        """Queues a sync behind those somebody waits for."""
        self._put(session, athlete_id, LATER, delay_s, key="visit")

    def look(self, session: Session, athlete_id: UUID) -> None:
        """Queues the reading of what an event has just named, before everything else."""
        delay_s = max(0.0, (self.free_at(session, athlete_id) - self._now()).total_seconds())
        self._put(session, athlete_id, NAMED, delay_s, key="look", looks=True)

    def free_at(self, session: Session, athlete_id: UUID) -> datetime:
        """When what events name may be read: now, or in Strava's next window after a claim that was not so."""
        now = self._now()
        spent = SyncStore(session).looks_spent(athlete_id, window_number(now))
        return now if spent < CLOSED else window_after(now)

    def look_again(self, session: Session, athlete_id: UUID, at: datetime | None) -> None:
        """Queues the next look at what is doubtful."""
        if at is not None:
            free_at = max(at, self.free_at(session, athlete_id))
            # of its own window: one that waits for tomorrow must not swallow the one of in five minutes
            key = f"look{window_number(free_at)}" if free_at > window_after(self._now()) else "confirm"
            self._put(session, athlete_id, NAMED, self._until(free_at), key=key, looks=True)

    def go_on(self, session: Session, athlete_id: UUID, *, at: datetime | None = None) -> None:
        """Queues the next portion of a sync, now or at a time."""
        if at is None:
            self._put(session, athlete_id, LATER, PAUSE_S, key="next", goes_on=True)
        else:
            self._put(session, athlete_id, LATER, self._until(at), key="later", goes_on=True)

    def rescue(self, session: Session, athlete_ids: Collection[UUID]) -> int:
        """Queues those of these athletes for whom nothing is queued or runs; how many there were."""
        keys = {_key(purpose, each): each for each in athlete_ids for purpose in _PURPOSES}
        served = {keys[key] for key in self._queue.alive(session, list(keys))}
        for lost in set(athlete_ids) - served:
            self._put(session, lost, LATER, 0, key="stalled", goes_on=True)
        return len(set(athlete_ids) - served)

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
            unique=_key(key, athlete_id),
        )


def _key(purpose: str, athlete_id: UUID) -> str:
    return f"{SYNC_ATHLETE}:{purpose}:{athlete_id}"
