"""A portion of an athlete's unread activities: the most telling first, each one committed on its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from kernel.errors import DomainError
from kernel.strava.quota import Priority
from predictor_service.activities.listed import Unread
from predictor_service.activities.store import ActivityStore
from predictor_service.sync.blame import Blame
from predictor_service.sync.details import Details, NotYet
from predictor_service.sync.lease import LeaseLost, SyncLease
from predictor_service.sync.plan import ASKED_LATELY, KNOWN_BEFORE, LIKE_LATELY, Portions, by_information, by_value
from predictor_service.sync.store import SyncStore
from servicekit.strava.errors import RequestFailed, RequestRefused, ScopeMissing


@dataclass(frozen=True, slots=True)
class LeftToRead:
    """What to read now, when the next activity that waits is due, and how many were given up."""

    ready: Sequence[Unread]
    next_at: datetime | None
    given_up: int


def waiting(session: Session, athlete_id: UUID, now: datetime, portions: Portions) -> LeftToRead:
    """What is left to read of an athlete, the most telling first."""
    store, counts = SyncStore(session), ActivityStore(session).counts(athlete_id)
    pool = by_value(store.unread(athlete_id, now), now, usable=counts.usable, enough=portions.enough)
    known = store.told(athlete_id, KNOWN_BEFORE, usable=True) if pool else []
    asked = [*store.told(athlete_id, LIKE_LATELY, usable=False), *store.asked_about(athlete_id, ASKED_LATELY)]
    most = max(portions.first_look, portions.portion)
    worth = portions.least_worth
    ready = by_information(pool, now, known=known, asked=asked, most=most, least_worth=worth) if pool else []
    return LeftToRead(ready, *store.waits(athlete_id, now))


class Portion:
    """Reads one athlete's activities within one run."""

    def __init__(
        self,
        details: Details,
        lease: SyncLease,
        portions: Portions,
        rebuild: Callable[[Session, UUID], None],
        priority: Priority,
        *,
        between: Callable[[], Awaitable[None]],
    ) -> None:
        """`rebuild` fits an athlete's profiles. `between` two activities what events have named has its turn."""
        self._details = details
        self._lease = lease
        self._portions = portions
        self._blame = Blame(lease)
        self._rebuild = rebuild
        self._priority = priority
        self._between = between
        self._fitted_at = 0

    async def read(self, most: int) -> None:
        """Reads up to `most` activities. Raises what ends a run; what was read until then has made a profile."""
        athlete_id, now = self._lease.athlete_id, self._lease.now()
        left = await self._lease.step(lambda session: waiting(session, athlete_id, now, self._portions))
        try:
            for activity in left.ready[:most]:
                await self._between()
                await self._one(activity)
            # Strava has answered for others all along, so what failed at the end was not an outage
            await self._blame.settle()
        except LeaseLost:
            raise
        except DomainError:
            await self._fit()
            raise
        await self._fit()

    async def _one(self, activity: Unread) -> None:
        try:
            measured = await self._details.measure(activity, self._priority)
        except NotYet as reason:
            await self._blame.put_off(activity.id, str(reason))
        except ScopeMissing:
            raise
        except (RequestFailed, RequestRefused) as reason:
            await self._blame.suspect(activity.id, str(reason))
        else:
            await self._lease.step(lambda session: self._details.keep(session, activity.id, measured))
            self._lease.tally.read += 1
            await self._blame.settle()
            if self._portions.profile_is_due(self._lease.tally.read):
                await self._fit()

    async def _fit(self) -> None:
        """Fits the profile unless nothing was read since the last time."""
        if self._lease.tally.read == self._fitted_at:
            return
        # its own unit of work: it locks the athlete first, as every other rebuild does
        await self._lease.database.write(lambda session: self._rebuild(session, self._lease.athlete_id))
        self._fitted_at = self._lease.tally.read
