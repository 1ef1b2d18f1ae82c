"""The list of an athlete's activities: newest first, page by page, from the top down to what is surely known.

Listing down from the top needs one read for an athlete who is up to date, finds late uploads of any start within the
page, and never leaves the newest activities to the end. Where it stops, through a page cap or a kill, the next run
goes on. Only a page without entries is the end of a list: Strava may send fewer than it was asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from kernel.strava.quota import Priority
from predictor_service.activities.store import ActivityStore
from predictor_service.strava.answers import ListPage
from predictor_service.strava.client import AthletesActivities
from predictor_service.sync.lease import Standing, SyncLease
from predictor_service.sync.plan import OVERLAP
from predictor_service.sync.store import Cursor, SyncStore
from predictor_service.sync.taking import Taken, take


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
        oldest, number = None, 0
        while pages.most is None or self._lease.tally.pages < pages.most:
            number += 1
            page = await self._fetch(anchor, number, pages.per_page)
            starts = [each.start_date for each in page.activities]
            top = max([*starts, *([top] if top else [])], default=None)
            oldest = min([*starts, *([oldest] if oldest else [])], default=None)
            if anchor is None:
                self._lease.tally.covered_from = oldest if page.entries else None
            if not page.entries or await self._reaches(floor, oldest, short=page.entries < pages.per_page):
                # a device with a wrong clock may have recorded in the future
                reached = min(top, self._lease.now()) if top else watermark
                await self._keep(page, Cursor(watermark=reached))
                return True
            # one second more, so that the next run sees this activity again and none of the same second is lost
            seen = anchor if oldest is None else oldest + timedelta(seconds=1)
            await self._keep(page, replace(self._cursor, listing_before=seen, listing_top=top))
        return False

    async def _reaches(self, floor: datetime | None, oldest: datetime | None, *, short: bool) -> bool:
        """Whether the list need not be followed further than to `oldest`.

        Behind a page that is not full there may be nothing, which is how the deletion of the very oldest shows.
        """
        if floor is None or oldest is None or oldest >= floor:
            return False
        if not short:
            return True
        mine = self._lease.athlete_id
        return not await self._lease.step(lambda session: ActivityStore(session).has_before(mine, oldest))

    async def _fetch(self, before: datetime | None, number: int, per_page: int) -> ListPage:
        page = await self._strava.list_activities(
            before=before, page=number, per_page=per_page, priority=self._priority
        )
        self._lease.tally.pages += 1
        self._lease.tally.listed.update(each.id for each in page.activities)
        return page

    async def _keep(self, page: ListPage, cursor: Cursor) -> None:
        taken = await self._lease.step(lambda session: self._store(session, page), cursor=cursor)
        self._cursor = cursor
        self._lease.tally.synced += len(taken.outcomes)
        self._lease.tally.new += sum(outcome == "new" for outcome in taken.outcomes.values())
        self._lease.tally.not_on_foot |= taken.not_on_foot

    def _store(self, session: Session, page: ListPage) -> Taken:
        # who goes on after a kill need not ask again
        SyncStore(session).show_run(self._lease.run_id, pages_fetched=self._lease.tally.pages)
        taken = take(session, self._lease.athlete_id, page.activities, self._lease.now())
        self._lease.tally.withdrawn |= taken.withdrawn
        return taken
