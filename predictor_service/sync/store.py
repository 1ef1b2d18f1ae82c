"""SQL about syncs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from kernel.contracts.sync import SyncRun
from predictor_service.activities.models import Activity
from predictor_service.activities.store import LISTED, UNREAD, Unread
from predictor_service.athletes.models import Athlete
from predictor_service.profiles.models import StoredProfile
from predictor_service.sync.models import ReadTroubleRow, SyncRunRow, SyncStateRow
from servicekit.data.rows import changed
from servicekit.data.upsert import insert_if_absent

INTERRUPTED = "Interrupted; a later run went on from here."


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far an athlete's list is known; the names are those of the columns of `SyncStateRow`."""

    watermark: datetime | None = None
    listing_top: datetime | None = None
    listing_before: datetime | None = None


class SyncStore:
    """Sync states, runs and troubles inside the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def state(self, athlete_id: UUID) -> SyncStateRow | None:
        """The athlete's state; None before the first sync was asked for."""
        return self._session.get(SyncStateRow, athlete_id, populate_existing=True)

    def ask(self, athlete_id: UUID) -> None:
        """Shows a sync as queued, unless one is running or waiting for its time."""
        values = {
            "athlete_id": athlete_id,
            "status": "queued",
            "activities_known": 0,
            "activities_read": 0,
            "outages": 0,
        }
        if insert_if_absent(self._session, SyncStateRow, values):
            return
        idle = SyncStateRow.status.not_in(("running", "waiting"))
        queued = update(SyncStateRow).where(SyncStateRow.athlete_id == athlete_id, idle)
        self._session.execute(queued.values(status="queued", detail=None))

    def take_lease(self, athlete_id: UUID, token: UUID, now: datetime, until: datetime) -> bool:
        """Whether this run may go on: nobody else's lease is alive. The state then shows it as running."""
        free = or_(SyncStateRow.lease_until.is_(None), SyncStateRow.lease_until <= now)
        taken = update(SyncStateRow).where(SyncStateRow.athlete_id == athlete_id, free)
        values = {
            "lease_token": token,
            "lease_until": until,
            "status": "running",
            "started_at": now,
            "finished_at": None,
        }
        return changed(self._session, taken.values(**values, detail=None, retry_at=None)) == 1

    def keep_lease(self, athlete_id: UUID, token: UUID, until: datetime, **values: Any) -> bool:
        """Extends the lease and writes `values` with it; False when the lease went to another run."""
        mine = update(SyncStateRow).where(SyncStateRow.athlete_id == athlete_id, SyncStateRow.lease_token == token)
        return changed(self._session, mine.values(lease_until=until, **values)) == 1

    def show(self, athlete_id: UUID, **values: Any) -> None:
        """Writes progress in a transaction that already holds the lease."""
        shown = update(SyncStateRow).where(SyncStateRow.athlete_id == athlete_id)
        self._session.execute(shown.values(**values))

    def count_read(self, athlete_id: UUID) -> None:
        """One more activity was read."""
        self.show(athlete_id, activities_read=SyncStateRow.activities_read + 1)

    def release_lease(self, athlete_id: UUID, token: UUID, **values: Any) -> bool:
        """Ends the run with `values`; False when the lease had gone to another."""
        mine = update(SyncStateRow).where(SyncStateRow.athlete_id == athlete_id, SyncStateRow.lease_token == token)
        return changed(self._session, mine.values(lease_until=None, lease_token=None, **values)) == 1

    def open_run(self, run_id: UUID, athlete_id: UUID, now: datetime) -> None:
        """Adds a line to the audit log, and closes one that a killed process left open."""
        left = update(SyncRunRow).where(SyncRunRow.athlete_id == athlete_id, SyncRunRow.finished_at.is_(None))
        self._session.execute(left.values(finished_at=now, status="failed", detail=INTERRUPTED))
        self._session.add(SyncRunRow(id=run_id, athlete_id=athlete_id, status="running", started_at=now))

    def close_run(self, run_id: UUID, **values: Any) -> None:
        """Writes how a run ended."""
        self._session.execute(update(SyncRunRow).where(SyncRunRow.id == run_id).values(**values))

    def runs(self, athlete_id: UUID, limit: int) -> list[SyncRun]:
        """The last runs, newest first."""
        newest = select(SyncRunRow).where(SyncRunRow.athlete_id == athlete_id)
        rows = self._session.scalars(newest.order_by(SyncRunRow.started_at.desc(), SyncRunRow.id.desc()).limit(limit))
        return [msgspec.convert(row, SyncRun, from_attributes=True) for row in rows]

    def last_listed_at(self, athlete_id: UUID) -> datetime | None:
        """When the last run that asked for the list began."""
        listed = select(SyncRunRow.started_at).where(SyncRunRow.athlete_id == athlete_id, SyncRunRow.pages_fetched > 0)
        newest = listed.order_by(SyncRunRow.started_at.desc()).limit(1)
        return self._session.execute(newest).scalar_one_or_none()

    def unread(self, athlete_id: UUID, now: datetime) -> Iterator[Unread]:
        """The activities that may be read now, newest first and row by row: there may be thousands."""
        waiting = select(*LISTED, Activity.id).outerjoin(ReadTroubleRow, ReadTroubleRow.activity_id == Activity.id)
        due = or_(ReadTroubleRow.activity_id.is_(None), ReadTroubleRow.retry_at <= now)
        mine = waiting.where(Activity.athlete_id == athlete_id, Activity.strava_activity_id.is_not(None), UNREAD, due)
        rows = self._session.execute(mine.order_by(Activity.started_at.desc()).execution_options(yield_per=500))
        return (Unread(*row[:-1], id=row[-1]) for row in rows)

    def waits(self, athlete_id: UUID, now: datetime) -> tuple[datetime | None, int]:
        """When the next activity that resisted may be tried again, and how many were given up."""
        later = func.min(ReadTroubleRow.retry_at).filter(ReadTroubleRow.retry_at > now)
        given_up = func.count().filter(ReadTroubleRow.retry_at.is_(None))
        mine = select(later, given_up).where(ReadTroubleRow.athlete_id == athlete_id)
        next_at, count = self._session.execute(mine).one()
        return next_at, count

    def tries(self, activity_id: UUID) -> int:
        """How often this activity has resisted."""
        known = self._session.get(ReadTroubleRow, activity_id)
        return 0 if known is None else known.tries

    def note_trouble(
        self, athlete_id: UUID, activity_id: UUID, tries: int, retry_at: datetime | None, reason: str
    ) -> None:
        """Keeps one more failed try, the last one without a `retry_at`; an activity that is gone is no trouble."""
        if self._session.get(Activity, activity_id) is None:
            return
        row = ReadTroubleRow(
            activity_id=activity_id,
            athlete_id=athlete_id,
            tries=tries,
            retry_at=retry_at,
            reason=reason,
        )
        self._session.merge(row)

    def forget_trouble(self, athlete_id: UUID, activity_id: UUID | None = None) -> None:
        """Gives one activity, or all of the athlete's, a fresh start."""
        gone = delete(ReadTroubleRow).where(ReadTroubleRow.athlete_id == athlete_id)
        if activity_id is not None:
            gone = gone.where(ReadTroubleRow.activity_id == activity_id)
        self._session.execute(gone)

    def forget_trouble_with(self, athlete_id: UUID, strava_ids: Sequence[int]) -> None:
        """Activities that were edited at Strava get a fresh start."""
        edited = select(Activity.id).where(
            Activity.athlete_id == athlete_id, Activity.strava_activity_id.in_(strava_ids)
        )
        self._session.execute(delete(ReadTroubleRow).where(ReadTroubleRow.activity_id.in_(edited)))

    def mark_read(self, athlete_id: UUID, strava_ids: Sequence[int], now: datetime) -> None:
        """Activities whose details are known to hold nothing: they are never asked for."""
        empty = update(Activity).where(
            Activity.athlete_id == athlete_id, Activity.strava_activity_id.in_(strava_ids), Activity.read_at.is_(None)
        )
        self._session.execute(empty.values(read_at=now))

    def newest(self, athlete_id: UUID, limit: int) -> list[Activity]:
        """The newest Strava activities."""
        mine = select(Activity).where(Activity.athlete_id == athlete_id, Activity.strava_activity_id.is_not(None))
        return list(self._session.scalars(mine.order_by(Activity.started_at.desc()).limit(limit)))

    def has_profile(self, athlete_id: UUID) -> bool:
        """Whether a profile in any mode stands."""
        some = select(StoredProfile.athlete_id).where(StoredProfile.athlete_id == athlete_id).limit(1)
        return self._session.execute(some).first() is not None

    def due(self, limit: int) -> list[UUID]:
        """Connected athletes that no run owns or awaits, the longest unvisited first."""
        idle = or_(SyncStateRow.status.is_(None), SyncStateRow.status.not_in(("running", "waiting", "queued")))
        visit = (
            select(Athlete.id)
            .outerjoin(SyncStateRow, SyncStateRow.athlete_id == Athlete.id)
            .where(Athlete.strava_athlete_id.is_not(None), idle)
            .order_by(SyncStateRow.finished_at.asc().nulls_first(), Athlete.id)
        )
        return list(self._session.scalars(visit.limit(limit)))

    def newest_connected(self) -> int | None:
        """The Strava id of the athlete who connected Strava last."""
        connected = select(Athlete.strava_athlete_id).where(Athlete.strava_athlete_id.is_not(None))
        return self._session.execute(connected.order_by(Athlete.id.desc()).limit(1)).scalar_one_or_none()
