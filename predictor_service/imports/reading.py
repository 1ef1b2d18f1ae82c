"""A history that is read in children while others watch how far it is, and that ends with whoever waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kernel.contracts.activity import SportTag
from servicekit.web.sinks import TooManyFiles
from trackfiles.child import Bounds
from trackfiles.children import Children, Stop
from trackfiles.history import History, read_history
from trackfiles.sealed import SealedFile

AT_ONCE: Final = 2
"""Children that read for one history."""
BOUNDS: Final = Bounds(deadline_s=20.0, memory_bytes=768 * 1024**2, cpu_s=10)
"""Of each file."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What is read; `sport` is taken where nothing else names one."""

    paths: Sequence[Path | SealedFile]
    sport: SportTag | None
    most_files: int | None = None
    """More than these raise TooManyFiles before the first of them is read."""
    path_key: bytes | None = None
    """Of an athlete whose paths are remembered."""


@dataclass(slots=True)
class Counted:
    """So many files of so many are read."""

    read: int = 0
    of: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """A history on its way."""

    result: asyncio.Future[History]
    files: Counted

    async def steps(self, every_s: float) -> AsyncIterator[None]:
        """Comes round that often until the history is there."""
        while not self.result.done():
            await asyncio.wait([self.result], timeout=every_s)
            yield


@asynccontextmanager
async def reading(
    sources: Sources, *, threads: Executor | None = None, children: Children | None = None
) -> AsyncIterator[Reading]:
    """The reading, for the length of the block: leaving it kills the children that are at it.

    Without `children` it has its own. The result raises as `read_history`.
    """
    stop, files = Stop(), Counted()

    def note(done: int, total: int) -> None:
        if sources.most_files is not None and total > sources.most_files:
            raise TooManyFiles(sources.most_files)
        files.read, files.of = done, total

    def read() -> History:
        return read_history(
            sources.paths,
            sport=sources.sport,
            jobs=AT_ONCE,
            on_progress=note,
            bounds=BOUNDS,
            stop=stop,
            shared=children,
            path_key=sources.path_key,
        )

    under_way = Reading(asyncio.get_running_loop().run_in_executor(threads, read), files)
    try:
        yield under_way
    finally:
        stop.pull()
        await asyncio.gather(under_way.result, return_exceptions=True)
