"""The keys of tokens in a file of settings."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from dotenv import dotenv_values

from cli.failure import Refused
from servicekit.base.vault import KeySetting

VARIABLE: Final = "TOKEN_ENCRYPTION_KEYS"
_LINE = re.compile(rf"^\s*(?:export\s+)?{VARIABLE}\s*=.*$", re.MULTILINE)


def read_setting(env_file: Path) -> KeySetting:
    """The keys in the file. Refused when they are elsewhere, or are none."""
    text = dotenv_values(env_file, interpolate=False).get(VARIABLE) if env_file.is_file() else None
    if not text:
        raise Refused("no_keys", f"{env_file} has no {VARIABLE}; name the file with --env-file.")
    if os.environ.get(VARIABLE, text) != text:
        raise Refused("keys_elsewhere", f"{VARIABLE} is set in the environment, which wins over {env_file}.")
    try:
        return KeySetting.parse(text)
    except ValueError as error:
        raise Refused("bad_keys", f"{VARIABLE} {error}.") from None


def write_setting(env_file: Path, setting: KeySetting) -> None:
    """Puts the keys into the file, all or nothing, readable for its owner alone."""
    text = _LINE.sub(lambda _match: f"{VARIABLE}={setting.text}", env_file.read_text(encoding="utf-8"), count=1)
    beside = env_file.with_name(f"{env_file.name}.new")
    beside.touch(mode=0o600)
    with beside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(env_file)
