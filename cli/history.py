"""Past activities on this machine: read once, remembered by what is in the files."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections import Counter
from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

import kernel
import trackfiles
from cli.cache import Cache, cache_folder, code_version
from cli.console import progress
from cli.failure import Refused
from kernel.contracts.activity import SportTag
from kernel.contracts.prediction import Mode
from kernel.contracts.route import CourseWarning
from kernel.pace import ActivityFeatures
from kernel.pace.paths import KEY_BYTES, NO_PATHS, Paths
from trackfiles.child import ChildrenUnusable
from trackfiles.children import ChildrenStalled
from trackfiles.history import read_history
from trackfiles.outing import Dropped, Outing

_RULES: Final = (
    Path(kernel.__file__).parent / "fitted.py",
    Path(kernel.__file__).parent / "pace",
    Path(kernel.__file__).parent / "tracks",
    Path(trackfiles.__file__).parent,
)
"""The code and numbers that decide what is learned from a file."""

SPORT_OF_MODE: Final[dict[Mode, SportTag]] = {"trail_run": "run", "hiking": "hike"}
"""What a file is taken for that does not say its sport."""

_MOST_JOBS: Final = 8
_MOST_REASONS: Final = 3
_TWICE: Final = {"duplicate", "duplicate_row"}
"""What is there twice is used all the same."""
_PATH_KEY: Final = "path.key"


@dataclass(frozen=True, slots=True)
class Past:
    """What the files said, oldest first, and which of them said nothing."""

    outings: tuple[Outing, ...] = ()
    dropped: tuple[Dropped, ...] = ()

    @property
    def features(self) -> tuple[ActivityFeatures, ...]:
        """What a profile is fitted from."""
        return tuple(outing.features for outing in self.outings)

    @property
    def paths(self) -> tuple[Paths, ...]:
        """Where each went, as marks under the key they were read with; none where nobody asked."""
        return tuple(NO_PATHS if each.paths is None else Paths.from_bytes(each.paths) for each in self.outings)

    def before(self, moment: datetime) -> Past:
        """Only what had started a day before `moment`, or earlier."""
        day = moment.timestamp() // 86_400.0
        return replace(self, outings=tuple(one for one in self.outings if one.features.day < day))


def read_past(paths: Sequence[Path], sport: SportTag, *, trusted: bool = False, path_key: bytes | None = None) -> Past:
    """Every activity in files, folders and archives; `sport` is that of files that do not say.

    Unless it is `trusted`, that is so only where the movement can have been on foot alone. With a `path_key` where they
    went is told too. Raises Refused.
    """
    for path in paths:
        if not path.exists():
            raise Refused("file_not_found", f"There is no file or folder {path}.")
    if not paths:
        return Past()
    memory = Remembered(Cache(cache_folder(os.environ), f"outings-{code_version(_RULES)}"))
    jobs = min(_MOST_JOBS, os.cpu_count() or 1)
    try:
        with progress("Reading past activities") as advance:
            history = read_history(
                paths,
                sport=sport,
                trusted=trusted,
                jobs=jobs,
                on_progress=advance,
                remembered=memory,
                path_key=path_key,
            )
    except (ChildrenUnusable, ChildrenStalled) as error:
        raise Refused("files_not_readable", str(error)) from error
    return Past(history.outings, history.dropped)


def own_path_key() -> bytes:
    """The key under which paths are remembered on this machine; where nothing can be kept, one for this run."""
    folder, fresh = cache_folder(os.environ), secrets.token_bytes(KEY_BYTES)
    if folder is None:
        return fresh
    place = folder / _PATH_KEY
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        if not place.exists():
            with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(fresh)
        kept = place.read_bytes()
        if len(kept) == KEY_BYTES:
            return kept
    return fresh


def used_for(past: Past) -> CourseWarning | None:
    """The warning about a history that is used in part (`history_in_part`), None where all of it is.

    Raises Refused (`history_unusable`) where nothing in it tells how somebody moves.
    """
    files = [one for one in past.dropped if one.code not in _TWICE]
    used = sum(one.features.usable for one in past.outings)
    if used == 0:
        why = Counter(one.code for one in files).most_common(_MOST_REASONS)
        reasons = ", ".join(f"{code} {count}" for code, count in why)
        found = f"none of {len(files)} tells of an outing on foot ({reasons})" if files else "there is no activity file"
        raise Refused("history_unusable", f"The history cannot be used: {found}. `ayda history` says more.")
    if not files:
        return None
    of = used + len(files)
    return CourseWarning("history_in_part", f"{used} of {of} activities used.", {"used": float(used), "of": float(of)})


class Remembered(MutableMapping[str, tuple[Outing | Dropped, ...]]):
    """What files said in earlier runs, by the reader's key. Never their names, and never a place."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    def __getitem__(self, key: str) -> tuple[Outing | Dropped, ...]:
        """Raises KeyError for what is not known, damaged, or of another shape."""
        packed = self._cache.get(key)
        if packed is None:
            raise KeyError(key)
        try:
            known: tuple[Outing | Dropped, ...] = msgspec.msgpack.decode(packed, type=tuple[Outing | Dropped, ...])
        except msgspec.MsgspecError:
            raise KeyError(key) from None
        return known

    def __setitem__(self, key: str, known: tuple[Outing | Dropped, ...]) -> None:
        """Keeps it without the file's name."""
        self._cache.put(key, msgspec.msgpack.encode([msgspec.structs.replace(one, name="") for one in known]))

    def __delitem__(self, key: str) -> None:
        """Nothing is ever forgotten one by one."""
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        """The keys are not kept, only their digests."""
        return iter(())

    def __len__(self) -> int:
        """As many as can be listed."""
        return 0
