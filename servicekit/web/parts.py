"""A service as a whole: what runs and ends together, whatever else it is made of."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from servicekit.data.database import Database
from servicekit.jobs import Job, JobQueue
from servicekit.jobs.in_process import EmbeddedWorker
from servicekit.web.health import Check


class Closable(Protocol):
    """Something that holds connections."""

    async def close(self) -> None:
        """Lets go of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceParts:
    """A service, assembled and not yet running."""

    database: Database
    queue: JobQueue
    jobs: tuple[Job, ...]
    worker: EmbeddedWorker

    def clients(self) -> Sequence[Closable | None]:
        """What is closed at the end, besides the database; the last one first."""
        raise NotImplementedError

    async def prepare(self) -> None:
        """What has to be done before the first request and the first job."""

    @asynccontextmanager
    async def running(self, *, worker: bool) -> AsyncIterator[None]:
        """Prepared, with the worker, if wanted, at work; everything is closed at the end."""
        async with AsyncExitStack() as stack:
            for part in (self.database, *self.clients()):
                if part is not None:
                    stack.push_async_callback(part.close)
            await self.prepare()
            if worker:
                await stack.enter_async_context(self.worker.running())
            yield

    async def work(self) -> None:
        """Runs jobs until cancelled, without serving anything."""
        async with self.running(worker=False):
            await self.queue.work(self.jobs)

    def checks(self, *, worker: bool) -> Mapping[str, Check]:
        """What must hold for the service to be ready, by name."""
        return {"database": self.database.ping} | ({"worker": self.worker.check} if worker else {})
