"""SQL about events and doubts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Container, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, tuple_, update
from sqlalchemy.orm import Session

from predictor_service.activities.models import STRAVA, Activity
from predictor_service.events.models import DoubtKind, DoubtRow, StravaEventRow
from servicekit.data.upsert import insert_absent


class EventStore:
    """Events inside the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add_all(self, rows: Sequence[Mapping[str, Any]]) -> set[UUID]:
        """The ids of the events that were new."""
        return set(insert_absent(self._session, StravaEventRow, rows))

    def newest_at(self, athlete_id: UUID) -> datetime | None:
        """When the athlete's last event was taken."""
        taken = select(func.max(StravaEventRow.received_at)).where(StravaEventRow.athlete_id == athlete_id)
        return self._session.execute(taken).scalar_one()


class DoubtStore:
    """Doubts inside the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, athlete_id: UUID, strava_ids: Sequence[int], kind: DoubtKind, due_at: datetime) -> None:
        """Remembers doubts; one that is known stays as it is."""
        known = {"athlete_id": athlete_id, "kind": kind, "misses": 0, "due_at": due_at}
        insert_absent(self._session, DoubtRow, [{**known, "strava_activity_id": each} for each in strava_ids])

    def name_all(self, kinds: Mapping[tuple[UUID, int], DoubtKind], now: datetime) -> None:
        """Remembers what events named; what was put off, but not a denial that waits for its proof, is due now."""
        if not kinds:
            return
        rows = [
            {"athlete_id": athlete_id, "strava_activity_id": each, "kind": kind, "misses": 0, "due_at": now}
            for (athlete_id, each), kind in kinds.items()
        ]
        insert_absent(self._session, DoubtRow, rows)
        named = tuple_(DoubtRow.athlete_id, DoubtRow.strava_activity_id).in_(list(kinds))
        again = update(DoubtRow).where(named, DoubtRow.kind != "gone", DoubtRow.due_at > now)
        self._session.execute(again.values(due_at=now))

    def of(self, athlete_id: UUID) -> list[DoubtRow]:
        """The athlete's doubts, the longest due first."""
        mine = select(DoubtRow).where(DoubtRow.athlete_id == athlete_id).order_by(DoubtRow.due_at)
        return list(self._session.scalars(mine))

    def new_ones(self, athlete_id: UUID, now: datetime) -> int:
        """How many are awaited that nobody has looked for yet, and are due."""
        found = select(func.count()).where(*self._new_ones(athlete_id, now))
        return self._session.execute(found).scalar_one()

    def overlooked(self, athlete_id: UUID, now: datetime, due_at: datetime) -> None:
        """Writes down that all of them were looked for in vain."""
        self._session.execute(update(DoubtRow).where(*self._new_ones(athlete_id, now)).values(misses=1, due_at=due_at))

    @staticmethod
    def _new_ones(athlete_id: UUID, now: datetime) -> tuple[ColumnElement[bool], ...]:
        return (
            DoubtRow.athlete_id == athlete_id,
            DoubtRow.kind == "awaited",
            DoubtRow.misses == 0,
            DoubtRow.due_at <= now,
        )

    def counts(self, athlete_ids: Collection[UUID], kind: DoubtKind) -> Counter[UUID]:
        """How many doubts of this kind there are about each athlete."""
        if not athlete_ids:
            return Counter()
        theirs = select(DoubtRow.athlete_id, func.count()).where(DoubtRow.athlete_id.in_(athlete_ids))
        rows = self._session.execute(theirs.where(DoubtRow.kind == kind).group_by(DoubtRow.athlete_id))
        return Counter({row[0]: row[1] for row in rows})

    def missed(self, athlete_id: UUID, strava_activity_id: int, misses: int, due_at: datetime) -> None:
        """Writes down that it was looked for in vain."""
        mine = update(DoubtRow).where(
            DoubtRow.athlete_id == athlete_id, DoubtRow.strava_activity_id == strava_activity_id
        )
        self._session.execute(mine.values(misses=misses, due_at=due_at))

    def denied(self, athlete_id: UUID, strava_id: int, due_at: datetime) -> None:
        """Strava has said once that it does not have a stored activity: it is asked again."""
        mine = update(DoubtRow).where(DoubtRow.athlete_id == athlete_id, DoubtRow.strava_activity_id == strava_id)
        self._session.execute(mine.values(kind="gone", misses=1, due_at=due_at))

    def heard_since(self, athlete_id: UUID, strava_id: int, moment: datetime) -> bool:
        """Whether an event has named it after this moment."""
        mine = select(StravaEventRow.event_id).where(
            StravaEventRow.athlete_id == athlete_id,
            StravaEventRow.strava_activity_id == strava_id,
            StravaEventRow.received_at > moment,
        )
        return self._session.execute(mine.limit(1)).first() is not None

    def settle(self, athlete_id: UUID, strava_ids: Sequence[int]) -> None:
        """Ends doubts."""
        ended = delete(DoubtRow).where(DoubtRow.athlete_id == athlete_id, DoubtRow.strava_activity_id.in_(strava_ids))
        if strava_ids:
            self._session.execute(ended)

    def known_but(self, athlete_id: UUID, listed: Container[int], *, since: datetime | None) -> list[int]:
        """The Strava ids of the athlete's stored activities that are not listed, of those that began after `since`."""
        mine = select(Activity.strava_activity_id).where(
            Activity.athlete_id == athlete_id, Activity.strava_activity_id.is_not(None)
        )
        if since is not None:
            mine = mine.where(Activity.started_at > since)
        stored = self._session.scalars(mine.execution_options(yield_per=500))
        return [strava_id for strava_id in stored if strava_id is not None and strava_id not in listed]

    def forget_activities(self, athlete_id: UUID, strava_ids: Sequence[int]) -> None:
        """Deletes stored activities. One that a file brought stays, and loses its Strava id."""
        mine = (Activity.athlete_id == athlete_id, Activity.strava_activity_id.in_(strava_ids))
        if strava_ids:
            self._session.execute(delete(Activity).where(*mine, Activity.provenance == STRAVA))
            self._session.execute(update(Activity).where(*mine).values(strava_activity_id=None))
