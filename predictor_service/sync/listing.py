"""The list of an athlete's activities: newest first, page by page, from the top down to what is surely known.

Listing down from the top needs one read for an athlete who is up to date, finds late uploads of any start within the
page, and never leaves the newest activities to the end. Where it stops, through a page cap or a kill, the next run
goes on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from kernel.strava.quota import Priority
from predictor_service.activities.store import ActivityStore, StravaActivityRow, Upserted
from predictor_service.strava.answers import Summary
from predictor_service.strava.client import AthletesActivities
from predictor_service.sync.lease import Standing, SyncLease
from predictor_service.sync.plan import OVERLAP, aside_of, sport_of
from predictor_service.sync.store import Cursor, SyncStore


@dataclass(frozen=True, slots=True)
class Pages:
    """How a list is asked for."""

    incremental: bool = True
    per_page: int = 200
    most: int | None = None
    fresh_enough: timedelta | None = None
    """Nothing is asked when the last complete list is not older than this."""


class Listing:
    """Lists one athlete within one run."""

    def __init__(self, strava: AthletesActivities, lease: SyncLease, standing: Standing, priority: Priority) -> None:
        self._strava = strava
        self._lease = lease
        self._cursor = standing.cursor
        self._listed_at = standing.listed_at
        self._priority = priority

    async def bring_up_to_date(self, pages: Pages) -> bool:
        """Whether the list was followed to its floor. A listing that an earlier run left open is finished first."""
        if pages.fresh_enough is not None and self._is_fresh(pages.fresh_enough):
            return True
        if not pages.incremental:
            await self._start_over()
        resumed = self._cursor.listing_before is not None
        complete = await self._go_down(pages)
        if complete and resumed:
            complete = await self._go_down(pages)
        return complete

    def _is_fresh(self, age: timedelta) -> bool:
        complete = self._cursor.watermark is not None and self._cursor.listing_before is None
        return complete and self._listed_at is not None and self._lease.now() - self._listed_at <= age

    async def _start_over(self) -> None:
        """A full list knows nothing in advance, and activities that were given up get another chance."""
        self._cursor = Cursor()
        athlete_id = self._lease.athlete_id
        await self._lease.step(lambda session: SyncStore(session).forget_trouble(athlete_id), cursor=self._cursor)

    async def _go_down(self, pages: Pages) -> bool:
        anchor, top, watermark = self._cursor.listing_before, self._cursor.listing_top, self._cursor.watermark
        floor = None if watermark is None else watermark - OVERLAP
        page = 0
        while pages.most is None or self._lease.tally.pages < pages.most:
            page += 1
            listed = await self._fetch(anchor, page, pages.per_page)
            top = max([each.start_date for each in listed] + ([top] if top else []), default=None)
            oldest = min((each.start_date for each in listed), default=None)
            if anchor is None:
                # a page that is not full is the last one: it also tells that nothing older is left
                self._lease.tally.covered_from = oldest if len(listed) >= pages.per_page else None
            if oldest is None or (floor is not None and oldest < floor):
                # a device with a wrong clock may have recorded in the future
                reached = min(top, self._lease.now()) if top else watermark
                await self._keep(listed, Cursor(watermark=reached))
                return True
            # one second more, so that the next run sees this activity again and none of the same second is lost
            seen = oldest + timedelta(seconds=1)
            await self._keep(listed, replace(self._cursor, listing_before=seen, listing_top=top))
        return False

    async def _fetch(self, before: datetime | None, page: int, per_page: int) -> Sequence[Summary]:
        listed = await self._strava.list_activities(
            before=before, page=page, per_page=per_page, priority=self._priority
        )
        self._lease.tally.pages += 1
        self._lease.tally.listed.update(each.id for each in listed)
        return listed

    async def _keep(self, listed: Sequence[Summary], cursor: Cursor) -> None:
        outcomes, others = await self._lease.step(lambda session: self._store(session, listed), cursor=cursor)
        self._cursor = cursor
        self._lease.tally.synced += len(outcomes)
        self._lease.tally.new += sum(outcome == "new" for outcome in outcomes.values())
        self._lease.tally.not_on_foot |= others

    def _store(self, session: Session, listed: Sequence[Summary]) -> tuple[Mapping[int, Upserted], frozenset[int]]:
        """What became of those on foot, and which of the others are stored."""
        activities, sync, athlete_id = ActivityStore(session), SyncStore(session), self._lease.athlete_id
        now = self._lease.now()
        rows = [row for each in listed if (row := _row(each, now)) is not None]
        outcomes = activities.upsert_strava(athlete_id, rows)
        aside = {row.strava_activity_id: outcomes[row.strava_activity_id] for row in rows if row.aside is not None}
        sync.mark_read(athlete_id, [each for each, outcome in aside.items() if outcome != "same"], now)
        self._lease.tally.withdrawn |= {each for each, outcome in aside.items() if outcome == "updated"}
        sync.forget_trouble_with(athlete_id, [each for each, outcome in outcomes.items() if outcome == "updated"])
        counts = activities.counts(athlete_id)
        sync.show(athlete_id, activities_known=counts.known, activities_read=counts.read)
        others = [each.id for each in listed if each.id not in outcomes]
        return outcomes, activities.known(athlete_id, others)


def _row(summary: Summary, now: datetime) -> StravaActivityRow | None:
    """What is stored of an activity on foot."""
    sport = sport_of(summary)
    if sport is None:
        return None
    return StravaActivityRow(
        strava_activity_id=summary.id,
        sport_type=summary.sport,
        sport=sport,
        started_at=summary.start_date,
        distance_m=summary.distance_m,
        moving_time_s=summary.moving_time_s,
        elapsed_time_s=summary.elapsed_time_s,
        gain_m=summary.total_elevation_gain or 0.0,
        aside=aside_of(summary, now),
    )
