"""Taking an event: remembered once, and what it names is soon asked for by its id, however many events there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Literal, TypeAlias
from uuid import UUID

from sqlalchemy.orm import Session

from kernel.contracts.connection import EventResult, EventsTaken, EventTaken, StravaEvent
from predictor_service.activities.store import ActivityStore
from predictor_service.athletes.store import AthleteStore
from predictor_service.events.models import DoubtKind
from predictor_service.events.reading import Read
from predictor_service.events.store import DoubtStore, EventStore

KEPT: Final = timedelta(days=7)
PURGE_EVERY_S: Final = 3600.0
MOST_AWAITED: Final = 200
"""Of one athlete: as many as one page of the list brings. Who sends more at once is left to the visits."""

Status: TypeAlias = Literal["accepted", "duplicate", "ignored"]


class EventService:
    """Events as ayda passes them on."""

    def __init__(self, look: Callable[[Session, UUID], None], now: Callable[[], datetime]) -> None:
        """`look` queues, with the commit of a session, the reading of what is named of an athlete."""
        self._look = look
        self._now = now

    def happened(self, session: Session, event: StravaEvent) -> EventTaken:
        """Has the activity asked for. What the event claims is only a doubt until Strava confirms it."""
        return EventTaken(self._happened(session, [event])[event.event_id])

    def all_happened(self, session: Session, sent: Sequence[Read]) -> EventsTaken:
        """The same of many events, in a number of statements that depends on their athletes alone."""
        events = {event.event_id: event for event in sent if isinstance(event, StravaEvent)}
        taken = self._happened(session, list(events.values()))
        told = set[UUID]()
        results = []
        for each in sent:
            if isinstance(each, EventResult):
                results.append(each)
                continue
            # the second of two with one id is a duplicate, as it would be in another batch
            again = each.event_id in told and taken[each.event_id] == "accepted"
            told.add(each.event_id)
            results.append(EventResult(str(each.event_id), "duplicate" if again else taken[each.event_id]))
        return EventsTaken(results)

    def _happened(self, session: Session, events: Sequence[StravaEvent]) -> dict[UUID, Status]:
        """What became of events, by their ids; no two of them have the same."""
        athletes = AthleteStore(session).all_held({event.telegram_id for event in events})
        ours = {
            event.event_id: (athletes[event.telegram_id].id, event)
            for event in events
            if event.telegram_id in athletes and athletes[event.telegram_id].strava_athlete_id == event.athlete_id
        }
        now = self._now()
        new = EventStore(session).add_all([_row(athlete_id, event, now) for athlete_id, event in ours.values()])
        self._doubt(session, [ours[event_id] for event_id in ours if event_id in new], now)
        return {
            event.event_id: "ignored" if event.event_id not in ours else _status(event.event_id in new)
            for event in events
        }

    def _doubt(self, session: Session, news: Sequence[tuple[UUID, StravaEvent]], now: datetime) -> None:
        """Remembers what is doubtful now, and has each athlete looked at once."""
        doubts, named = DoubtStore(session), [(athlete_id, event.object_id) for athlete_id, event in news]
        known = ActivityStore(session).known_pairs(named)
        awaited = doubts.counts({athlete_id for athlete_id, _ in named}, "awaited")
        rows = dict[tuple[UUID, int], DoubtKind]()
        for (athlete_id, object_id), (_, event) in zip(named, news, strict=True):
            kind = _kind(event, is_known=(athlete_id, object_id) in known)
            if kind == "awaited" and (athlete_id, object_id) not in rows:
                if awaited[athlete_id] >= MOST_AWAITED:
                    continue
                awaited[athlete_id] += 1
            if kind is not None:
                rows[athlete_id, object_id] = kind
        doubts.name_all(rows, now)
        for athlete_id in dict.fromkeys(athlete_id for athlete_id, _ in rows):
            self._look(session, athlete_id)


def _kind(event: StravaEvent, *, is_known: bool) -> DoubtKind | None:
    """What the event makes doubtful; None when there is nothing to ask."""
    if event.aspect_type == "delete":
        return "gone" if is_known else None
    if is_known and event.aspect_type == "update" and set(event.updates) == {"title"}:
        return None  # names are not stored
    return "changed" if is_known else "awaited"


def _status(is_new: bool) -> Status:  # noqa: FBT001 - its one argument
    return "accepted" if is_new else "duplicate"


def _row(athlete_id: UUID, event: StravaEvent, now: datetime) -> dict[str, Any]:
    return {
        "event_id": event.event_id,
        "athlete_id": athlete_id,
        "strava_activity_id": event.object_id,
        "aspect_type": event.aspect_type,
        "event_time_s": event.event_time,
        "received_at": now,
    }
