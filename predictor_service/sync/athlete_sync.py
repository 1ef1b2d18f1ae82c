"""One sync of one athlete, from the lease to the record of how it ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal, TypeVar
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from kernel.errors import DomainError
from kernel.strava.quota import Priority
from predictor_service.athletes.models import Athlete
from predictor_service.events.store import DoubtStore
from predictor_service.paths.memory import PathMemory
from predictor_service.strava.client import AthletesActivities
from predictor_service.sync.details import Details
from predictor_service.sync.endings import ANOTHER_DAY, DEADLINE_CODE, INTERNAL, INTERNAL_CODE, RUNNING_CODE, ending_of
from predictor_service.sync.lease import LeaseLost, Standing, SyncLease, Tally
from predictor_service.sync.listing import Listing, Pages
from predictor_service.sync.naming import Naming
from predictor_service.sync.plan import Portions
from predictor_service.sync.portion import Portion, waiting
from predictor_service.sync.schedule import CLOSED, SyncSchedule, window_number
from predictor_service.sync.store import INTERRUPTED, SyncStore
from predictor_service.sync.unlisted import AWAITED_LADDER, MANY_NEW, MOST_PROBES, Unlisted
from servicekit.data.database import Database
from servicekit.data.patience import must_be_kept
from servicekit.data.trouble import DatabaseUnavailable
from servicekit.http.errors import UpstreamDeadline

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended. `error` and `code` say what stopped it, `retry_at` when the sync goes on by itself, if it does.

    One that was skipped for another run goes on when that one ends, at the latest then if it has died.
    """

    status: Literal["success", "waiting", "skipped", "failed"]
    tally: Tally
    retry_at: datetime | None = None
    error: DomainError | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Mission:
    """What a run is for: `pages` how the list is asked for, `read` whether details are read too.

    `looks`: only what events have named is asked for, and whatever else waits goes on waiting. `priority` is that of
    the list and, unless `looks`, not of the details. `of_newcomer`: nobody has begun theirs before.
    """

    pages: Pages
    read: bool = True
    looks: bool = False
    priority: Priority | None = None
    of_newcomer: bool = False


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
        memory: PathMemory | None = None,
        portions: Portions | None = None,
    ) -> None:
        """`strava_of` takes a Telegram id and the Strava id that has to be theirs. `rebuild` fits their profiles.

        `memory`: without it no paths are kept.
        """
        self._database = database
        self._strava_of = strava_of
        self._rebuild = rebuild
        self._schedule = schedule
        self._portions = portions or Portions()
        self._memory = memory
        self._now = now

    async def run(self, whom: Athlete, mission: Mission) -> Outcome:
        """Runs the mission; whatever is left is queued.

        Never raises for what Strava, the tokens or the quota do: the outcome and the athlete's state tell.
        """
        lease = SyncLease(whom.id, self._database, self._now)
        try:
            async with lease.kept():
                return await self._work(whom, lease, mission)
        except LeaseLost as lost:
            return Outcome("skipped", lease.tally, lost.until, lost, RUNNING_CODE)
        except DatabaseUnavailable:
            await self._end(lease, "queued", INTERRUPTED)
            raise
        except DomainError as error:
            outcome = await self._kept(partial(self._stop, lease=lease, error=error, asked=not mission.read))
            _log(lease, outcome.status, str(error))
            return outcome
        except asyncio.CancelledError:
            if mission.read:
                await self._end(lease, "queued", INTERRUPTED)
            else:
                await self._kept(partial(self._give_back, lease=lease))
            raise
        except Exception:
            await self._end(lease, "failed", INTERNAL)
            raise

    async def _work(self, whom: Athlete, lease: SyncLease, mission: Mission) -> Outcome:
        standing, strava = await lease.take(whom.generation), self._strava_of(whom.telegram_id, whom.strava_athlete_id)
        own = Priority.FIRST_LOOK if standing.counts.read < self._portions.first_look else Priority.DEEP
        complete = True
        if not mission.looks or await lease.step(partial(self._many_new, athlete_id=whom.id)):
            listing = Listing(strava, lease, standing, own if mission.priority is None else mission.priority)
            complete = await listing.bring_up_to_date(mission.pages)
            if mission.looks and not lease.tally.new:
                await lease.step(partial(self._close_door, athlete_id=whom.id))
        # whoever waits for a list does not wait for single activities
        details = await Details.of(strava, lease, self._memory)
        unlisted = Unlisted(Naming(strava, details, lease, self._rebuild), lease, self._rebuild)
        next_look = await unlisted.settle(complete=complete, most=MOST_PROBES if mission.read else 0)
        if mission.read and (not mission.looks or lease.tally.pages):
            priority = Priority.WEBHOOK if mission.looks else own
            portion = Portion(details, lease, self._portions, self._rebuild, priority, between=unlisted.ask)
            most = self._portions.next(standing.counts.read)
            await portion.read(min(most, lease.tally.new) if mission.looks else most)
        looked = mission.looks and not lease.tally.pages
        succeed = partial(self._succeed, lease=lease, next_look=next_look, complete=complete)
        await self._database.write(partial(succeed, standing=standing if looked else None))
        _log(lease, "success")
        return Outcome("success", lease.tally)

    def _many_new(self, session: Session, athlete_id: UUID) -> bool:
        return DoubtStore(session).new_ones(athlete_id, self._now()) >= MANY_NEW

    def _close_door(self, session: Session, athlete_id: UUID) -> None:
        """A page on the word of events that had none of what they named is what claims may cost in a window.

        It was their first look: from now on they are asked for by their ids, or each window would have such a page.
        """
        now = self._now()
        SyncStore(session).spend_looks(athlete_id, window_number(now), CLOSED)
        DoubtStore(session).overlooked(athlete_id, now, now + AWAITED_LADDER[0])

    def _succeed(
        self,
        session: Session,
        *,
        lease: SyncLease,
        next_look: datetime | None,
        complete: bool,
        standing: Standing | None,
    ) -> None:
        """Ends the run and queues the next one, if there is something left.

        `standing`: how it was before a run that only looked at what events named; whatever waited then still does.
        """
        athlete_id, detail = lease.athlete_id, None
        self._schedule.look_again(session, athlete_id, next_look)
        if standing is not None and standing.before.get("status") in {"queued", "waiting"}:
            lease.end(session, **standing.before)
            return
        left = waiting(session, athlete_id, self._now(), self._portions)
        if left.given_up:
            detail = (
                f"{left.given_up} of the activities could not be read and were left out; a full sync tries them again."
            )
        lease.end(session, status="success", detail=detail, outages=0, retry_at=None)
        if left.ready or not complete:
            self._schedule.go_on(session, athlete_id)
        elif left.next_at is not None:
            self._schedule.go_on(session, athlete_id, at=left.next_at)

    def _stop(self, session: Session, *, lease: SyncLease, error: DomainError, asked: bool) -> Outcome:
        """Ends a run that an expected trouble stopped: to wait, or for the athlete or the operator to act.

        `asked`: for somebody who waited, so that no job of the run's own comes back to it.
        """
        now = self._now()
        if isinstance(error, UpstreamDeadline):
            self._give_back(session, lease=lease)
            return Outcome("failed", lease.tally, now, error, DEADLINE_CODE)
        state = SyncStore(session).state(lease.athlete_id)
        ending = ending_of(error, now, 0 if state is None else state.outages)
        known = {"code": ending.code, "retry_at": ending.retry_at, "outages": ending.outages}
        lease.end(session, status=ending.status, detail=str(error), **known)
        if asked and ending.retry_at is not None:
            self._schedule.go_on(session, lease.athlete_id, at=ending.retry_at)
        return Outcome(ending.status, lease.tally, ending.retry_at, error, ending.code)

    def _give_back(self, session: Session, *, lease: SyncLease) -> None:
        """Whoever asked gave up waiting; the sync need not."""
        lease.end(session, status="queued", detail=None, retry_at=self._now())
        self._schedule.go_on(session, lease.athlete_id)

    async def _kept(self, work: Callable[[Session], T]) -> T:
        """A unit that ends a run: it is not given up with whoever waited for the run."""
        with must_be_kept():
            return await self._database.write(work)

    async def _end(self, lease: SyncLease, status: str, detail: str) -> None:
        """Ends a run that was cut off; if its job does not come back, somebody else finds it by its time."""
        failed = status == "failed"
        known = {"code": INTERNAL_CODE if failed else None, "retry_at": self._now() + (ANOTHER_DAY * failed)}
        await self._kept(lambda session: lease.end(session, status=status, detail=detail, **known))
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
