"""The predictor's sync with a queue that runs by itself, in a time that passes as fast as the jobs do."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID, uuid4

from predictor_service.settings import Settings
from servicekit.data.database import Database
from servicekit.data.migrations import upgrade
from servicekit.web.api_keys import ApiKeys
from tests.predictor.support import VAULT
from tests.predictor.sync.world import World, tell, world


@dataclass
class Predictor:
    """A world whose jobs run when they are due; of one unique key one waits, as in the real queue."""

    here: World
    _waiting: list[tuple[datetime, int, str, Mapping[str, Any], str | None]] = field(default_factory=list)
    _order: itertools.count[int] = field(default_factory=itertools.count)

    async def tell(self, telegram_id: str, strava_id: int, activity_id: int, aspect: str) -> None:
        """ayda passes an event on."""
        await tell(self.here, strava_id, activity_id, aspect, telegram_id=telegram_id)
        self._absorb()

    async def visit(self, athlete_id: UUID) -> None:
        """The background visit of one athlete."""
        await self._run("sync_athlete", {"athlete_id": athlete_id}, None)

    async def until(self, end: datetime) -> None:
        """Runs what is due before `end`, at its time."""
        self._absorb()
        while self._waiting and self._waiting[0][0] <= end:
            due, _, name, args, key = heapq.heappop(self._waiting)
            self.here.clock.at = max(self.here.clock.at, due)
            await self._run(name, args, key)
        self.here.clock.at = max(self.here.clock.at, end)

    async def passes(self, **delta: float) -> None:
        """As `until`, counted from now."""
        await self.until(self.here.clock() + timedelta(**delta))

    async def _run(self, name: str, args: Mapping[str, Any], key: str | None) -> None:
        snooze = await self.here.run_job(name, **args)
        if snooze is not None:
            self._push(name, args, snooze.delay_s, key)
        self._absorb()

    def _absorb(self) -> None:
        queue = self.here.queue
        for (name, args, delay_s, _), key in zip(queue.put_jobs, queue.keys, strict=True):
            self._push(name, args, delay_s, key)
        queue.put_jobs.clear()
        queue.keys.clear()

    def _push(self, name: str, args: Mapping[str, Any], delay_s: float, key: str | None) -> None:
        if key is None or all(waiting[4] != key for waiting in self._waiting):
            due = self.here.clock() + timedelta(seconds=delay_s)
            heapq.heappush(self._waiting, (due, next(self._order), name, args, key))


@cache
def _migrated() -> bytes:
    """An empty database of the predictor."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "empty.db"
        upgrade("predictor_service", f"sqlite:///{file}")
        return file.read_bytes()


@asynccontextmanager
async def predictor(folder: Path, **options: Any) -> AsyncIterator[Predictor]:
    """A predictor on a fresh database in the folder, with a simulated Strava."""
    file = folder / f"{uuid4().hex}.db"
    file.write_bytes(_migrated())
    url = f"sqlite:///{file}"
    settings = Settings(
        vault=VAULT,
        database_url=url,
        api_keys=ApiKeys.parse("bars-key-000000000000000000000000"),
        ayda_url="http://ayda",
        ayda_api_keys=ApiKeys.parse("a-key-for-ayda-000000000000000000000000"),
        strava_api_base="http://strava/api/v3",
        worker_embedded=False,
    )
    database = Database(url)
    try:
        async with world(database, settings, **options) as here:
            yield Predictor(here)
    finally:
        await database.close()
