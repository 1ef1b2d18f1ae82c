"""`ayda webhooks`."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Final, TypeVar
from uuid import UUID

import click

from ayda_service.webhooks.letters import DeadLetter, DeadLetters
from ayda_service.webhooks.queueing import WebhookJobs
from cli.ayda_database import on_ayda_database
from cli.failure import Refused

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
    return on_ayda_database(lambda database, queue: work(DeadLetters(database, WebhookJobs(queue))))
