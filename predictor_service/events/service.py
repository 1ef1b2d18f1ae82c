"""Taking an event: remembered once, and what it names is soon asked for by its id, however many events there are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from kernel.contracts.connection import EventTaken, StravaEvent
from predictor_service.activities.store import ActivityStore
from predictor_service.athletes.store import AthleteStore
from predictor_service.events.models import DoubtKind
from predictor_service.events.store import DoubtStore, EventStore

KEPT: Final = timedelta(days=7)
PURGE_EVERY_S: Final = 3600.0
MOST_AWAITED: Final = 200
"""Of one athlete: as many as one page of the list brings. Who sends more at once is left to the visits."""


class EventService:
    """Events as ayda passes them on."""

    def __init__(self, look: Callable[[Session, UUID], None], now: Callable[[], datetime]) -> None:
        """`look` queues, with the commit of a session, the reading of what is named of an athlete."""
        self._look = look
        self._now = now

    def happened(self, session: Session, event: StravaEvent) -> EventTaken:
        """Has the activity asked for. What the event claims is only a doubt until Strava confirms it."""
        athlete = AthleteStore(session).held(event.telegram_id)
        if athlete is None or athlete.strava_athlete_id != event.athlete_id:
            return EventTaken("ignored")
        row = {
            "event_id": event.event_id,
            "athlete_id": athlete.id,
            "strava_activity_id": event.object_id,
            "aspect_type": event.aspect_type,
            "event_time_s": event.event_time,
            "received_at": self._now(),
        }
        if not EventStore(session).add(row):
            return EventTaken("duplicate")
        kind = self._kind(session, athlete.id, event)
        if kind is not None:
            DoubtStore(session).name(athlete.id, event.object_id, kind, self._now())
            self._look(session, athlete.id)
        return EventTaken("accepted")

    def _kind(self, session: Session, athlete_id: UUID, event: StravaEvent) -> DoubtKind | None:
        """What the event makes doubtful; None when there is nothing to ask."""
        known = bool(ActivityStore(session).known(athlete_id, [event.object_id]))
        if event.aspect_type == "delete":
            return "gone" if known else None
        if known and event.aspect_type == "update" and set(event.updates) == {"title"}:
            return None  # names are not stored
        if known:
            return "changed"
        full = DoubtStore(session).count(athlete_id, "awaited") >= MOST_AWAITED
        return None if full else "awaited"
