"""Activities that have to be asked for by their id: named by an event, or stored here and perhaps gone there.

Nothing is deleted on the word of an event or of one list: an activity is gone when Strava has twice said so for it, a
minute or more apart. Whatever else an event claims, Strava's answer is what is taken; one that names something which
Strava does not have is asked again, in growing distances. A claim that is not so closes the athlete's door for what
other events claim until Strava's next window: forged ones cost a read in a window, true ones are read at once.
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

from kernel.errors import DomainError
from predictor_service.events.models import DoubtRow
from predictor_service.events.store import DoubtStore
from predictor_service.sync.lease import LeaseLost, SyncLease
from predictor_service.sync.naming import Claim, Naming
from predictor_service.sync.schedule import CLOSED, window_after, window_number
from predictor_service.sync.store import SyncStore

AWAITED_LADDER: Final = (
    *(timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=45)),
    *(timedelta(hours=6), timedelta(hours=24)),
)
"""Waits for what was named and is not there yet; after the last one only the visits are left."""
CONFIRM_AFTER: Final = timedelta(minutes=1)
MOST_PROBES: Final = 30
"""In one run: so much may be asked about activities on the word of others."""
MANY_NEW: Final = 4
"""With so many new ones named at once a page of the list is cheaper."""


@dataclass(frozen=True, slots=True)
class _Left:
    """What is doubtful after a look, and the stored activities it has shown to be gone."""

    doubts: Sequence[DoubtRow]
    gone: Sequence[int]


class Unlisted:
    """Settles the doubts about one athlete within one run."""

    def __init__(self, naming: Naming, lease: SyncLease, rebuild: Callable[[Session, UUID], None]) -> None:
        """`rebuild` fits an athlete's profiles."""
        self._naming = naming
        self._lease = lease
        self._rebuild = rebuild

    async def settle(self, *, complete: bool, most: int = MOST_PROBES) -> datetime | None:
        """Compares with the run's list and asks about up to `most` that are due; when the next one is.

        `complete`: the list reached its floor.
        """
        await self._forget(partial(self._compare, complete=complete and bool(self._lease.tally.pages)))
        await self.ask(most=most)
        return await self._lease.step(self._next)

    async def ask(self, *, most: int = MOST_PROBES) -> None:
        """Asks about what is due, one after the other, as long as the claims are so."""
        try:
            for _ in range(most):
                due = await self._lease.step(self._due)
                if due is None:
                    break
                claim = await self._naming.ask(due)
                await self._forget(partial(self._follow, doubt=due, claim=claim))
        except LeaseLost:
            raise
        except DomainError:
            await self._naming.fit()
            raise
        await self._naming.fit()

    async def _forget(self, work: Callable[[Session], _Left]) -> None:
        """Takes a step; the profile knows no more of what the step has shown to be gone."""
        left = await self._lease.step(work)
        withdrawn = self._lease.tally.withdrawn
        if left.gone or withdrawn:
            athlete_id = self._lease.athlete_id
            log = structlog.get_logger(__name__)
            log.info("activities_gone", athlete=str(athlete_id), activities=left.gone, withdrawn=sorted(withdrawn))
            # its own unit of work: it locks the athlete first, as every other rebuild does
            await self._lease.database.write(lambda session: self._rebuild(session, athlete_id))
            withdrawn.clear()

    def _compare(self, session: Session, *, complete: bool) -> _Left:
        store, athlete_id, tally = DoubtStore(session), self._lease.athlete_id, self._lease.tally
        if complete:
            missing = store.known_but(athlete_id, tally.listed, since=tally.covered_from)
            store.add(athlete_id, missing, "gone", self._lease.now())
        listed = [each.strava_activity_id for each in store.of(athlete_id) if each.strava_activity_id in tally.listed]
        gone = sorted(tally.not_on_foot)
        return self._end(session, listed, gone)

    def _due(self, session: Session) -> DoubtRow | None:
        """The doubt to settle next, while the athlete's door is open: the longest due, repeated looks last."""
        now, mine = self._lease.now(), self._lease.athlete_id
        if SyncStore(session).looks_spent(mine, window_number(now)) >= CLOSED:
            return None
        due = [each for each in DoubtStore(session).of(mine) if each.due_at <= now]
        # what was looked for in vain will mostly be so again, which closes the door for the others
        return min(due, key=lambda each: each.kind == "awaited" and each.misses > 0, default=None)

    def _follow(self, session: Session, *, doubt: DoubtRow, claim: Claim) -> _Left:
        """Writes down what came of a question."""
        store, now, mine = DoubtStore(session), self._lease.now(), self._lease.athlete_id
        key = doubt.strava_activity_id
        if claim.cost:
            SyncStore(session).spend_looks(mine, window_number(now), claim.cost)
        if claim is Claim.DENIED and doubt.kind == "gone" and doubt.misses:
            return self._end(session, [], [key])
        if claim is Claim.DENIED:
            store.denied(mine, key, now + CONFIRM_AFTER)
        elif claim is Claim.UNANSWERED:
            store.missed(mine, key, doubt.misses, window_after(now))
        elif claim is Claim.ABSENT and doubt.misses < len(AWAITED_LADDER):
            store.missed(mine, key, doubt.misses + 1, now + AWAITED_LADDER[doubt.misses])
        elif claim is Claim.ANOTHER_SPORT:
            return self._end(session, [], [key])
        elif not store.heard_since(mine, key, self._naming.asked_at):
            return self._end(session, [key], [])
        return _Left(store.of(mine), [])

    def _end(self, session: Session, settled: Sequence[int], gone: Sequence[int]) -> _Left:
        store, athlete_id = DoubtStore(session), self._lease.athlete_id
        store.settle(athlete_id, [*settled, *gone])
        store.forget_activities(athlete_id, gone)
        return _Left(store.of(athlete_id), gone)

    def _next(self, session: Session) -> datetime | None:
        return min((each.due_at for each in DoubtStore(session).of(self._lease.athlete_id)), default=None)
