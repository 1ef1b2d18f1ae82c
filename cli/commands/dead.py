"""`ayda dead`: what the services had to give up, of every kind in one list, and how each of it is tried again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from importlib import import_module
from typing import Any, Final, Literal, TypeVar, get_args

import click

from ayda_service.uploads.jobs import UPLOAD, replay_upload
from ayda_service.webhooks.jobs import dead_events, replay_event
from ayda_service.webhooks.models import WebhookEvent
from cli import services
from cli.console import print_json
from cli.failure import Refused
from cli.options import as_json
from cli.services import AYDA, Service
from servicekit.base.clock import utc_now
from servicekit.data.database import Database
from servicekit.data.trouble import DATABASE_TROUBLE
from servicekit.jobs import DeadJob
from servicekit.jobs.in_process import open_queue

T = TypeVar("T")
Kind = Literal["jobs", "webhooks", "uploads"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
_ALL: Final = 1_000_000
_SERVICE: Final = click.option(
    "--service", type=click.Choice(tuple(services.SERVICES)), help="Of this one alone, in the database of DATABASE_URL."
)
_SHOWN: Final = ("service", "kind", "id", "what", "why", "tries", "since", "request_id")
_KIND: Final = click.option("--kind", type=click.Choice(KINDS), help="Of this kind alone.")


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


@click.group("dead")
def command() -> None:
    """What had to be given up after all its tries: background jobs, Strava's events, uploads to Strava.

    It is in the databases of the services, whose settings are those of `ayda migrate`.
    """


@command.command("list")
@_SERVICE
@_KIND
@as_json
def show(*, service: str | None, kind: Kind | None, as_json: bool) -> None:
    """Show each with what it was, why it was given up and since when, newest first."""

    async def all_of_them(found: Sequence[Dead]) -> Sequence[Dead]:
        return [dead for dead in found if kind in {None, dead.kind}]

    found = _on_dead(services.database_urls(services.environments(service)), all_of_them)
    if as_json:
        print_json([{name: getattr(dead, name) for name in _SHOWN} for dead in found])
        return
    for dead in found:
        since = "unknown" if dead.since is None else f"{dead.since:%Y-%m-%d %H:%M}"
        click.echo(f"{dead.id}  {dead.service} {dead.kind}  {since}  {dead.what}: {dead.why}")
    if not found:
        click.echo("Nothing is dead.")


@command.command("replay")
@click.argument("ids", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All of them, or all of a kind.")
@_SERVICE
@_KIND
def replay(ids: tuple[str, ...], *, everything: bool, service: str | None, kind: Kind | None) -> None:
    """Give these all their tries again; IDS are those that `list` shows. A running worker takes them up."""
    if bool(ids) == everything:
        raise click.UsageError("Name what to replay, or say --all.")

    async def revive(found: Sequence[Dead]) -> int:
        chosen = [dead for dead in found if kind in {None, dead.kind} and (everything or dead.id in ids)]
        return sum([await dead.replay() for dead in chosen])

    count = _on_dead(services.database_urls(services.environments(service)), revive)
    if not everything and count < len(set(ids)):
        raise Refused(
            "not_dead", f"{count} of {len(set(ids))} wait again; the others are not dead, see `ayda dead list`."
        )
    click.echo(f"{count} wait again.")


def _on_dead(urls: Mapping[Service, str], work: Callable[[Sequence[Dead]], Awaitable[T]]) -> T:
    """What `work` makes of all that is dead in these databases, newest first. Raises Refused if one is unusable."""

    async def run() -> T:
        async with contextlib.AsyncExitStack() as stack:
            found = [each for service, url in urls.items() async for each in _of_service(service, url, stack)]
            return await work(sorted(found, key=_died, reverse=True))

    try:
        return asyncio.run(run())
    except DATABASE_TROUBLE:
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
