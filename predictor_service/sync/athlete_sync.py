"""One run of one athlete's sync, from the lease to the record of how it ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, Protocol
from uuid import UUID

import structlog

from kernel.errors import DomainError
from kernel.retry import backoff_s
from kernel.strava.quota import Priority
from predictor_service.activities.store import ActivityCounts, ActivityStore
from predictor_service.strava.errors import AppInactive, RateLimited, StravaUnavailable
from predictor_service.strava.tokens import TokenUnavailable
from predictor_service.sync.access import Access, TokenSource
from predictor_service.sync.doubts import MOST_PROBES, Doubts, NextLooks
from predictor_service.sync.listing import ListApi, Listing, Pages
from predictor_service.sync.plan import Portions
from predictor_service.sync.queueing import SyncJobs
from predictor_service.sync.reader import DetailsApi, Reader
from predictor_service.sync.reading import Left, Profiles, Reading
from predictor_service.sync.run import Lease, LeaseLost, Tally
from predictor_service.sync.store import INTERRUPTED, SyncStore
from predictor_service.sync.trouble import Blame
from servicekit.data.database import Database
from servicekit.http.client import UpstreamDeadline

FIRST_BACKOFF_S: Final = 30.0
MOST_BACKOFF_S: Final = 1800.0
INACTIVE_RETRY: Final = timedelta(hours=1)
SHORTEST_QUOTA_WAIT: Final = timedelta(seconds=30)
INTERNAL: Final = "The sync stopped on an internal error; it is tried again by itself."


class SyncApi(ListApi, DetailsApi, Protocol):
    """Strava, as far as a sync needs it."""


@dataclass(frozen=True, slots=True)
class Whom:
    """The athlete of a run."""

    id: UUID
    telegram_id: str
    strava_id: int | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended. `error` is set when it failed, `retry_at` when it waits or was skipped for another run."""

    status: Literal["success", "waiting", "skipped", "failed"]
    tally: Tally
    retry_at: datetime | None = None
    error: DomainError | None = None


