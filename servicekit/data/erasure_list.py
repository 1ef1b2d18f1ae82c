"""Who was erased, outside of every database: a backup that is restored knows nothing of what was erased after it.

A file that only grows, one line for each erasure: when, of what kind, which key, and a keyed hash of the id. Who has
the file and not the key learns how many there were and when. A line that a crash has cut is passed over, and counted.
"""

from __future__ import annotations

import hmac
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from kernel.errors import DomainError
from servicekit.base.settings import Secret

Kind = Literal["person", "athlete"]
"""`person`: a Telegram id, everything. `athlete`: a Strava athlete whose connection has ended."""
_LINE: Final = re.compile(r"(\S+) (person|athlete) ([0-9a-f]{8}) ([0-9a-f]{64})", re.ASCII)
_TAIL_BYTES: Final = 4096


class ErasuresUnwritable(DomainError):
    """The list cannot be written, so nothing is promised."""

    sentence = "This could not be written down for good, so nothing was erased or changed; please try again later."


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list says. `foreign` lines are under another key, `cut` ones are no lines at all."""

    last: dict[tuple[str, str], datetime] = field(default_factory=dict)
    """When each was erased last, by kind and digest."""
    foreign: int = 0
    cut: int = 0


@dataclass(frozen=True, slots=True)
class StillThere:
    """Telegram ids of whom a restored database has although they were erased, or their connection was ended, since."""

    people: list[int] = field(repr=False)
    connections: list[int] = field(repr=False)

    def __bool__(self) -> bool:
        return bool(self.people or self.connections)


class ErasureList:
    """The list in one file, under one key; `also` are further files to read, of other processes or machines."""

    def __init__(self, path: Path, key: Secret, *, also: Sequence[Path] = ()) -> None:
        """The key is made from `key`, which may be any secret that stays."""
        self.path = path
        self._also = also
        self._key = hmac.digest(b"ayda erasures", key.reveal().encode(), "sha256")
        self._key_check = hmac.digest(self._key, b"check", "sha256").hex()[:8]

    def digest(self, kind: str, number: int) -> str:
        """What stands for an id; without the key nobody finds out for whose."""
        return hmac.digest(self._key, f"{kind}:{number}".encode(), "sha256").hex()

    def add(self, erased: Iterable[tuple[Kind, int]], at: datetime) -> None:
        """Writes these down; they are on disk when it returns. Saying it twice does no harm.

        Raises ErasuresUnwritable.
        """
        when = at.astimezone(UTC).isoformat(timespec="microseconds")
        lines = [f"{when} {kind} {self._key_check} {self.digest(kind, number)}\n" for kind, number in erased]
        if not lines:
            return
        try:
            _append(self.path, "".join(lines).encode())
        except OSError as error:
            raise ErasuresUnwritable from error

    def read(self) -> Listed:
        """All of it."""
        listed, foreign, cut = dict[tuple[str, str], datetime](), 0, 0
        for line in self._lines():
            found = _LINE.fullmatch(line)
            if found is None:
                cut += 1
                continue
            when, kind, key_check, digest = found.groups()
            if key_check != self._key_check:
                foreign += 1
                continue
            at = datetime.fromisoformat(when)
            listed[kind, digest] = max(at, listed.get((kind, digest), at))
        return Listed(listed, foreign, cut)

    def since(self, listed: Listed, kind: Kind, number: int, moment: datetime) -> bool:
        """Whether this one was erased at this moment or later."""
        at = listed.last.get((kind, self.digest(kind, number)))
        return at is not None and at >= moment

    def last_at(self) -> datetime | None:
        """When the last line under this key was written in the file itself; None when its end has none."""
        if not self.path.is_file():
            return None
        with self.path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
            lines = [_LINE.fullmatch(line) for line in file.read().decode("ascii", "replace").splitlines()]
        found = [line[1] for line in lines if line is not None and line[3] == self._key_check]
        return datetime.fromisoformat(found[-1]) if found else None

    def _lines(self) -> Iterator[str]:
        for path in dict.fromkeys((self.path, *self._also)):
            if path.is_file():
                with path.open(encoding="ascii", errors="replace") as file:
                    yield from (text for line in file if (text := line.strip()))


def _append(path: Path, lines: bytes) -> None:
    """One write at the end of the file, beginning on a line of its own also after one that was cut."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = not path.exists()
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        cut = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        text = (b"\n" if cut else b"") + lines
        if os.write(descriptor, text) != len(text):
            raise OSError("The list was written in part.")  # the next line ends what was cut
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if fresh:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
