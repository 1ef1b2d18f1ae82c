"""A service as a whole: what runs and ends together, whatever else it is made of."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Protocol

import structlog

from servicekit.base.metrics import Metrics
from servicekit.data.database import Database
from servicekit.data.fitness import Fitness
from servicekit.data.revisions import revisions_of
from servicekit.jobs import Job, JobQueue
from servicekit.jobs.in_process import EmbeddedWorker
from servicekit.sight.watchman import Watchman
from servicekit.traces.export import TraceSettings, exported
from servicekit.web.health import Check
from trackfiles.xml_caps import NEEDED_EXPAT, old_expat


class Closable(Protocol):
    """Something that holds connections."""

    async def close(self) -> None:
        """Lets go of them."""


class Traced(Protocol):
    """Settings that say who collects traces."""

    @property
    def traces(self) -> TraceSettings:
        """Where they go, if anywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceParts:
    """A service, assembled and not yet running."""

    name: ClassVar[str]
    """Of the service, whose migrations the database needs."""
    settings: Traced
    database: Database
    queue: JobQueue
    jobs: tuple[Job, ...]
    worker: EmbeddedWorker
    watchman: Watchman

    @property
    def metrics(self) -> Metrics:
        """What this process measures."""
        return self.watchman.metrics

    def clients(self) -> Sequence[Closable | None]:
        """What is closed at the end, besides the database; the last one first."""
        raise NotImplementedError

    async def prepare(self) -> None:
        """What has to be done before the first request and the first job."""

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """For a command: nothing is prepared; everything is closed at the end."""
        async with AsyncExitStack() as stack:
            for part in (self.database, *self.clients()):
                if part is not None:
                    stack.push_async_callback(part.close)
            yield

    @asynccontextmanager
    async def running(self, *, worker: bool, name: str | None = None) -> AsyncIterator[None]:
        """Prepared, with the worker, if wanted, at work; everything is closed at the end.

        `name` is that of the process in traces, of the service unless another one is given.
        """
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(exported(self.settings.traces, self.metrics, name or self.name))
            await stack.enter_async_context(self.opened())
            await self.prepare()
            _warn_of_old_expat()
            await stack.enter_async_context(self.watchman.watching())
            if worker:
                await stack.enter_async_context(self.worker.running())
            yield

    async def work(self) -> None:
        """Runs jobs until cancelled, without serving anything."""
        async with self.running(worker=False, name=f"{self.name}-worker"):
            await self.queue.work(self.jobs)

    def checks(self, *, worker: bool) -> Mapping[str, Check]:
        """What must hold for the service to be ready, by name, and what it can do without."""
        fitness = Fitness(self.database, revisions_of(self.name))
        needed = {"database": fitness.check} | ({"worker": self.worker.check} if worker else {})
        return needed | dict(self.helpers())

    def helpers(self) -> Mapping[str, Check]:
        """Checks of what the service can do without: a Degraded tells what still works."""
        return {}


@cache
def _warn_of_old_expat() -> None:
    """Once for a process, however many services it serves."""
    if (found := old_expat()) is not None:
        needed = ".".join(map(str, NEEDED_EXPAT))
        structlog.get_logger(__name__).warning("expat_too_old", found=found, needed=needed)
