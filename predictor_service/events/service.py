"""Taking an event: remembered once, and followed by one look at Strava however many events there are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from kernel.contracts.connection import EventTaken, StravaEvent
from predictor_service.activities.store import ActivityStore
from predictor_service.athletes.store import AthleteStore
from predictor_service.events.store import DoubtStore, EventStore

KEPT: Final = timedelta(days=7)
PURGE_EVERY_S: Final = 3600.0
MOST_AWAITED: Final = 20
"""Of one athlete. The list brings whatever is new; who is awaited only decides when it is read again."""


class EventService:
    """Events as ayda passes them on."""

    def __init__(self, look: Callable[[Session, UUID], None], now: Callable[[], datetime]) -> None:
        """`look` queues a look at an athlete's list with the commit of a session; one in a quota window is made."""
        self._look = look
        self._now = now

    def happened(self, session: Session, event: StravaEvent) -> EventTaken:
        """Has the athlete's list looked at. What the event claims is only a doubt until Strava confirms it."""
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
        doubts = DoubtStore(session)
        known = bool(ActivityStore(session).known(athlete.id, [event.object_id]))
        if event.aspect_type == "delete" and not known:
            return EventTaken("accepted")
        if event.aspect_type == "delete":
            doubts.add(athlete.id, [event.object_id], "gone", self._now())
        elif not known and doubts.count(athlete.id, "awaited") < MOST_AWAITED:
            doubts.add(athlete.id, [event.object_id], "awaited", self._now())
        self._look(session, athlete.id)
        return EventTaken("accepted")
