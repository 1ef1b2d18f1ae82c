"""What a worker of the SQL queue does beside its own jobs: rescues what others left, puts periodic jobs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from servicekit.data.database import Database
from servicekit.jobs.embedded.store import NewJob, SqlJobStore, Stalled
from servicekit.jobs.execution import log_trouble, tell_dead
from servicekit.jobs.queue import Job


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
        async with self._database.reading() as session:
            stalled = await self._store.stalled(session, list(self._jobs), self._now())
        freed = False
        for one in stalled:
            # each for itself: one that cannot be given up holds up no other
            try:
                freed |= await self._rescue(one)
            except Exception as error:  # noqa: BLE001 - whatever it was, the next round tries again
                log_trouble("job_rescue_failed", error)
        return freed

    async def _rescue(self, one: Stalled) -> bool:
        async with self._database.transaction() as session:
            became = await self._store.rescue(session, one, self._now())
            if became == "dead":
                await tell_dead(self._jobs[one.name], one.args, session)
        return became == "freed"

    async def put_periodic(self) -> bool:
        """Puts the periodic jobs of which none waits or runs. Whether there were any."""
        put = False
        for job in self._jobs.values():
            if job.every_s is None:
                continue
            key = f"periodic:{job.name}"
            async with self._database.reading() as session:
                if await self._store.alive(session, key):
                    continue
            async with self._database.transaction() as session:
                if not await self._store.alive(session, key):
                    await self._store.add(session, NewJob(job.name, {}, unique=key), self._now())
            put = True
        return put
