"""`ayda restore check`: a backup brings nobody back who was erased after it was made."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import click

from ayda_service.settings import Settings as AydaSettings
from cli import services
from cli.failure import Refused
from cli.services import Service
from servicekit.base.clock import utc_now
from servicekit.base.logs import ProcessSettings
from servicekit.base.settings import Secret
from servicekit.data.erasure_list import ErasureList, StillThere
from servicekit.data.trouble import DATABASE_TROUBLE

NOT_CLEAN: Final = 1


@click.group("restore")
def command() -> None:
    """After a database was restored from a backup."""


@command.command("check")
@services.argument
@click.option("--apply", "again", is_flag=True, help="Erase again whoever is found.")
@click.option(
    "--list",
    "files",
    type=click.Path(path_type=Path),
    multiple=True,
    help="The list of erasures, if not where ayda's settings say; once for each machine that has one.",
)
def check(*, service: str | None, again: bool, files: tuple[Path, ...]) -> None:
    """Find whom a restored database of a service, or of both, has brought back; exit code 0 when it is nobody.

    Stop the services first. Settings are those of `ayda serve`. For the predictor alone the list of ayda is named with
    --list, and its key is ERASURES_KEY or TELEGRAM_BOT_TOKEN.
    """
    environs = services.environments(service)
    configured = services.configured(environs)
    erasures = _list(configured, next(iter(environs.values())), files)
    clean = True
    for each, settings in configured.items():
        try:
            found = asyncio.run(_check(each, settings, erasures, again=again))
        except DATABASE_TROUBLE:
            raise Refused(
                "database_unusable", f"The database of {each.name} cannot be used. Does it run, and is it migrated?"
            ) from None
        click.echo(f"{each.name}: {_told(found, again=again)}")
        clean = clean and (again or not found)
    if not _is_readable(erasures) or not clean:
        sys.exit(NOT_CLEAN)


def _list(
    configured: Mapping[Service, ProcessSettings], environ: Mapping[str, str], files: tuple[Path, ...]
) -> ErasureList:
    """The list that is asked for. Raises Refused where it, or its key, is missing."""
    own = next((each for each in configured.values() if isinstance(each, AydaSettings)), None)
    named = environ.get("ERASURES_KEY") or environ.get("TELEGRAM_BOT_TOKEN")
    key = own.erasures[1] if own is not None else Secret(named or "")
    paths = files or ((own.erasures[0],) if own is not None else ())
    if not key or not paths:
        raise Refused("no_list", "Name ayda's list with --list, and set ERASURES_KEY or TELEGRAM_BOT_TOKEN for it.")
    missing = [path for path in paths if not path.is_file()]
    if missing:
        raise Refused("no_list", f"There is no list of erasures at {missing[0]}; name it with --list.")
    return ErasureList(paths[0], key, also=paths[1:])


async def _check(service: Service, settings: ProcessSettings, erasures: ErasureList, *, again: bool) -> StillThere:
    """Who was found; whoever is erased again is looked for once more. Raises Refused if somebody is left then."""
    parts: Any = import_module(f"{service.package}.parts").assemble(settings, now=utc_now)
    async with parts.opened():
        restored = parts.restored()
        found: StillThere = await restored.found(erasures)
        if again and found:
            await restored.erase_again(found)
            if await restored.found(erasures):
                raise Refused("not_erased", f"Somebody is still there in {service.name}; is it running meanwhile?")
        if again or not found:
            await restored.settle(erasures)
    return found


def _told(found: StillThere, *, again: bool) -> str:
    if not found:
        return "nobody who was erased is there."
    what = f"{len(found.people)} erased people and {len(found.connections)} ended connections"
    return f"{what} were there, and are erased again." if again else f"{what} are there; run again with --apply."


def _is_readable(erasures: ErasureList) -> bool:
    """Whether the whole list could be read; else says what is missing."""
    listed = erasures.read()
    if listed.foreign:
        click.echo(
            f"{listed.foreign} lines of the list are under another key; set ERASURES_KEY to the secret of then.",
            err=True,
        )
    if listed.cut:
        click.echo(f"{listed.cut} lines of the list were cut by a crash, before anybody had a receipt.", err=True)
    return not listed.foreign
