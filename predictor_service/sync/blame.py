"""Which activities cannot be read, while Strava answers for others.

An activity that fails is suspected. It is blamed when others succeed before or after it, or when several fail in a row,
tried again twice, and then given up; an edit at Strava or a full sync gives it a fresh start. Who is suspected when
Strava turns out to be away is not blamed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from predictor_service.sync.lease import SyncLease
from predictor_service.sync.store import SyncStore
from servicekit.strava.errors import StravaUnavailable

FAILED_LADDER: Final = (timedelta(minutes=5), timedelta(minutes=15))
"""Waits after the first and the second failure; the third is final."""
NOT_YET_LADDER: Final = (timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=45), timedelta(hours=6))
"""Waits for details that Strava has yet to fill in; the last one repeats."""
IN_A_ROW: Final = 3
HOPELESS: Final = 6
"""So many failures and no success: whatever else Strava answers, reading does not work."""
HOPELESS_PAUSE_S: Final = 900.0


class Blame:
    """What became of the activities that one run could not read."""

    def __init__(self, lease: SyncLease) -> None:
        self._lease = lease
        self._suspects: list[tuple[UUID, str]] = []
        self._failures = 0
        self._successes = 0

    async def suspect(self, activity_id: UUID, reason: str) -> None:
        """Remembers a failure. Raises StravaUnavailable when there is no use in going on."""
        self._suspects.append((activity_id, reason))
        self._failures += 1
        if len(self._suspects) >= IN_A_ROW:
            await self._note_all()
        if self._failures >= HOPELESS and not self._successes:
            raise StravaUnavailable(HOPELESS_PAUSE_S)

    async def settle(self) -> None:
        """Blames the suspects: another activity has just been read, or the run's list had been."""
        self._successes += 1
        await self._note_all()

    async def put_off(self, activity_id: UUID, reason: str) -> None:
        """Waits for Strava to fill the activity in; never given up, it stops being young instead."""
        note = partial(self._note, failed=[(activity_id, reason)], ladder=NOT_YET_LADDER, give_up=False)
        await self._lease.step(note)

    async def _note_all(self) -> None:
        suspects, self._suspects = self._suspects, []
        if suspects:
            await self._lease.step(partial(self._note, failed=suspects, ladder=FAILED_LADDER, give_up=True))

    def _note(
        self, session: Session, failed: Sequence[tuple[UUID, str]], ladder: Sequence[timedelta], *, give_up: bool
    ) -> None:
        store, now = SyncStore(session), self._lease.now()
        for activity_id, reason in failed:
            tries = store.tries(activity_id) + 1
            final = give_up and tries > len(ladder)
            retry_at = None if final else now + ladder[min(tries, len(ladder)) - 1]
            store.note_trouble(self._lease.athlete_id, activity_id, tries, retry_at, reason)
