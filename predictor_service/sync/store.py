"""SQL about syncs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from kernel.contracts.sync import SyncRun
from kernel.forecast.information import Sketch, day_of
from predictor_service.activities.listed import LISTED, UNREAD, Unread
from predictor_service.activities.models import Activity
from predictor_service.athletes.models import Athlete
from predictor_service.predictions.models import LedgerEntry
from predictor_service.profiles.models import StoredProfile
from predictor_service.sync.models import ReadTroubleRow, SyncRunRow, SyncStateRow
from servicekit.data.rows import changed
from servicekit.data.upsert import insert_if_absent

INTERRUPTED = "Interrupted; a later run went on from here."
_COUNTS: Final = ("activities_known", "activities_read", "outages", "looks_window", "looks_spent")
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
NEWEST_TRIED: Final = 20
"""Of those who are connected, when nobody is named."""


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

    def ask(self, athlete_id: UUID, now: datetime) -> None:
        """Shows a sync as queued, unless one is running or waiting for its time."""
        values = {"athlete_id": athlete_id, "status": "queued", "retry_at": now, **dict.fromkeys(_COUNTS, 0)}
        if insert_if_absent(self._session, SyncStateRow, values):
            return
        idle = SyncStateRow.status.not_in(("running", "waiting"))
        queued = update(SyncStateRow).where(SyncStateRow.athlete_id == athlete_id, idle)
        self._session.execute(queued.values(status="queued", detail=None, code=None, retry_at=now))

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
        return changed(self._session, taken.values(**values, detail=None, code=None, retry_at=None)) == 1

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

    def show_run(self, run_id: UUID, **values: Any) -> None:
        """Writes how a run goes, or how it ended."""
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

    def due(self, limit: int, *, failed_before: datetime) -> list[UUID]:
        """Connected athletes that no run owns or awaits, the longest unvisited first.

        Of those whom no other try can help, only those that failed before then: each takes the turn of another.
        """
        row = SyncStateRow
        helpless = and_(row.status == "failed", row.retry_at.is_(None), row.finished_at < failed_before)
        visit = select(row.athlete_id, row.finished_at).join(Athlete, Athlete.id == row.athlete_id)
        visit = visit.where(Athlete.strava_athlete_id.is_not(None)).order_by(row.finished_at).limit(limit)
        # one question for each, as the index has the order within a status alone
        asked = (visit.where(each) for each in (row.status == "never", row.status == "success", helpless))
        found = [pair for each in asked for pair in self._session.execute(each).tuples()]
        longest = sorted(found, key=lambda each: (each[1] or _LONG_AGO, each[0]))
        return [athlete_id for athlete_id, _ in longest[:limit]]

    def overdue(self, limit: int, *, now: datetime, grace: timedelta) -> list[UUID]:
        """Athletes whose sync should have gone on by itself longer ago than `grace`: whoever had it may be gone."""
        row = SyncStateRow
        died = select(row.athlete_id).where(row.status == "running", row.lease_until < now - grace)
        waits = select(row.athlete_id).where(row.status != "running", row.retry_at < now - grace)
        late = [*self._session.scalars(died.order_by(row.started_at).limit(limit))]
        late += self._session.scalars(waits.order_by(row.retry_at).limit(limit))
        return late[:limit]

    def looks_spent(self, athlete_id: UUID, window: int) -> int:
        """What was spent in this window on claims of events that were not so."""
        spent = select(SyncStateRow.looks_spent).where(
            SyncStateRow.athlete_id == athlete_id, SyncStateRow.looks_window == window
        )
        return self._session.execute(spent).scalar_one_or_none() or 0

    def spend_looks(self, athlete_id: UUID, window: int, cost: int) -> None:
        """Adds to what was spent in this window."""
        self.show(athlete_id, looks_spent=self.looks_spent(athlete_id, window) + cost, looks_window=window)

    def last_success_at(self, athlete_id: UUID) -> datetime | None:
        """When a run last ended well."""
        ended = select(func.max(SyncRunRow.finished_at)).where(
            SyncRunRow.athlete_id == athlete_id, SyncRunRow.status == "success"
        )
        return self._session.execute(ended).scalar_one()

    def newest_connected(self) -> list[tuple[str, int]]:
        """The Telegram and Strava ids of those who are connected, the last to connect first."""
        connected = select(Athlete.telegram_id, Athlete.strava_athlete_id).where(Athlete.strava_athlete_id.is_not(None))
        newest = connected.order_by(Athlete.connected_at.desc(), Athlete.id.desc()).limit(NEWEST_TRIED)
        return [(telegram_id, strava_id) for telegram_id, strava_id in self._session.execute(newest) if strava_id]

    def told(self, athlete_id: UUID, limit: int, *, usable: bool) -> list[Sketch]:
        """What is listed of the newest activities; with `usable` of those that gave features."""
        columns = (Activity.sport, Activity.started_at, Activity.distance_m, Activity.gain_m)
        mine = select(*columns).where(Activity.athlete_id == athlete_id)
        if usable:
            mine = mine.where(Activity.features.is_not(None))
        rows = self._session.execute(mine.order_by(Activity.started_at.desc()).limit(limit))
        return [Sketch(sport, day_of(start), length_m, gain_m) for sport, start, length_m, gain_m in rows]

    def asked_about(self, athlete_id: UUID, limit: int) -> list[Sketch]:
        """The courses the athlete asked about last."""
        columns = (LedgerEntry.mode, LedgerEntry.created_at, LedgerEntry.distance_m, LedgerEntry.gain_m)
        mine = select(*columns).where(LedgerEntry.athlete_id == athlete_id)
        rows = self._session.execute(mine.order_by(LedgerEntry.created_at.desc()).limit(limit))
        return [
            Sketch("hike" if mode == "hiking" else "trail_run", day_of(at), length_m, gain_m)
            for mode, at, length_m, gain_m in rows
        ]
