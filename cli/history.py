"""Past activities on this machine: read once, remembered by what is in the files."""

from __future__ import annotations

import os
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
from kernel.pace import ActivityFeatures
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


@dataclass(frozen=True, slots=True)
class Past:
    """What the files said, oldest first, and which of them said nothing."""

    outings: tuple[Outing, ...] = ()
    dropped: tuple[Dropped, ...] = ()

    @property
    def features(self) -> tuple[ActivityFeatures, ...]:
        """What a profile is fitted from."""
        return tuple(outing.features for outing in self.outings)

    def before(self, moment: datetime) -> Past:
        """Only what had started a day before `moment`, or earlier."""
        day = moment.timestamp() // 86_400.0
        return replace(self, outings=tuple(one for one in self.outings if one.features.day < day))


def read_past(paths: Sequence[Path], sport: SportTag) -> Past:
    """Every activity in files, folders and archives; `sport` is that of files that do not say. Raises Refused."""
    for path in paths:
        if not path.exists():
            raise Refused("file_not_found", f"There is no file or folder {path}.")
    if not paths:
        return Past()
    memory = Remembered(Cache(cache_folder(os.environ), f"outings-{code_version(_RULES)}"))
    jobs = min(_MOST_JOBS, os.cpu_count() or 1)
    with progress("Reading past activities") as advance:
        history = read_history(paths, sport=sport, jobs=jobs, on_progress=advance, remembered=memory)
    return Past(history.outings, history.dropped)


class Remembered(MutableMapping[str, Outing | Dropped]):
    """What files said in earlier runs, by the reader's key. Never their names, and never a place."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    def __getitem__(self, key: str) -> Outing | Dropped:
        """Raises KeyError for what is not known, damaged, or of another shape."""
        packed = self._cache.get(key)
        if packed is None:
            raise KeyError(key)
        try:
            known: Outing | Dropped = msgspec.msgpack.decode(packed, type=Outing | Dropped)
        except msgspec.MsgspecError:
            raise KeyError(key) from None
        return known

    def __setitem__(self, key: str, known: Outing | Dropped) -> None:
        """Keeps it without the file's name."""
        self._cache.put(key, msgspec.msgpack.encode(msgspec.structs.replace(known, name="")))

    def __delitem__(self, key: str) -> None:
        """Nothing is ever forgotten one by one."""
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        """The keys are not kept, only their digests."""
        return iter(())

    def __len__(self) -> int:
        """As many as can be listed."""
        return 0
