"""Syncs as callers see them: run one, and ask how it stands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Literal, TypeAlias, cast
from uuid import UUID

from sqlalchemy.orm import Session

from kernel.contracts.sync import RateLimitStatus, SyncHistory, SyncResult, SyncState
from kernel.errors import DomainError
from kernel.strava.quota import Priority
from predictor_service.athletes.models import Athlete
from predictor_service.athletes.store import AthleteStore
from predictor_service.errors import AthleteUnknown, SyncStopped
from predictor_service.events.store import DoubtStore
from predictor_service.strava.tokens import TokenSource
from predictor_service.sync.athlete_sync import AthleteSync, Mission, Outcome
from predictor_service.sync.endings import INTERNAL_CODE
from predictor_service.sync.lease import LeaseLost, Tally
from predictor_service.sync.listing import Pages
from predictor_service.sync.schedule import SyncSchedule
from predictor_service.sync.shown import NEWEST_SHOWN, LatestImport, athlete_of, newest_of, state_of
from predictor_service.sync.store import SyncStore
from servicekit.data.database import Database
from servicekit.strava.errors import NotConnected, RateLimited, ReauthRequired
from servicekit.strava.quotas import AnyQuotas

RUNS_SHOWN: Final = 50
LIST_KEPT: Final = timedelta(hours=1)
DAILY_SHARE: Final = 0.1
"""The part of a day's reads that may go into visiting athletes whom nothing was heard of."""
_Turn: TypeAlias = tuple[Athlete, Mission] | Outcome | datetime | None
"""Whose turn it is, and what for."""
HELPLESS: Final = timedelta(days=1)
"""How long who alone can mend their sync is not visited: the visit costs no read, but another's turn."""
OVERDUE_GRACE: Final = timedelta(minutes=2)
MOST_RESCUED: Final = 200