class Runner:
    """Runs syncs; at most one per athlete, over all processes."""

    def __init__(
        self,
        *,
        database: Database,
        api: SyncApi,
        tokens: TokenSource,
        profiles: Profiles,
        jobs: SyncJobs,
        portions: Portions,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._api = api
        self._tokens = tokens
        self._profiles = profiles
        self._jobs = jobs
        self._portions = portions
        self._now = now

    async def run(self, whom: Whom, pages: Pages, *, read: bool, priority: Priority | None = None) -> Outcome:
        """Lists, and with `read` reads a portion of the details; whatever is left is queued.

        Never raises for what Strava, the tokens or the quota do: the outcome and the athlete's state tell.
        """
        lease, tally = Lease(whom.id, self._database, self._now), Tally()
        if not await lease.take():
            return await self._leave_to_the_other(whom, tally)
        try:
            return await self._work(whom, lease, tally, pages, read=read, priority=priority)
        except LeaseLost:
            return Outcome("skipped", tally)
        except DomainError as error:
            return await self._stop(lease, tally, error)
        except asyncio.CancelledError:
            await self._end(lease, tally, "queued", INTERRUPTED)
            raise
        except Exception:
            await self._end(lease, tally, "failed", INTERNAL)
            raise

    async def _work(
        self, whom: Whom, lease: Lease, tally: Tally, pages: Pages, *, read: bool, priority: Priority | None
    ) -> Outcome:
        access = Access(self._tokens, whom.telegram_id, whom.strava_id)
        counts = await self._counts(whom.id)
        own = Priority.FIRST_LOOK if counts.read < self._portions.first_look else Priority.DEEP
        complete = await Listing(self._api, access, lease, tally, priority or own).bring_up_to_date(pages)
        doubts = Doubts(self._api, access, lease, tally, self._profiles)
        # whoever waits for a list does not wait for single activities
        looks = await doubts.settle(complete=complete, most=MOST_PROBES if read else 0)
        blame = Blame(lease, lambda: self._probe(access, own))
        reading = Reading(
            reader=Reader(self._api, access, own),
            lease=lease,
            tally=tally,
            portions=self._portions,
            profiles=self._profiles,
            blame=blame,
        )
        left = await reading.read(self._portions.next(counts.read) if read else 0)
        await self._succeed(lease, tally, left, looks, complete=complete)
        return Outcome("success", tally)

    async def _probe(self, access: Access, priority: Priority) -> None:
        await access.call(
            lambda token: self._api.list_activities(token, before=None, page=1, per_page=1, priority=priority)
        )

    async def _succeed(self, lease: Lease, tally: Tally, left: Left, looks: NextLooks, *, complete: bool) -> None:
        """Ends the run and queues the next one, if there is something left, in one transaction."""
        detail = None
        if left.given_up:
            detail = (
                f"{left.given_up} of the activities could not be read and were left out; a full sync tries them again."
            )
        async with self._database.transaction() as session:
            await lease.end(session, tally, status="success", detail=detail, outages=0)
            if left.ready or not complete:
                await self._jobs.go_on(session, lease.athlete_id)
            elif left.next_at is not None:
                await self._jobs.go_on(session, lease.athlete_id, at=left.next_at)
            await self._jobs.look_again(session, lease.athlete_id, looks.listed_at, looks.probed_at)
        _log(lease, tally, "success")

    async def _stop(self, lease: Lease, tally: Tally, error: DomainError) -> Outcome:
        """Ends a run that an expected trouble stopped: to wait, or for the athlete or the operator to act."""
        outages = 0
        if isinstance(error, UpstreamDeadline):
            # whoever asked gave up waiting; the sync need not
            async with self._database.transaction() as session:
                await lease.end(session, tally, status="queued", detail=None)
                await self._jobs.go_on(session, lease.athlete_id)
            return Outcome("failed", tally, error=error)
        if isinstance(error, RateLimited):
            # the reserve is released call by call: waking up for each of them would be a waste
            retry_at = max(error.retry_at, self._now() + SHORTEST_QUOTA_WAIT)
        elif isinstance(error, AppInactive):
            retry_at = self._now() + INACTIVE_RETRY
        elif isinstance(error, StravaUnavailable | TokenUnavailable):
            outages = await self._outages(lease.athlete_id) + 1
            wait_s = backoff_s(outages, first_s=FIRST_BACKOFF_S, most_s=MOST_BACKOFF_S)
            retry_at = self._now() + timedelta(seconds=max(wait_s, error.retry_after_s or 0.0))
        else:
            await self._end(lease, tally, "failed", str(error))
            return Outcome("failed", tally, error=error)
        await self._end(lease, tally, "waiting", str(error), retry_at=retry_at, outages=outages)
        return Outcome("waiting", tally, retry_at, error)

    async def _end(self, lease: Lease, tally: Tally, status: str, detail: str, **state: object) -> None:
        async with self._database.transaction() as session:
            await lease.end(session, tally, status=status, detail=detail, **state)
        _log(lease, tally, status, detail)

    async def _leave_to_the_other(self, whom: Whom, tally: Tally) -> Outcome:
        async with self._database.reading() as session:
            state = await SyncStore(session).state(whom.id)
        return Outcome("skipped", tally, retry_at=state.lease_until if state else None)

    async def _counts(self, athlete_id: UUID) -> ActivityCounts:
        async with self._database.reading() as session:
            return await ActivityStore(session).counts(athlete_id)

    async def _outages(self, athlete_id: UUID) -> int:
        async with self._database.reading() as session:
            state = await SyncStore(session).state(athlete_id)
        return state.outages if state else 0


def _log(lease: Lease, tally: Tally, status: str, detail: str | None = None) -> None:
    structlog.get_logger(__name__).info(
        "sync_ended",
        athlete=str(lease.athlete_id),
        status=status,
        pages=tally.pages,
        new=tally.new,
        read=tally.read,
        detail=detail,
    )
