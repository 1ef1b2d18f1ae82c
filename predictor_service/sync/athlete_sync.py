"""One sync of one athlete, from the lease to the record of how it ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Literal
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from kernel.errors import DomainError
from kernel.retry import backoff_s
from kernel.strava.quota import Priority
from predictor_service.athletes.models import Athlete
from predictor_service.strava.client import AthletesActivities
from predictor_service.sync.lease import LeaseLost, SyncLease, Tally
from predictor_service.sync.listing import Listing, Pages
from predictor_service.sync.plan import Portions
from predictor_service.sync.portion import Portion, waiting
from predictor_service.sync.schedule import SyncSchedule
from predictor_service.sync.store import INTERRUPTED, SyncStore
from predictor_service.sync.unlisted import MOST_PROBES, NextLooks, Unlisted
from servicekit.data.database import Database
from servicekit.data.trouble import DatabaseUnavailable
from servicekit.http.errors import UpstreamDeadline
from servicekit.strava.errors import (
    AppInactive,
    RateLimited,
    RequestFailed,
    StravaMisconfigured,
    StravaUnavailable,
    TokenUnavailable,
)

SHORTEST_WAIT_S: Final = 30.0
MOST_BACKOFF_S: Final = 1800.0
OPERATORS_TIME: Final = timedelta(hours=1)
INTERNAL: Final = "The sync stopped on an internal error; it is tried again by itself."


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended. `error` is set when it failed, `retry_at` when it waits or was skipped for another run."""

    status: Literal["success", "waiting", "skipped", "failed"]
    tally: Tally
    retry_at: datetime | None = None
    error: DomainError | None = None


class AthleteSync:
    """Syncs athletes; each by at most one run at a time, over all processes."""

    def __init__(
        self,
        database: Database,
        strava_of: Callable[[str, int | None], AthletesActivities],
        rebuild: Callable[[Session, UUID], None],
        schedule: SyncSchedule,
        *,
        now: Callable[[], datetime],
        portions: Portions | None = None,
    ) -> None:
        """`strava_of` takes a Telegram id and the Strava id that has to be theirs. `rebuild` fits their profiles."""
        self._database = database
        self._strava_of = strava_of
        self._rebuild = rebuild
        self._schedule = schedule
        self._portions = portions or Portions()
        self._now = now

    async def run(self, whom: Athlete, pages: Pages, *, read: bool, priority: Priority | None = None) -> Outcome:
        """Lists, and with `read` reads a portion of the details; whatever is left is queued.

        Never raises for what Strava, the tokens or the quota do: the outcome and the athlete's state tell.
        """
        lease = SyncLease(whom.id, self._database, self._now)
        try:
            return await self._work(whom, lease, pages, read=read, priority=priority)
        except LeaseLost as lost:
            return Outcome("skipped", lease.tally, retry_at=lost.until)
        except DatabaseUnavailable:
            await self._end(lease, "queued", INTERRUPTED)
            raise
        except DomainError as error:
            outcome = await self._database.write(partial(self._stop, lease=lease, error=error))
            _log(lease, outcome.status, str(error))
            return outcome
        except asyncio.CancelledError:
            await self._end(lease, "queued", INTERRUPTED)
            raise
        except Exception:
            await self._end(lease, "failed", INTERNAL)
            raise

    async def _work(
        self, whom: Athlete, lease: SyncLease, pages: Pages, *, read: bool, priority: Priority | None
    ) -> Outcome:
        standing, strava = await lease.take(whom.generation), self._strava_of(whom.telegram_id, whom.strava_athlete_id)
        own = Priority.FIRST_LOOK if standing.counts.read < self._portions.first_look else Priority.DEEP
        listing = Listing(strava, lease, standing, own if priority is None else priority)
        complete = await listing.bring_up_to_date(pages)
        # whoever waits for a list does not wait for single activities
        unlisted = Unlisted(strava, lease, self._rebuild)
        looks = await unlisted.settle(complete=complete, most=MOST_PROBES if read else 0)
        if read:
            portion = Portion(strava, lease, self._portions, self._rebuild, own)
            await portion.read(self._portions.next(standing.counts.read))
        await self._database.write(lambda session: self._succeed(session, lease, looks, complete=complete))
        _log(lease, "success")
        return Outcome("success", lease.tally)

    def _succeed(self, session: Session, lease: SyncLease, looks: NextLooks, *, complete: bool) -> None:
        """Ends the run and queues the next one, if there is something left."""
        athlete_id, detail = lease.athlete_id, None
        left = waiting(session, athlete_id, self._now(), self._portions)
        if left.given_up:
            detail = (
                f"{left.given_up} of the activities could not be read and were left out; a full sync tries them again."
            )
        lease.end(session, status="success", detail=detail, outages=0)
        if left.ready or not complete:
            self._schedule.go_on(session, athlete_id)
        elif left.next_at is not None:
            self._schedule.go_on(session, athlete_id, at=left.next_at)
        self._schedule.look_again(session, athlete_id, looks.listed_at, looks.probed_at)

    def _stop(self, session: Session, lease: SyncLease, error: DomainError) -> Outcome:
        """Ends a run that an expected trouble stopped: to wait, or for the athlete or the operator to act."""
        if isinstance(error, UpstreamDeadline):
            # whoever asked gave up waiting; the sync need not
            lease.end(session, status="queued", detail=None)
            self._schedule.go_on(session, lease.athlete_id)
            return Outcome("failed", lease.tally, error=error)
        outages = 0
        if isinstance(error, TokenUnavailable | RequestFailed):
            state = SyncStore(session).state(lease.athlete_id)
            outages = 1 if state is None else state.outages + 1
        retry_at = self._retry_at(error, outages)
        status: Literal["waiting", "failed"] = "failed" if retry_at is None else "waiting"
        lease.end(session, status=status, detail=str(error), retry_at=retry_at, outages=outages)
        return Outcome(status, lease.tally, retry_at, error)

    def _retry_at(self, error: DomainError, outages: int) -> datetime | None:
        """When waiting is over, after so many outages in a row; None for what waiting does not mend."""
        now = self._now()
        if isinstance(error, RateLimited):
            # the reserve is released call by call: waking up for each of them would be a waste
            return max(error.retry_at, now + timedelta(seconds=SHORTEST_WAIT_S))
        if isinstance(error, AppInactive | StravaMisconfigured):
            return now + OPERATORS_TIME
        if isinstance(error, StravaUnavailable | TokenUnavailable | RequestFailed):
            wait_s = max(SHORTEST_WAIT_S, backoff_s(outages, first_s=SHORTEST_WAIT_S, most_s=MOST_BACKOFF_S))
            return now + timedelta(seconds=max(wait_s, getattr(error, "retry_after_s", None) or 0.0))
        return None

    async def _end(self, lease: SyncLease, status: str, detail: str) -> None:
        await self._database.write(lambda session: lease.end(session, status=status, detail=detail))
        _log(lease, status, detail)


def _log(lease: SyncLease, status: str, detail: str | None = None) -> None:
    structlog.get_logger(__name__).info(
        "sync_ended",
        athlete=str(lease.athlete_id),
        status=status,
        pages=lease.tally.pages,
        new=lease.tally.new,
        read=lease.tally.read,
        detail=detail,
    )
