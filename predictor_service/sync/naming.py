"""One activity asked for by its id: what Strava says of it, and its details with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from uuid import UUID

from sqlalchemy.orm import Session

from kernel.strava.quota import Priority
from predictor_service.activities.listed import Unread
from predictor_service.activities.store import ActivityStore
from predictor_service.events.models import DoubtRow
from predictor_service.strava.answers import Detail, Named
from predictor_service.strava.client import AthletesActivities
from predictor_service.sync.blame import Blame
from predictor_service.sync.details import Details, NotYet
from predictor_service.sync.lease import SyncLease
from predictor_service.sync.taking import Taken, take
from servicekit.strava.errors import NotFound, RequestFailed, RequestRefused, ScopeMissing, UnreadableAnswer


class Claim(Enum):
    """What became of what an event or a list had claimed."""

    TRUE = "true"
    """Something was new, and is stored."""
    DENIED = "denied"
    """A stored activity is not there any more."""
    ANOTHER_SPORT = "another_sport"
    """A stored activity is none on foot any more."""
    NOT_OURS = "not_ours"
    """It is there, and none on foot."""
    ABSENT = "absent"
    """It is not there, and not stored."""
    FALSE = "false"
    """Nothing about it is new."""
    UNANSWERED = "unanswered"
    """Strava could not say."""

    @property
    def cost(self) -> int:
        """What it takes of the athlete's door: four close it until the next window."""
        return {"absent": 4, "false": 4, "unanswered": 4, "not_ours": 1}.get(self.value, 0)


class Naming:
    """Asks for single activities of one athlete within one run."""

    def __init__(
        self,
        strava: AthletesActivities,
        details: Details,
        lease: SyncLease,
        rebuild: Callable[[Session, UUID], None],
    ) -> None:
        """`rebuild` fits an athlete's profiles."""
        self._strava = strava
        self._details = details
        self._lease = lease
        self._rebuild = rebuild
        self._blame = Blame(lease)
        self._unfitted = False
        self.asked_at: datetime = lease.now()
        """When the last question was asked: what happens later is not in its answer."""

    async def ask(self, doubt: DoubtRow) -> Claim:
        """Asks, stores what is new and reads its details. Raises what ends a run."""
        key = doubt.strava_activity_id
        self.asked_at = self._lease.now()
        try:
            named = await self._strava.named(key, priority=Priority.WEBHOOK)
        except NotFound:
            known = await self._lease.step(lambda session: ActivityStore(session).known(self._lease.athlete_id, [key]))
            return Claim.DENIED if known else Claim.ABSENT
        except ScopeMissing:
            raise
        except UnreadableAnswer:
            return Claim.FALSE  # it is there, and nothing can be made of it
        except (RequestFailed, RequestRefused):
            return Claim.UNANSWERED
        return await self._store(key, named)

    async def fit(self) -> None:
        """Fits the profile if something was read since the last time."""
        if self._unfitted:
            # its own unit of work: it locks the athlete first, as every other rebuild does
            await self._lease.database.write(lambda session: self._rebuild(session, self._lease.athlete_id))
            self._unfitted = False

    async def _store(self, key: int, named: Named) -> Claim:
        taken, unread = await self._lease.step(lambda session: self._take(session, named))
        if key in taken.not_on_foot:
            return Claim.ANOTHER_SPORT
        if key not in taken.outcomes:
            return Claim.NOT_OURS
        outcome = taken.outcomes[key]
        self._lease.tally.synced += 1
        self._lease.tally.new += outcome == "new"
        self._unfitted |= outcome == "updated"
        if unread is not None:
            await self._read(unread, named.detail)
        return Claim.FALSE if outcome == "same" and unread is None else Claim.TRUE

    def _take(self, session: Session, named: Named) -> tuple[Taken, Unread | None]:
        mine = self._lease.athlete_id
        taken = take(session, mine, [named.summary], self._lease.now())
        return taken, ActivityStore(session).unread(mine, named.summary.id)

    async def _read(self, unread: Unread, detail: Detail) -> None:
        """Reads the details now; what they lack, or cannot be read, waits as it does within a portion."""
        try:
            measured = await self._details.measure(unread, Priority.WEBHOOK, detail=detail)
        except ScopeMissing:
            raise
        except (NotYet, RequestFailed, RequestRefused) as reason:
            await self._blame.put_off(unread.id, str(reason))
        else:
            await self._lease.step(lambda session: self._details.keep(session, unread.id, measured))
            self._lease.tally.read += 1
            self._unfitted = True
