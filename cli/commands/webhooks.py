"""`ayda webhooks`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Final, TypeVar
from uuid import UUID

import click
from sqlalchemy.exc import SQLAlchemyError

from ayda_service.models import JOB_TABLE
from ayda_service.settings import DATABASE_URL
from ayda_service.webhooks.letters import DeadLetter, DeadLetters
from ayda_service.webhooks.queueing import WebhookJobs
from cli.failure import Refused
from servicekit.clock import utc_now
from servicekit.database import Database, database_url
from servicekit.jobs.choice import open_queue
from servicekit.settings import Reader, SettingsError, load_environ

T = TypeVar("T")
_LINE: Final = "{id}  {received_at:%Y-%m-%d %H:%M}  {aspect_type} {object_type} {object_id} of {owner_id}: {error}"


@click.group("webhooks")
def command() -> None:
    """Strava's events that ayda had to give up: show them, try them again.

    Works on the database of DATABASE_URL, from the environment or .env.
    """


@command.command("dead")
@click.option("--json", "as_json", is_flag=True, help="One JSON array on stdout.")
def dead(*, as_json: bool) -> None:
    """Show the events that were given up, newest first."""
    letters = _with_letters(lambda letters: letters.all())
    if as_json:
        click.echo(json.dumps([_on_wire(letter) for letter in letters]))
        return
    for letter in letters:
        click.echo(_LINE.format(**asdict(letter)))
    if not letters:
        click.echo("There are no dead letters.")


@command.command("replay")
@click.argument("ids", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All of them.")
def replay(ids: tuple[str, ...], *, everything: bool) -> None:
    """Give the events of these IDS all their tries back."""
    if bool(ids) == everything:
        raise click.UsageError("Name the events to replay, or say --all.")
    chosen = None if everything else [_event_id(text) for text in ids]
    count = _with_letters(lambda letters: letters.replay(chosen))
    if chosen is not None and count < len(set(chosen)):
        raise Refused("event_not_found", f"{count} of {len(set(chosen))} wait again; the others are no dead letters.")
    click.echo(f"{count} wait again.")


def _event_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Refused("bad_event_id", f"{text[:64]!r} is no id of an event; `ayda webhooks dead` shows them.") from None


def _on_wire(letter: DeadLetter) -> dict[str, object]:
    return {**asdict(letter), "received_at": letter.received_at.isoformat()}


def _with_letters(work: Callable[[DeadLetters], Awaitable[T]]) -> T:
    try:
        with Reader(load_environ()) as read:
            url = read.parsed("DATABASE_URL", database_url, DATABASE_URL)
        return asyncio.run(_opened(url, work))
    except SettingsError as error:
        raise Refused("bad_settings", f"{error}.") from None
    except SQLAlchemyError:
        raise Refused(
            "database_unusable", "The database cannot be used. Does it run, and is it migrated? See docs/operate.md."
        ) from None


async def _opened(url: str, work: Callable[[DeadLetters], Awaitable[T]]) -> T:
    database = Database(url)
    try:
        jobs = WebhookJobs(open_queue(database, JOB_TABLE, now=utc_now))
        return await work(DeadLetters(database, jobs))
    finally:
        await database.close()
