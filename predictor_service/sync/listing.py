"""The list of an athlete's activities: newest first, page by page, from the top down to what is surely known.

Listing down from the top needs one read for an athlete who is up to date, finds late uploads of any start within the
page, and never leaves the newest activities to the end. Where it stops, through a page cap or a kill, the next run
goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from kernel.strava.quota import Priority
from predictor_service.activities.store import ActivityStore, StravaActivityRow
from predictor_service.strava.wire import Summary
from predictor_service.sync.access import Access
from predictor_service.sync.plan import OVERLAP, is_empty, sport_of
from predictor_service.sync.run import Lease, Tally
from predictor_service.sync.store import SyncStore


class ListApi(Protocol):
    """Strava's list of one athlete's activities."""

    async def list_activities(
        self, token: str, *, before: datetime | None, page: int, per_page: int, priority: Priority
    ) -> Sequence[Summary]:
        """One page, empty past the end."""
        ...


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

    def __init__(self, api: ListApi, access: Access, lease: Lease, tally: Tally, priority: Priority) -> None:
        self._api = api
        self._access = access
        self._lease = lease
        self._tally = tally
        self._priority = priority

    async def bring_up_to_date(self, pages: Pages) -> bool:
        """Whether the list was followed to its floor. A listing that an earlier run left open is finished first."""
        if pages.fresh_enough is not None and await self._is_fresh(pages.fresh_enough):
            return True
        if not pages.incremental:
            await self._start_over()
        resumed = await self._listing_before() is not None
        complete = await self._go_down(pages)
        if complete and resumed:
            complete = await self._go_down(pages)
        return complete

    async def _is_fresh(self, age: timedelta) -> bool:
        async with self._lease.database.reading() as session:
            store = SyncStore(session)
            state = await store.state(self._lease.athlete_id)
            listed_at = await store.last_listed_at(self._lease.athlete_id)
        complete = state is not None and state.watermark is not None and state.listing_before is None
        return complete and listed_at is not None and self._lease.now() - listed_at <= age

    async def _start_over(self) -> None:
        """A full list knows nothing in advance, and activities that were given up get another chance."""
        async with self._lease.step(watermark=None, listing_before=None, listing_top=None) as session:
            await SyncStore(session).forget_trouble(self._lease.athlete_id)

    async def _listing_before(self) -> datetime | None:
        async with self._lease.database.reading() as session:
            state = await SyncStore(session).state(self._lease.athlete_id)
        return None if state is None else state.listing_before

    async def _go_down(self, pages: Pages) -> bool:
        async with self._lease.database.reading() as session:
            state = await SyncStore(session).state(self._lease.athlete_id)
        anchor, top, watermark = (state.listing_before, state.listing_top, state.watermark) if state else (None,) * 3
        floor = None if watermark is None else watermark - OVERLAP
        page = 0
        while pages.most is None or self._tally.pages < pages.most:
            page += 1
            listed = await self._fetch(anchor, page, pages.per_page)
            top = max([each.start_date for each in listed] + ([top] if top else []), default=None)
            oldest = min((each.start_date for each in listed), default=None)
            if anchor is None:
                # a page that is not full is the last one: it also tells that nothing older is left
                self._tally.covered_from = oldest if len(listed) >= pages.per_page else None
            if oldest is None or (floor is not None and oldest < floor):
                # a device with a wrong clock may have recorded in the future
                reached = min(top, self._lease.now()) if top else watermark
                await self._store(listed, watermark=reached, listing_before=None, listing_top=None)
                return True
            # one second more, so that the next run sees this activity again and none of the same second is lost
            await self._store(listed, listing_before=oldest + timedelta(seconds=1), listing_top=top)
        return False

    async def _fetch(self, before: datetime | None, page: int, per_page: int) -> Sequence[Summary]:
        listed = await self._access.call(
            lambda token: self._api.list_activities(
                token, before=before, page=page, per_page=per_page, priority=self._priority
            )
        )
        self._tally.pages += 1
        self._tally.listed.update(each.id for each in listed)
        self._tally.other_sports.update(each.id for each in listed if sport_of(each) is None)
        return listed

    async def _store(self, listed: Sequence[Summary], **cursor: datetime | None) -> None:
        async with self._lease.step(**cursor) as session:
            synced, new = await self._upsert(session, listed)
            counts = await ActivityStore(session).counts(self._lease.athlete_id)
            progress = {"activities_known": counts.known, "activities_read": counts.read}
            await SyncStore(session).show(self._lease.athlete_id, **progress)
        self._tally.synced += synced
        self._tally.new += new

    async def _upsert(self, session: AsyncSession, listed: Sequence[Summary]) -> tuple[int, int]:
        store, sync, athlete_id = ActivityStore(session), SyncStore(session), self._lease.athlete_id
        outcomes: dict[int, str] = {}
        for summary in listed:
            sport = sport_of(summary)
            if sport is not None:
                row = StravaActivityRow(
                    strava_activity_id=summary.id,
                    sport_type=summary.sport,
                    sport=sport,
                    started_at=summary.start_date,
                    distance_m=summary.distance_m,
                    moving_time_s=summary.moving_time_s,
                    elapsed_time_s=summary.elapsed_time_s,
                    gain_m=summary.gain_m,
                )
                outcomes[summary.id] = await store.upsert_strava(athlete_id, row)
        await session.flush()
        empty = [each.id for each in listed if is_empty(each) and outcomes.get(each.id) in {"new", "updated"}]
        await sync.mark_read(athlete_id, empty, self._lease.now())
        edited = [strava_id for strava_id, outcome in outcomes.items() if outcome == "updated"]
        await sync.forget_trouble_with(athlete_id, edited)
        return len(outcomes), sum(outcome == "new" for outcome in outcomes.values())
