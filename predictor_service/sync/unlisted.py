"""Settling what an event, or the absence from a list, has made doubtful.

Nothing is deleted on the word of an event or of one list: an activity is gone when Strava has twice said so for it, a
minute or more apart. An activity that was announced and is not listed is looked for again, then left to the visits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from kernel.strava.quota import Priority
from predictor_service.events.store import Doubt, DoubtStore
from predictor_service.strava.errors import NotFound, UnreadableAnswer
from predictor_service.sync.access import Access
from predictor_service.sync.queueing import window_after
from predictor_service.sync.reader import DetailsApi
from predictor_service.sync.reading import Profiles
from predictor_service.sync.run import Lease, Tally

AWAITED_LADDER: Final = (timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=45))
CONFIRM_AFTER: Final = timedelta(minutes=1)
MOST_PROBES: Final = 10
"""In one run: so much may be asked about activities on the word of others."""


@dataclass(frozen=True, slots=True)
class NextLooks:
    """When to look again: at the list for what is awaited, at single activities for what may be gone."""

    listed_at: datetime | None
    probed_at: datetime | None


class Doubts:
    """Settles the doubts about one athlete within one run."""

    def __init__(self, api: DetailsApi, access: Access, lease: Lease, tally: Tally, profiles: Profiles) -> None:
        self._api = api
        self._access = access
        self._lease = lease
        self._tally = tally
        self._profiles = profiles

    async def settle(self, *, complete: bool, most: int = MOST_PROBES) -> NextLooks:
        """Compares with the run's list and asks about up to `most` that are due.

        `complete`: the list reached its floor.
        """
        if complete and self._tally.pages:
            await self._compare()
        doubts = await self._doubts()
        listed = [doubt for doubt in doubts if doubt.strava_activity_id in self._tally.listed]
        gone = await self._no_longer_on_foot()
        await self._miss([each for each in doubts if each.kind == "awaited" and each not in listed])
        suspects = [each for each in doubts if each.kind == "gone" and each not in listed and self._due(each)]
        alive, confirmed = await self._ask(suspects, most)
        await self._write([*alive, *(each.strava_activity_id for each in listed)], [*gone, *confirmed])
        return self._next(await self._doubts())

    async def _ask(self, suspects: list[Doubt], most: int) -> tuple[list[int], list[int]]:
        """Those that Strava still has, and those it denied for the second time.

        Denials prove that the claims are worth a question each; after the first untrue one the others wait.
        """
        confirmed: list[int] = []
        for number, suspect in enumerate(suspects[:most], 1):
            if await self._exists(suspect):
                await self._put_off(suspects[number:])
                return [suspect.strava_activity_id], confirmed
            if suspect.misses:
                confirmed.append(suspect.strava_activity_id)
            else:
                async with self._lease.step() as session:
                    await self._missed(DoubtStore(session), suspect, CONFIRM_AFTER)
        return [], confirmed

    async def _put_off(self, suspects: list[Doubt]) -> None:
        """Asks about them in the next quota window."""
        if suspects:
            async with self._lease.step() as session:
                store, due_at = DoubtStore(session), window_after(self._lease.now())
                for suspect in suspects:
                    await store.missed(self._lease.athlete_id, suspect.strava_activity_id, suspect.misses, due_at)

    async def _compare(self) -> None:
        """Stored activities in the range of the list that it does not have may be gone."""
        athlete_id, since = self._lease.athlete_id, self._tally.covered_from
        async with self._lease.database.reading() as session:
            stored = await DoubtStore(session).known_since(athlete_id, since)
        missing = [each for each in stored if each not in self._tally.listed]
        if missing:
            async with self._lease.step() as session:
                for strava_id in missing:
                    await DoubtStore(session).add(athlete_id, strava_id, "gone", self._lease.now())

    async def _no_longer_on_foot(self) -> list[int]:
        """Stored activities that the list now shows as another sport."""
        if not self._tally.other_sports:
            return []
        async with self._lease.database.reading() as session:
            stored = await DoubtStore(session).known_since(self._lease.athlete_id, None)
        return [each for each in stored if each in self._tally.other_sports]

    async def _exists(self, suspect: Doubt) -> bool:
        activity_id = suspect.strava_activity_id
        try:
            await self._access.call(lambda token: self._api.activity(token, activity_id, priority=Priority.WEBHOOK))
        except NotFound:
            return False
        except UnreadableAnswer:
            return True
        return True

    async def _miss(self, awaited: list[Doubt]) -> None:
        """Counts a look in vain; after the last one only the visits are left."""
        if not self._tally.pages:
            return
        due = [doubt for doubt in awaited if self._due(doubt)]
        if not due:
            return
        async with self._lease.step() as session:
            store = DoubtStore(session)
            for doubt in due:
                if doubt.misses < len(AWAITED_LADDER):
                    await self._missed(store, doubt, AWAITED_LADDER[doubt.misses])
            over = [doubt.strava_activity_id for doubt in due if doubt.misses >= len(AWAITED_LADDER)]
            await store.settle(self._lease.athlete_id, over)

    async def _missed(self, store: DoubtStore, doubt: Doubt, pause: timedelta) -> None:
        due_at = self._lease.now() + pause
        await store.missed(self._lease.athlete_id, doubt.strava_activity_id, doubt.misses + 1, due_at)

    async def _write(self, settled: list[int], gone: list[int]) -> None:
        if not settled and not gone:
            return
        async with self._lease.step() as session:
            store = DoubtStore(session)
            await store.settle(self._lease.athlete_id, [*settled, *gone])
            forgotten = await store.forget_activities(self._lease.athlete_id, gone)
        if gone:
            structlog.get_logger(__name__).info(
                "activities_gone", athlete=str(self._lease.athlete_id), activities=gone, forgotten=forgotten
            )
            # its own transaction: it locks the athlete first, as every other rebuild does
            async with self._lease.database.transaction() as session:
                await self._profiles.rebuild(session, self._lease.athlete_id)

    async def _doubts(self) -> list[Doubt]:
        async with self._lease.database.reading() as session:
            return await DoubtStore(session).of(self._lease.athlete_id)

    def _due(self, doubt: Doubt) -> bool:
        return doubt.due_at <= self._lease.now()

    def _next(self, doubts: list[Doubt]) -> NextLooks:
        def soonest(which: Callable[[Doubt], bool]) -> datetime | None:
            return min((doubt.due_at for doubt in doubts if which(doubt)), default=None)

        return NextLooks(soonest(lambda each: each.kind == "awaited"), soonest(lambda each: each.kind == "gone"))
