"""All outings under some paths: read in children, each once, in an order that depends on nothing but the files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import nullcontext
from pathlib import Path
from typing import Final

import msgspec

from kernel.contracts.activity import SportTag
from trackfiles.archive import Entry, entries_of
from trackfiles.child import Bounds
from trackfiles.children import Children, Stop
from trackfiles.duplicates import distinct
from trackfiles.outing import Dropped, Outing, SaidSport
from trackfiles.questions import Answer, Digested, DigestFile, File, OutingsRead, Question, ReadOutings, Refused
from trackfiles.sealed import SealedFile

RULES_VERSION: Final = 3
"""Goes into the keys of what is remembered; counts up when the same file would give another outing."""

_PASSING: Final = {"file_unreadable", "too_slow"}


class History(msgspec.Struct, frozen=True):
    """Outings, oldest first, and what was left out, by name."""

    outings: tuple[Outing, ...]
    dropped: tuple[Dropped, ...]


Remembered = MutableMapping[str, tuple[Outing | Dropped, ...]]


def read_history(
    paths: Iterable[Path | SealedFile],
    *,
    sport: SportTag | None = None,
    trusted: bool = False,
    jobs: int = 2,
    on_progress: Callable[[int, int], None] | None = None,
    remembered: Remembered | None = None,
    bounds: Bounds | None = None,
    stop: Stop | None = None,
    shared: Children | None = None,
    path_key: bytes | None = None,
) -> History:
    """The outings in files, folders, ZIP archives, sealed or not, and Strava bulk exports, each outing once.

    `sport` is taken where neither a table nor the file names one: with `trusted` whatever the movement, else only where
    that can have been on foot alone. `on_progress` is told how many of how many files are
    done. What `remembered` holds from earlier runs is not read again, and what is read is put there; its keys are
    opaque. `stop` ends the reading from another thread. Children that are `shared` read for others too, and stay.
    With the `path_key` of an athlete outings come with their paths under it.
    Raises Stopped, ChildrenStalled and ChildrenUnusable, and what `on_progress` raises.
    """
    with nullcontext(shared) if shared else Children(jobs, bounds) as children:
        reader = _Reader(children, SaidSport(None, sport, trusted), remembered, stop or Stop(), path_key)
        found = [one for path in paths for one in _entries_of(path, reader)]
        entries = [one for one in found if isinstance(one, Entry)]
        read = _read_all(entries, reader, jobs, on_progress or _nobody)
    told = [one for one in read if isinstance(one, Outing)]
    dropped = [one for one in (*found, *read) if isinstance(one, Dropped)]
    outings, repeated = distinct(told)
    dropped += [_repetition(twin, kept) for twin, kept in repeated]
    return History(tuple(outings), tuple(sorted(dropped, key=lambda one: (one.name, one.code, one.sentence))))


def _entries_of(path: Path | SealedFile, reader: _Reader) -> Iterator[Entry | Dropped]:
    if isinstance(path, SealedFile):
        return entries_of(path.path, reader.ask, key=path.key)
    return entries_of(path, reader.ask)


class _Reader:
    """Reads one entry; called from several threads at once."""

    def __init__(
        self, children: Children, said: SaidSport, memory: Remembered | None, stop: Stop, path_key: bytes | None
    ) -> None:
        self._children = children
        self._said = said
        self._memory = memory
        self._stop = stop
        self._path_key = path_key

    def ask(self, question: Question) -> Answer:
        """What a child says."""
        return self._children.ask(question, self._stop).answer

    def __call__(self, entry: Entry) -> Sequence[Outing | Dropped]:
        if self._memory is None:
            return self._read(entry)
        digest = self._digest(entry)
        if isinstance(digest, Dropped):
            return [digest]
        said = (entry.sport or "", self._said.otherwise or "", str(self._said.trusted), _name_of(self._path_key))
        key = ":".join((str(RULES_VERSION), digest, *said))
        known = self._memory.get(key)
        if known is None:
            known = tuple(self._read(entry))
            if not any(isinstance(one, Dropped) and one.code in _PASSING for one in known):
                self._memory[key] = known
        return [msgspec.structs.replace(one, name=entry.name) for one in known]

    def _digest(self, entry: Entry) -> str | Dropped:
        """The name of a content; what is packed is unpacked by a child alone."""
        if isinstance(entry.source, File):
            try:
                with Path(entry.source.path).open("rb") as file:
                    return hashlib.file_digest(file, "sha256").hexdigest()
            except OSError:
                return Dropped(entry.name, "missing_file", "This file cannot be opened.")
        answer = self.ask(DigestFile(entry.source))
        return answer.digest if isinstance(answer, Digested) else _dropped(entry, answer)

    def _read(self, entry: Entry) -> Sequence[Outing | Dropped]:
        said = msgspec.structs.replace(self._said, named=entry.sport)
        answer = self.ask(ReadOutings(entry.source, entry.name, said, self._path_key))
        return answer.told if isinstance(answer, OutingsRead) else [_dropped(entry, answer)]


def _name_of(path_key: bytes | None) -> str:
    """Which key it was, for who has it."""
    return "" if path_key is None else hashlib.sha256(path_key).hexdigest()


def _dropped(entry: Entry, answer: Answer) -> Dropped:
    if isinstance(answer, Refused):
        return Dropped(entry.name, answer.code, answer.sentence)
    return Dropped(entry.name, "file_unreadable", "Nothing was read.")


def _read_all(
    entries: list[Entry], read: _Reader, jobs: int, on_progress: Callable[[int, int], None]
) -> list[Outing | Dropped]:
    total = len(entries)
    on_progress(0, total)
    threads = ThreadPoolExecutor(max(1, jobs))
    try:
        waiting = [threads.submit(read, entry) for entry in entries]
        for done, _ in enumerate(as_completed(waiting), start=1):
            on_progress(done, total)
        return [told for one in waiting for told in one.result()]
    finally:
        threads.shutdown(wait=True, cancel_futures=True)


def _repetition(twin: Outing, kept: Outing) -> Dropped:
    return Dropped(twin.name, "duplicate", f"This is the same outing as {kept.name}.")


def _nobody(_done: int, _total: int) -> None: ...
