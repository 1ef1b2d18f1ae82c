"""`ayda uploads`."""

from __future__ import annotations

import click

from ayda_service.uploads.dead_letters import DeadUploads
from cli.ayda_database import on_ayda_database
from cli.failure import Refused
from cli.options import as_json
from cli.show.console import print_json
from servicekit.data.database import Database
from servicekit.jobs import DeadJob, JobQueue


@click.group("uploads")
def command() -> None:
    """Uploads to Strava that ayda has given up: show them, try them again.

    Works on the database of DATABASE_URL, from the environment or .env.
    """


@command.command("dead")
@as_json
def dead(*, as_json: bool) -> None:
    """Show the uploads that were given up, newest first."""
    letters = on_ayda_database(_all)
    if as_json:
        print_json([_on_wire(letter) for letter in letters])
        return
    for letter in letters:
        died = "" if letter.died_at is None else f"{letter.died_at:%Y-%m-%d %H:%M}"
        click.echo(f"{letter.id}  {died}  upload {letter.args.get('upload_id')}: {letter.error}")
    if not letters:
        click.echo("There are no dead uploads.")


@command.command("replay")
@click.argument("ids", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All of them.")
def replay(ids: tuple[str, ...], *, everything: bool) -> None:
    """Give these uploads all their tries again; IDS are those that `dead` shows."""
    if bool(ids) == everything:
        raise click.UsageError("Name the uploads to replay, or say --all.")

    async def revive(database: Database, queue: JobQueue) -> int:
        letters = DeadUploads(database, queue)
        chosen = [letter for letter in await letters.all() if everything or letter.id in ids]
        return sum([await letters.replay(letter) for letter in chosen])

    count = on_ayda_database(revive)
    if not everything and count < len(set(ids)):
        raise Refused("upload_not_found", f"{count} of {len(set(ids))} wait again; the others are no dead uploads.")
    click.echo(f"{count} wait again.")


async def _all(database: Database, queue: JobQueue) -> list[DeadJob]:
    return await DeadUploads(database, queue).all()


def _on_wire(letter: DeadJob) -> dict[str, object]:
    return {
        "id": letter.id,
        "upload_id": letter.args.get("upload_id"),
        "error": letter.error,
        "died_at": letter.died_at,
        "request_id": letter.request_id,
    }
