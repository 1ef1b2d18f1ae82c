"""`ayda dead`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import click

from cli import services
from cli.console import print_json
from cli.dead import KINDS, Dead, Kind, on_dead
from cli.failure import Refused
from cli.options import as_json

_SERVICE: Final = click.option(
    "--service", type=click.Choice(tuple(services.SERVICES)), help="Of this one alone, in the database of DATABASE_URL."
)
_SHOWN: Final = ("service", "kind", "id", "what", "why", "tries", "since", "request_id")
_KIND: Final = click.option("--kind", type=click.Choice(KINDS), help="Of this kind alone.")


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

    found = on_dead(services.database_urls(services.environments(service)), all_of_them)
    if as_json:
        print_json([_on_wire(dead) for dead in found])
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

    count = on_dead(services.database_urls(services.environments(service)), revive)
    if not everything and count < len(set(ids)):
        raise Refused(
            "not_dead", f"{count} of {len(set(ids))} wait again; the others are not dead, see `ayda dead list`."
        )
    click.echo(f"{count} wait again.")


def _on_wire(dead: Dead) -> dict[str, object]:
    return {name: getattr(dead, name) for name in _SHOWN}
