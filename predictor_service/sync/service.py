"""Syncs as callers see them: start one, run one now, and ask how it stands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol, cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from kernel.contracts.sync import RateLimitStatus, SyncHistory, SyncResult, SyncState, SyncStatus
from kernel.strava.quota import Priority
from predictor_service.activities.models import Activity
from predictor_service.athletes.models import Athlete
from predictor_service.athletes.store import AthleteStore
from predictor_service.events.store import DoubtStore, EventStore
from predictor_service.strava.errors import RateLimited
from predictor_service.strava.tokens import TokensOff
from predictor_service.sync.errors import AthleteUnknown
from predictor_service.sync.listing import Pages
from predictor_service.sync.queueing import SyncJobs
from predictor_service.sync.run import Tally
from predictor_service.sync.runner import Outcome, Runner, Whom
from predictor_service.sync.store import SyncStore
from servicekit.data.database import Database

RUNS_SHOWN = 50
LIST_KEPT = timedelta(hours=1)
DAILY_SHARE = 0.1
"""The part of a day's reads that may go into visiting athletes whom nothing was heard of."""


class Ledger(Protocol):
    """What knows how much of Strava's quota is used."""

    async def status(self) -> RateLimitStatus:
        """The buckets now."""
        ...


class SyncService:
    """Everything about syncs that is asked from outside."""

    def __init__(
        self, database: Database, runner: Runner, jobs: SyncJobs, ledger: Ledger, now: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._runner = runner
        self._jobs = jobs
        self._ledger = ledger
        self._now = now

    async def start(self, athlete_id: UUID, *, session: AsyncSession) -> None:
        """Queues a sync of the athlete before all others, with the commit of `session`."""
        await self._jobs.start(athlete_id, session=session)

    async def look(self, athlete_id: UUID, *, session: AsyncSession) -> None:
        """Queues a look at the athlete's list, with the commit of `session`; one in a quota window is made."""
        await self._jobs.look(session, athlete_id)

    async def run(self, athlete_id: UUID, *, goes_on: bool = False, looks: bool = False) -> Outcome | None:
        """One portion of the athlete's sync; None when there is no such athlete any more.

        A portion that goes on with an earlier one, or woke up after a wait, does not ask for a list it has; one that
        `looks`, because something happened, asks once in a quota window, and only while there is something to look for.
        """
        async with self._database.reading() as session:
            athlete = await AthleteStore(session).by_id(athlete_id)
            state = await SyncStore(session).state(athlete_id)
            sought = not looks or await self._is_sought(session, athlete_id)
            free_at = await self._jobs.free_at(session, athlete_id) if looks else self._now()
        if athlete is None or (looks and not sought and state is not None and state.status == "success"):
            return None
        if sought and free_at > self._now():
            return Outcome("skipped", Tally(), retry_at=free_at)
        # a look whose list was read before it had to stop has only the rest to do
        resumes = not sought or (not looks and (goes_on or (state is not None and state.status == "waiting")))
        pages = Pages(fresh_enough=LIST_KEPT if resumes else None)
        priority = Priority.WEBHOOK if looks else None
        return await self._runner.run(_whom(athlete), pages, read=True, priority=priority)

    async def _is_sought(self, session: AsyncSession, athlete_id: UUID) -> bool:
        """Whether something happened since the last list, or an announced activity is due to be looked for."""
        listed_at = await SyncStore(session).last_listed_at(athlete_id)
        heard_at = await EventStore(session).newest_at(athlete_id)
        if listed_at is None or (heard_at is not None and heard_at >= listed_at):
            return True
        doubts = await DoubtStore(session).of(athlete_id)
        return any(each.kind == "awaited" and each.due_at <= self._now() for each in doubts)

    async def sync_now(self, strava_athlete_id: int, pages: Pages) -> SyncResult:
        """Lists the athlete's activities while the caller waits, and queues the reading of their details.

        Raises AthleteUnknown, NoToken and StravaFault; an empty quota and another run at work are results.
        """
        athlete = await self._athlete(strava_athlete_id)
        outcome = await self._runner.run(_whom(athlete), pages, read=False, priority=Priority.INTERACTIVE)
        error = outcome.error
        if error is not None and not isinstance(error, RateLimited | TokensOff):
            raise error
        return SyncResult(
            status="skipped" if outcome.status == "failed" else outcome.status,
            synced_count=outcome.tally.synced,
            new_count=outcome.tally.new,
            updated_count=outcome.tally.updated,
            pages_fetched=outcome.tally.pages,
            rate_limit_status=await self.rate_limits(),
        )

    async def rate_limits(self) -> RateLimitStatus:
        """How much of Strava's quota is used and left."""
        return await self._ledger.status()

    async def newest(self, strava_athlete_id: int, limit: int) -> list[Activity]:
        """The athlete's newest Strava activities."""
        athlete = await self._athlete(strava_athlete_id)
        async with self._database.reading() as session:
            return await SyncStore(session).newest(athlete.id, limit)

    async def newest_connected(self) -> int:
        """The Strava id of the athlete who connected last. Raises AthleteUnknown when nobody has."""
        async with self._database.reading() as session:
            athlete = await SyncStore(session).newest_connected()
        if athlete is None or athlete.strava_athlete_id is None:
            raise AthleteUnknown
        return athlete.strava_athlete_id

    async def state(self, strava_athlete_id: int) -> SyncState:
        """Where the athlete's sync stands. Raises AthleteUnknown."""
        athlete = await self._athlete(strava_athlete_id)
        async with self._database.reading() as session:
            store = SyncStore(session)
            row, profile_ready = await store.state(athlete.id), await store.has_profile(athlete.id)
        return SyncState(
            athlete_id=strava_athlete_id,
            status=cast("SyncStatus", row.status) if row else "never",
            activities_known=row.activities_known if row else 0,
            activities_read=row.activities_read if row else 0,
            started_at=row.started_at if row else None,
            finished_at=row.finished_at if row else None,
            detail=row.detail if row else None,
            profile_ready=profile_ready,
        )

    async def history(self, strava_athlete_id: int) -> SyncHistory:
        """The athlete's last runs. Raises AthleteUnknown."""
        athlete = await self._athlete(strava_athlete_id)
        async with self._database.reading() as session:
            return SyncHistory(await SyncStore(session).runs(athlete.id, RUNS_SHOWN))

    async def visit_due(self, interval_s: float) -> int:
        """Queues the athletes longest unvisited, spread over the interval, and says how many.

        Each costs a read, so only as many as a tenth of the day's reads allows: hourly visits to everyone would leave
        nothing for anyone from some eighty athletes on.
        """
        limits = await self._ledger.status()
        most = max(1, int(limits.read.limit[1] * DAILY_SHARE * interval_s / 86_400))
        async with self._database.transaction() as session:
            due = await SyncStore(session).due(most)
            for index, athlete_id in enumerate(due):
                await self._jobs.visit(athlete_id, session=session, delay_s=index * min(10.0, interval_s / len(due)))
        return len(due)

    async def _athlete(self, strava_athlete_id: int) -> Athlete:
        async with self._database.reading() as session:
            athlete = await AthleteStore(session).by_strava_id(strava_athlete_id)
        if athlete is None:
            raise AthleteUnknown
        return athlete


def _whom(athlete: Athlete) -> Whom:
    return Whom(athlete.id, athlete.telegram_id, athlete.strava_athlete_id)
