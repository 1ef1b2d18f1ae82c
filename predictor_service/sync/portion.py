"""Reading the details of an athlete's activities, the most telling first, each one committed on its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from kernel.errors import DomainError
from predictor_service.activities.models import Activity
from predictor_service.activities.store import ActivityStore
from predictor_service.strava.errors import StravaUnavailable, UnreadableAnswer
from predictor_service.sync.plan import Portions, by_value
from predictor_service.sync.reader import NotYet, Read, Reader, Wanted
from predictor_service.sync.run import Lease, LeaseLost, Tally
from predictor_service.sync.store import SyncStore
from predictor_service.sync.trouble import Blame


class Profiles(Protocol):
    """What fits profiles."""

    async def rebuild(self, session: AsyncSession, athlete_id: UUID) -> None:
        """Fits the athlete's profiles from all features the session sees."""
        ...


@dataclass(frozen=True, slots=True)
class Left:
    """What a run leaves: how many to read now, when the next one that waits is due, and how many were given up."""

    ready: int
    next_at: datetime | None
    given_up: int


class Reading:
    """Reads one athlete's activities within one run."""

    def __init__(
        self, *, reader: Reader, lease: Lease, tally: Tally, portions: Portions, profiles: Profiles, blame: Blame
    ) -> None:
        self._reader = reader
        self._lease = lease
        self._tally = tally
        self._portions = portions
        self._profiles = profiles
        self._blame = blame
        self._fitted_at = 0

    async def read(self, most: int) -> Left:
        """Reads up to `most` activities and says what is left.

        Raises what ends a run; what was read until then has made a profile.
        """
        waiting, _ = await self._waiting()
        try:
            for activity in waiting[:most]:
                await self._one(activity)
            # the run's list was answered, so what failed at its end was not an outage
            await self._blame.settle()
        except LeaseLost:
            raise
        except DomainError:
            await self._fit()
            raise
        await self._fit()
        return (await self._waiting())[1]

    async def _waiting(self) -> tuple[list[Activity], Left]:
        now, athlete_id = self._lease.now(), self._lease.athlete_id
        async with self._lease.database.reading() as session:
            store = ActivityStore(session)
            unread, counts = await store.unread(athlete_id, 100_000), await store.counts(athlete_id)
            troubles = await SyncStore(session).troubles(athlete_id)
        ready = [each for each in unread if each.id not in troubles or troubles[each.id].due(now)]
        worth = by_value(ready, now, usable=counts.usable, enough=self._portions.enough)
        waits = [trouble.retry_at for trouble in troubles.values() if not trouble.due(now)]
        next_at = min((at for at in waits if at is not None), default=None)
        return worth, Left(len(worth), next_at, waits.count(None))

    async def _one(self, activity: Activity) -> None:
        wanted = Wanted(
            strava_id=cast("int", activity.strava_activity_id),
            sport=activity.sport,
            started_at=activity.started_at,
            moving_time_s=activity.moving_time_s,
            elapsed_time_s=activity.elapsed_time_s,
            gain_m=activity.gain_m,
        )
        try:
            read = await self._reader.read(wanted, self._lease.now())
        except NotYet as reason:
            await self._blame.put_off(activity.id, str(reason))
        except (StravaUnavailable, UnreadableAnswer) as reason:
            await self._blame.suspect(activity.id, str(reason))
        else:
            await self._keep(activity.id, read)

    async def _keep(self, activity_id: UUID, read: Read) -> None:
        async with self._lease.step() as session:
            await ActivityStore(session).set_features(activity_id, read.features, read.source, self._lease.now())
            store = SyncStore(session)
            await store.forget_trouble(self._lease.athlete_id, activity_id)
            await store.count_read(self._lease.athlete_id)
        self._tally.read += 1
        await self._blame.settle()
        if self._portions.profile_is_due(self._tally.read):
            await self._fit()

    async def _fit(self) -> None:
        """Fits the profile unless nothing was read since the last time."""
        if self._tally.read == self._fitted_at:
            return
        # its own transaction: it locks the athlete first, as every other rebuild does
        async with self._lease.database.transaction() as session:
            await self._profiles.rebuild(session, self._lease.athlete_id)
        self._fitted_at = self._tally.read
