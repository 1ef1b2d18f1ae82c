"""What was learned from files before, by the digest of their content.

An entry holds what its writer packed and nothing of a position; it is written whole under another name and moved into
place, so two runs at once never see half of one, and one that is damaged counts as absent and is written anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

_CHECK_BYTES: Final = 16
_RULES: Final = {".py", ".toml"}


def cache_folder(environment: Mapping[str, str]) -> Path | None:
    """Where results are kept: `AYDA_CACHE`, else `ayda` in the user's cache folder; None when `AYDA_CACHE` is empty."""
    chosen = environment.get("AYDA_CACHE")
    if chosen is not None:
        return Path(chosen).expanduser() if chosen else None
    shared = environment.get("XDG_CACHE_HOME")
    base = Path(shared) if shared and Path(shared).is_absolute() else Path("~/.cache").expanduser()
    return base / "ayda"


def code_version(places: Iterable[Path]) -> str:
    """A name for what these modules and packages say: it changes with any of them, and nobody has to remember it."""
    digest = hashlib.sha256()
    for place in places:
        files = (path for path in place.rglob("*") if path.suffix in _RULES) if place.is_dir() else (place,)
        for path in sorted(files):
            content = path.read_bytes()
            digest.update(f"{path.relative_to(place.parent).as_posix()}:{len(content)}:".encode() + content)
    return digest.hexdigest()[:16]


class Cache:
    """Bytes by key. A folder that cannot be read or written is a cache that remembers nothing."""

    def __init__(self, folder: Path | None, version: str) -> None:
        """`version` names how entries are made and packed: another version never sees them."""
        self._folder = None if folder is None else folder / version

    def get(self, key: str) -> bytes | None:
        """What was put under the key, None when there is nothing whole."""
        if self._folder is None:
            return None
        try:
            entry = self._path(self._folder, key).read_bytes()
        except OSError:
            return None
        check, content = entry[:_CHECK_BYTES], entry[_CHECK_BYTES:]
        return content if check == _check(content) else None

    def put(self, key: str, content: bytes) -> None:
        """Keeps the content under the key, if that is possible here."""
        if self._folder is None:
            return
        path = self._path(self._folder, key)
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".draft-")
            try:
                with os.fdopen(handle, "wb") as stream:
                    stream.write(_check(content) + content)
                Path(draft).replace(path)
            except OSError:
                Path(draft).unlink(missing_ok=True)

    @staticmethod
    def _path(folder: Path, key: str) -> Path:
        name = hashlib.sha256(key.encode()).hexdigest()
        return folder / name[:2] / name[2:]


def _check(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_CHECK_BYTES).digest()
