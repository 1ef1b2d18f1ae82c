"""What a worker of the SQL queue does beside its own jobs: rescues what others left, puts periodic jobs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from servicekit.data.database import Database
from servicekit.jobs.embedded.store import Claimed, SqlJobStore
from servicekit.jobs.execution import log_trouble, tell_dead
from servicekit.jobs.queue import Job, NewJob, periodic_keys


class Upkeep:
    """For jobs of the kinds the worker knows."""

    def __init__(
        self, database: Database, store: SqlJobStore, jobs: Mapping[str, Job], *, now: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._store = store
        self._jobs = jobs
        self._now = now

    async def rescue(self) -> bool:
        """Frees the jobs of workers that died, or gives them up. Whether there are new ones to run."""
        names = list(self._jobs)
        stalled = await self._database.read(lambda session: self._store.stalled(session, names, self._now()))
        freed = False
        for one in stalled:
            # each for itself: one that cannot be given up holds up no other
            try:
                freed |= await self._database.write(partial(self._rescue, one))
            except Exception as error:  # noqa: BLE001 - whatever it was, the next round tries again
                log_trouble("job_rescue_failed", error)
        return freed

    def _rescue(self, one: Claimed, session: Session) -> bool:
        became = self._store.rescue(session, one, self._now())
        if became == "dead":
            tell_dead(self._jobs[one.name], one.args, session)
        return became == "freed"

    async def put_periodic(self) -> bool:
        """Puts the periodic jobs of which none waits or runs. Whether there were any."""
        if not await self._database.read(self._missing):
            return False
        return await self._database.write(self._put_missing)

    def _missing(self, session: Session) -> list[NewJob]:
        keys = periodic_keys(self._jobs)
        return [NewJob(keys[key], {}, unique=key) for key in keys.keys() - self._store.alive(session, list(keys))]

    def _put_missing(self, session: Session) -> bool:
        missing = self._missing(session)
        for job in missing:
            self._store.add(session, job, self._now())
        return bool(missing)
