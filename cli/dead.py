"""What the services had to give up, of every kind in one list, and how each of it is tried again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from importlib import import_module
from typing import Any, Final, Literal, TypeVar, get_args

from sqlalchemy.exc import SQLAlchemyError

from ayda_service.uploads.jobs import UPLOAD, replay_upload
from ayda_service.webhooks.jobs import dead_events, replay_event
from ayda_service.webhooks.models import WebhookEvent
from cli.failure import Refused
from cli.services import AYDA, Service
from servicekit.base.clock import utc_now
from servicekit.data.database import Database
from servicekit.jobs import DeadJob
from servicekit.jobs.in_process import open_queue

T = TypeVar("T")
Kind = Literal["jobs", "webhooks", "uploads"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
_ALL: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Dead:
    """One thing that was given up."""

    service: str
    kind: Kind
    id: str
    what: str
    why: str
    tries: int
    since: datetime | None
    """Since when it is dead; of an event, since when it is known."""
    request_id: str | None
    replay: Callable[[], Awaitable[bool]]
    """Gives it all its tries again; False when it is no longer dead."""


def on_dead(urls: Mapping[Service, str], work: Callable[[Sequence[Dead]], Awaitable[T]]) -> T:
    """What `work` makes of all that is dead in these databases, newest first. Raises Refused if one is unusable."""

    async def run() -> T:
        async with contextlib.AsyncExitStack() as stack:
            found = [each for service, url in urls.items() async for each in _of_service(service, url, stack)]
            return await work(sorted(found, key=_died, reverse=True))

    try:
        return asyncio.run(run())
    except SQLAlchemyError:
        raise Refused(
            "database_unusable", "The database cannot be used. Does it run, and is it migrated? See docs/operate.md."
        ) from None


async def _of_service(service: Service, url: str, stack: contextlib.AsyncExitStack) -> AsyncIterator[Dead]:
    database = Database(url)
    stack.push_async_callback(database.close)
    table = import_module(f"{service.package}.models").Base.metadata.tables["job"]
    queue = open_queue(database, table, now=utc_now)
    for job in await queue.dead(_ALL):
        if service is AYDA and job.name == UPLOAD:
            replay = partial(replay_upload, database, queue, job)
            yield _dead_job(service, "uploads", job, f"upload {job.args['upload_id']}", replay)
        else:
            yield _dead_job(service, "jobs", job, _call(job), partial(queue.replay, job.id))
    if service is AYDA:
        for event in await dead_events(database, _ALL):
            yield _dead_event(event, partial(replay_event, database, queue, event.id))


def _dead_job(service: Service, kind: Kind, job: DeadJob, what: str, replay: Callable[[], Awaitable[bool]]) -> Dead:
    return Dead(service.name, kind, job.id, what, job.error, job.attempts, job.died_at, job.request_id, replay)


def _call(job: DeadJob) -> str:
    return f"{job.name}({', '.join(f'{name}={value}' for name, value in job.args.items())})"


def _dead_event(event: WebhookEvent, replay: Callable[[], Awaitable[bool]]) -> Dead:
    what, why = f"{event.aspect_type} {event.object_type} {event.object_id} of {event.owner_id}", event.error or ""
    return Dead(AYDA.name, "webhooks", str(event.id), what, why, event.tries, event.received_at, None, replay)


def _died(dead: Dead) -> tuple[bool, Any]:
    return dead.since is not None, dead.since