class SyncService:
    """Everything about syncs that is asked from outside."""

    def __init__(
        self,
        database: Database,
        syncs: AthleteSync,
        schedule: SyncSchedule,
        quota: AnyQuotas,
        tokens: TokenSource,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._syncs = syncs
        self._schedule = schedule
        self._quota = quota
        self._tokens = tokens
        self._now = now

    async def run(self, athlete_id: UUID, *, goes_on: bool = False, looks: bool = False) -> Outcome | None:
        """One portion of the athlete's sync; None when there is no such athlete any more.

        A portion that goes on with an earlier one, or woke up after a wait, does not ask for a list it has; one that
        `looks` asks only for what events have named.
        """
        turn = await self._database.read(lambda session: self._turn(session, athlete_id, goes_on=goes_on, looks=looks))
        if isinstance(turn, tuple):
            whom, mission = turn
            if mission.of_newcomer:
                await self._quota.newcomer()
            return await self._syncs.run(whom, mission)
        if isinstance(turn, datetime):
            await self._database.write(lambda session: self._schedule.look_again(session, athlete_id, turn))
        return turn if isinstance(turn, Outcome) else None

    def _turn(self, session: Session, athlete_id: UUID, *, goes_on: bool, looks: bool) -> _Turn:
        """What is to be run; of a look that comes too early, when there is something to look at."""
        athlete, state = AthleteStore(session).get_one_or_none(id=athlete_id), SyncStore(session).state(athlete_id)
        if athlete is None:
            return None
        if looks:
            first = next(iter(DoubtStore(session).of(athlete_id)), None)
            if first is None or first.due_at > self._now():
                return None if first is None else first.due_at
            if (free_at := self._schedule.free_at(session, athlete_id)) > self._now():
                return Outcome("skipped", Tally(), retry_at=free_at)
            return athlete, Mission(Pages(most=1), looks=True, priority=Priority.WEBHOOK)
        # of one that still runs the worker has died, or another run has the athlete
        resumes = goes_on or (state is not None and state.status in {"waiting", "running"})
        is_new = state is None or state.started_at is None
        return athlete, Mission(Pages(fresh_enough=LIST_KEPT if resumes else None), of_newcomer=is_new)

    async def sync_now(self, strava_athlete_id: int, pages: Pages) -> SyncResult:
        """Lists the athlete's activities while the caller waits, and queues the reading of their details.

        Raises AthleteUnknown and SyncStopped; an empty quota and another run at work are results.
        """
        athlete = await self._database.read(lambda session: athlete_of(session, strava_athlete_id))
        outcome = await self._syncs.run(athlete, Mission(pages, read=False, priority=Priority.INTERACTIVE))
        error, retry_at = outcome.error, outcome.retry_at
        if isinstance(error, LeaseLost) and retry_at is None:
            retry_at = await self._database.read(lambda session: _free_at(session, strava_athlete_id, self._now()))
        if error is not None and not isinstance(error, RateLimited | LeaseLost):
            raise error if outcome.code == INTERNAL_CODE else SyncStopped(error, retry_at, self._now())
        return SyncResult(
            status=cast("Literal['success', 'waiting', 'skipped']", outcome.status),  # whatever failed was raised
            synced_count=outcome.tally.synced,
            new_count=outcome.tally.new,
            updated_count=outcome.tally.updated,
            pages_fetched=outcome.tally.pages,
            rate_limit_status=await self.rate_limits(),
            code=outcome.code,
            detail=None if error is None else str(error),
            retry_at=retry_at,
        )

    async def rate_limits(self) -> RateLimitStatus:
        """How much of Strava's quota is used and left."""
        return await self._quota.status()

    async def import_latest(self, strava_athlete_id: int | None, *, incremental: bool) -> LatestImport:
        """One page of this athlete's list, or of the last one's to connect who has a token, and the newest after it.

        Raises as `sync_now` does, and AthleteUnknown when nobody has connected.
        """
        connected = await self._with_token() if strava_athlete_id is None else strava_athlete_id
        result = await self.sync_now(connected, Pages(incremental, NEWEST_SHOWN, 1))
        return LatestImport(result, await self._database.read(partial(newest_of, strava_athlete_id=connected)))

    async def _with_token(self) -> int:
        """The Strava id of the last to connect who has a token. Raises AthleteUnknown, or why nobody has one."""
        connected = await self._database.read(lambda session: SyncStore(session).newest_connected())
        without: DomainError = AthleteUnknown()
        for telegram_id, strava_id in connected:
            try:
                await self._tokens.token(telegram_id)
            except (NotConnected, ReauthRequired) as reason:
                without = reason
            else:
                return strava_id
        raise without

    async def state(self, strava_athlete_id: int) -> SyncState:
        """Where the athlete's sync stands. Raises AthleteUnknown."""
        return await self._database.read(lambda session: state_of(session, strava_athlete_id))

    async def history(self, strava_athlete_id: int) -> SyncHistory:
        """The athlete's last runs. Raises AthleteUnknown."""
        runs = await self._database.read(
            lambda session: SyncStore(session).runs(athlete_of(session, strava_athlete_id).id, RUNS_SHOWN)
        )
        return SyncHistory(runs)

    async def visit_due(self, interval_s: float) -> int:
        """Queues the athletes longest unvisited, spread over the interval, and says how many.

        Each costs a read, so only as many as a tenth of the day's reads allows: hourly visits to everyone would leave
        nothing for anyone from some eighty athletes on.
        """
        limits = await self._quota.status()
        most = max(1, int(limits.read.limit[1] * DAILY_SHARE * interval_s / 86_400))
        return await self._database.write(lambda session: self._visit(session, most, interval_s))

    async def rescue(self) -> int:
        """Queues the syncs that should have gone on and that nobody has in hand any more, and says how many."""
        return await self._database.write(self._rescue)

    def _rescue(self, session: Session) -> int:
        overdue = SyncStore(session).overdue(MOST_RESCUED, now=self._now(), grace=OVERDUE_GRACE)
        return self._schedule.rescue(session, overdue) if overdue else 0

    def _visit(self, session: Session, most: int, interval_s: float) -> int:
        due = SyncStore(session).due(most, failed_before=self._now() - HELPLESS)
        for index, athlete_id in enumerate(due):
            self._schedule.visit(session, athlete_id, delay_s=index * min(10.0, interval_s / len(due)))
        return len(due)


def _free_at(session: Session, strava_athlete_id: int, now: datetime) -> datetime:
    """When whoever took the athlete from a run has given them free at the latest. Raises AthleteUnknown."""
    state = SyncStore(session).state(athlete_of(session, strava_athlete_id).id)
    return state.lease_until or now if state else now
