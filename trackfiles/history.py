"""All outings under some paths: read in children, each once, in an order that depends on nothing but the files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import msgspec

from kernel.contracts.activity import SportTag
from kernel.tracks import BadTrack
from trackfiles.archive import Entry, entries_of
from trackfiles.child import Bounds, Children
from trackfiles.duplicates import distinct
from trackfiles.outing import Dropped, Outing, digest_of

RULES_VERSION: Final = 1
"""Goes into the keys of what is remembered; counts up when the same file would give another outing."""

_PASSING: Final = {"file_unreadable", "too_slow"}


class History(msgspec.Struct, frozen=True):
    """Outings, oldest first, and what was left out, by name."""

    outings: tuple[Outing, ...]
    dropped: tuple[Dropped, ...]


Remembered = MutableMapping[str, Outing | Dropped]


def read_history(
    paths: Iterable[Path],
    *,
    sport: SportTag | None = None,
    jobs: int = 2,
    on_progress: Callable[[int, int], None] | None = None,
    remembered: Remembered | None = None,
    bounds: Bounds | None = None,
) -> History:
    """The outings in files, folders, ZIP archives and Strava bulk exports, each outing once.

    `sport` is taken where neither a table nor the file names one. `on_progress` is told how many of how many files are
    done. What `remembered` holds from earlier runs is not read again, and what is read is put there; its keys are
    opaque. Raises ChildrenUnusable.
    """
    memory: Remembered = {} if remembered is None else remembered
    with ExitStack() as opened:
        found = [one for path in paths for one in entries_of(path, opened)]
        entries = [one for one in found if isinstance(one, Entry)]
        children = opened.enter_context(Children(jobs, bounds))
        read = _read_all(entries, _Reader(children, sport, memory), jobs, on_progress or _nobody)
    told = [one for one in read if isinstance(one, Outing)]
    dropped = [one for one in (*found, *read) if isinstance(one, Dropped)]
    outings, repeated = distinct(told)
    dropped += [_repetition(twin, kept) for twin, kept in repeated]
    return History(tuple(outings), tuple(sorted(dropped, key=lambda one: (one.name, one.code, one.sentence))))


class _Reader:
    """Reads one entry; called from several threads at once."""

    def __init__(self, children: Children, otherwise: SportTag | None, memory: Remembered) -> None:
        self._children = children
        self._otherwise = otherwise
        self._memory = memory

    def __call__(self, entry: Entry) -> Outing | Dropped:
        try:
            content = entry.content()
        except BadTrack as bad:
            return Dropped(entry.name, bad.reason, str(bad))
        key = f"{RULES_VERSION}:{digest_of(content)}:{entry.sport or ''}:{self._otherwise or ''}"
        known = self._memory.get(key)
        if known is None:
            answer = self._children.read(content, entry.name, sport=entry.sport, otherwise=self._otherwise)
            known = answer.outing or answer.dropped or Dropped(entry.name, "file_unreadable", "Nothing was read.")
            if not (isinstance(known, Dropped) and known.code in _PASSING):
                self._memory[key] = known
        return msgspec.structs.replace(known, name=entry.name)


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
        return [one.result() for one in waiting]
    finally:
        threads.shutdown(wait=True, cancel_futures=True)


def _repetition(twin: Outing, kept: Outing) -> Dropped:
    return Dropped(twin.name, "duplicate", f"This is the same outing as {kept.name}.")


def _nobody(_done: int, _total: int) -> None: ...
