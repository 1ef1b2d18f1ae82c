"""Activities that Strava's list does not show: announced by an event, or stored here and perhaps gone there.

Nothing is deleted on the word of an event or of one list: an activity is gone when Strava has twice said so for it, a
minute or more apart. An activity that was announced and is not listed is looked for again, then left to the visits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from kernel.strava.quota import Priority
from predictor_service.events.models import DoubtRow
from predictor_service.events.store import DoubtStore
from predictor_service.strava.client import AthletesActivities
from predictor_service.sync.lease import SyncLease
from predictor_service.sync.schedule import window_after
from servicekit.strava.errors import NotFound, RequestFailed, UnreadableAnswer

AWAITED_LADDER: Final = (timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=45))
CONFIRM_AFTER: Final = timedelta(minutes=1)
MOST_PROBES: Final = 10
"""In one run: so much may be asked about activities on the word of others."""


@dataclass(frozen=True, slots=True)
class NextLooks:
    """When to look again: at the list for what is awaited, at single activities for what may be gone."""

    listed_at: datetime | None
    probed_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Left:
    """What is doubtful after a look, and the stored activities it has shown to be gone."""

    doubts: Sequence[DoubtRow]
    gone: Sequence[int]


class Unlisted:
    """Settles the doubts about one athlete within one run."""

    def __init__(self, strava: AthletesActivities, lease: SyncLease, rebuild: Callable[[Session, UUID], None]) -> None:
        """`rebuild` fits an athlete's profiles."""
        self._strava = strava
        self._lease = lease
        self._rebuild = rebuild

    async def settle(self, *, complete: bool, most: int = MOST_PROBES) -> NextLooks:
        """Compares with the run's list and asks about up to `most` that are due.

        `complete`: the list reached its floor.
        """
        doubts = await self._forget(partial(self._compare, complete=complete and bool(self._lease.tally.pages)))
        due = [each for each in doubts if each.kind == "gone" and self._due(each)]
        if due and most:
            alive, confirmed = await self._ask(due, most)
            doubts = await self._forget(lambda session: self._end(session, alive, confirmed))
        return _next_looks(doubts)

    async def _forget(self, work: Callable[[Session], _Left]) -> Sequence[DoubtRow]:
        """What is doubtful after a step; the profile knows no more of what the step has shown to be gone."""
        left = await self._lease.step(work)
        withdrawn = self._lease.tally.withdrawn
        if left.gone or withdrawn:
            athlete_id = self._lease.athlete_id
            log = structlog.get_logger(__name__)
            log.info("activities_gone", athlete=str(athlete_id), activities=left.gone, withdrawn=sorted(withdrawn))
            # its own unit of work: it locks the athlete first, as every other rebuild does
            await self._lease.database.write(lambda session: self._rebuild(session, athlete_id))
            withdrawn.clear()
        return left.doubts

    def _compare(self, session: Session, *, complete: bool) -> _Left:
        store, athlete_id = DoubtStore(session), self._lease.athlete_id
        if complete:
            missing = store.known_but(athlete_id, self._lease.tally.listed, since=self._lease.tally.covered_from)
            store.add(athlete_id, missing, "gone", self._lease.now())
        doubts = store.of(athlete_id)
        listed = [each.strava_activity_id for each in doubts if each.strava_activity_id in self._lease.tally.listed]
        if self._lease.tally.pages:
            self._miss(store, [each for each in doubts if each.kind == "awaited" and self._due(each)], but=listed)
        return self._end(session, listed, sorted(self._lease.tally.not_on_foot))

    def _miss(self, store: DoubtStore, awaited: Sequence[DoubtRow], *, but: Sequence[int]) -> None:
        """Counts a look in vain; after the last one only the visits are left."""
        for doubt in awaited:
            if doubt.strava_activity_id in but:
                continue
            if doubt.misses < len(AWAITED_LADDER):
                self._missed(store, doubt, AWAITED_LADDER[doubt.misses])
            else:
                store.settle(self._lease.athlete_id, [doubt.strava_activity_id])

    def _missed(self, store: DoubtStore, doubt: DoubtRow, pause: timedelta) -> None:
        due_at = self._lease.now() + pause
        store.missed(self._lease.athlete_id, doubt.strava_activity_id, doubt.misses + 1, due_at)

    async def _ask(self, suspects: Sequence[DoubtRow], most: int) -> tuple[list[int], list[int]]:
        """Those that Strava still has, and those it denied for the second time.

        Denials prove that the claims are worth a question each; after the first untrue one the others wait.
        """
        confirmed: list[int] = []
        for number, suspect in enumerate(suspects[:most], 1):
            exists = await self._exists(suspect)
            if exists is None:
                await self._put_off(suspects[number - 1 :])
                break
            if exists:
                await self._put_off(suspects[number:])
                return [suspect.strava_activity_id], confirmed
            if suspect.misses:
                confirmed.append(suspect.strava_activity_id)
            else:
                await self._lease.step(partial(self._deny, suspect=suspect))
        return [], confirmed

    def _deny(self, session: Session, *, suspect: DoubtRow) -> None:
        self._missed(DoubtStore(session), suspect, CONFIRM_AFTER)

    async def _put_off(self, suspects: Sequence[DoubtRow]) -> None:
        """Asks about them in the next quota window."""
        due_at = window_after(self._lease.now())

        def put_off(session: Session) -> None:
            for suspect in suspects:
                DoubtStore(session).missed(self._lease.athlete_id, suspect.strava_activity_id, suspect.misses, due_at)

        if suspects:
            await self._lease.step(put_off)

    async def _exists(self, suspect: DoubtRow) -> bool | None:
        """Whether Strava has it; None when it cannot say."""
        try:
            await self._strava.activity(suspect.strava_activity_id, priority=Priority.WEBHOOK)
        except NotFound:
            return False
        except UnreadableAnswer:
            return True
        except RequestFailed:
            return None
        return True

    def _end(self, session: Session, settled: Sequence[int], gone: Sequence[int]) -> _Left:
        store, athlete_id = DoubtStore(session), self._lease.athlete_id
        store.settle(athlete_id, [*settled, *gone])
        store.forget_activities(athlete_id, gone)
        return _Left(store.of(athlete_id), gone)

    def _due(self, doubt: DoubtRow) -> bool:
        return doubt.due_at <= self._lease.now()


def _next_looks(doubts: Sequence[DoubtRow]) -> NextLooks:
    def soonest(kind: str) -> datetime | None:
        return min((doubt.due_at for doubt in doubts if doubt.kind == kind), default=None)

    return NextLooks(soonest("awaited"), soonest("gone"))
