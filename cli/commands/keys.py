"""`ayda keys`."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final, TypeVar

import click
from dotenv import dotenv_values

from ayda_service.keys.rewrap import Rewrap
from cli.failure import Refused
from cli.services import AYDA, database_urls
from servicekit.base.clock import utc_now
from servicekit.base.settings import load_environ
from servicekit.base.vault import KeySetting
from servicekit.data.database import Database
from servicekit.strava.tokens.seals import TokenSeals

T = TypeVar("T")
_VARIABLE: Final = "TOKEN_ENCRYPTION_KEYS"
_LINE: Final = re.compile(rf"^\s*(?:export\s+)?{_VARIABLE}\s*=.*$", re.MULTILINE)
_ENV_FILE: Final = click.option(
    "--env-file", type=click.Path(path_type=Path), default=Path(".env"), show_default=True, help="Where the keys stand."
)


@click.group("keys")
def command() -> None:
    """The keys that Strava tokens are sealed under in ayda's database.

    add, restart each process, rotate KEY, restart, rotate KEY again, retire OLD. Nothing stops meanwhile.
    """


@command.command("list")
@_ENV_FILE
def show(env_file: Path) -> None:
    """Each key, and how many sealed texts it holds."""
    setting = _read_setting(env_file)
    in_use = _with_rewrap(env_file, setting, lambda rewrap: rewrap.in_use())
    for number, key_id in enumerate(setting.ids):
        click.echo(f"{key_id}\t{'seals' if number == 0 else 'opens'}\t{in_use[key_id]}")
    for key_id in sorted(set(in_use) - set(setting.ids)):
        click.echo(f"{key_id}\tlost\t{in_use[key_id]}")


@command.command("add")
@click.option("--id", "key_id", help="The new key's name; the next free kN without it.")
@_ENV_FILE
def add(key_id: str | None, env_file: Path) -> None:
    """A new key, last: it opens and does not seal yet."""
    setting = _valid(lambda: _read_setting(env_file).with_new(key_id))
    _write_setting(env_file, setting)
    click.echo(f"Added {setting.ids[-1]}. Restart every process of ayda, then: ayda keys rotate {setting.ids[-1]}")


@command.command("rotate")
@click.argument("key_id")
@click.option("--batch", type=click.IntRange(1, 10_000), default=200, show_default=True, help="Rows per transaction.")
@_ENV_FILE
def rotate(key_id: str, batch: int, env_file: Path) -> None:
    """This key seals from now on, and everything is sealed anew; killed and run again, it goes on."""
    setting = _valid(lambda: _read_setting(env_file).promoted(key_id))
    _write_setting(env_file, setting)
    done = _with_rewrap(env_file, setting, _rewrap_all, batch=batch)
    click.echo(f"{key_id} seals; {done} rows were sealed anew. Restart every process, then rotate once more.")


@command.command("retire")
@click.argument("key_id")
@_ENV_FILE
def retire(key_id: str, env_file: Path) -> None:
    """Removes an old key, when nothing is sealed under it any more."""
    setting = _read_setting(env_file)
    remaining = _valid(lambda: setting.without(key_id))
    left = _with_rewrap(env_file, setting, lambda rewrap: rewrap.in_use())
    if left[key_id]:
        raise Refused(
            "key_in_use", f"{left[key_id]} sealed texts still need {key_id}; run: ayda keys rotate {setting.ids[0]}"
        )
    _write_setting(env_file, remaining)
    click.echo(f"Retired {key_id}: of {left.total()} sealed texts 0 were under it.")


async def _rewrap_all(rewrap: Rewrap) -> int:
    once = await rewrap.run(lambda rows: click.echo(f"{rows} rows", err=True))
    if once.broken:
        raise Refused("seal_broken", f"{once.broken} rows do not open under any key; see the log for whose.")
    return once.rows


def _with_rewrap(
    env_file: Path, setting: KeySetting, work: Callable[[Rewrap], Coroutine[Any, Any, T]], *, batch: int = 200
) -> T:
    async def run() -> T:
        database = Database(database_urls({AYDA: load_environ(env_file)})[AYDA])
        try:
            vault = setting.vault()
            return await work(Rewrap(database, vault, TokenSeals(vault, now=utc_now), batch=batch, now=utc_now))
        finally:
            await database.close()

    return asyncio.run(run())


def _valid(make: Callable[[], KeySetting]) -> KeySetting:
    try:
        return make()
    except ValueError as error:
        raise Refused("bad_key", f"{error}.") from None


def _read_setting(env_file: Path) -> KeySetting:
    """The keys in the file. Refused when they are elsewhere, or are none."""
    text = dotenv_values(env_file, interpolate=False).get(_VARIABLE) if env_file.is_file() else None
    if not text:
        raise Refused("no_keys", f"{env_file} has no {_VARIABLE}; name the file with --env-file.")
    if os.environ.get(_VARIABLE, text) != text:
        raise Refused("keys_elsewhere", f"{_VARIABLE} is set in the environment, which wins over {env_file}.")
    try:
        return KeySetting.parse(text)
    except ValueError as error:
        raise Refused("bad_keys", f"{_VARIABLE} {error}.") from None


def _write_setting(env_file: Path, setting: KeySetting) -> None:
    """Puts the keys into the file, all or nothing, readable for its owner alone."""
    text = _LINE.sub(lambda _match: f"{_VARIABLE}={setting.text}", env_file.read_text(encoding="utf-8"), count=1)
    beside = env_file.with_name(f"{env_file.name}.new")
    beside.touch(mode=0o600)
    with beside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(env_file)
