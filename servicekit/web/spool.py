"""Bodies on their way in: streamed to a file of our own as they arrive, never held in memory, deleted in any case."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import stat
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Final, ParamSpec, TypeVar

from kernel.errors import DomainError
from servicekit.base.clock import utc_now
from servicekit.web.sinks import FileSink, SeveralFiles, Sink

if sys.platform != "win32":
    import fcntl

_PREFIX: Final = "ayda-spool-"
_MAKING: Final = ".ayda-spool-"
_LOCK: Final = "in-use"
_PIECE_BYTES: Final = 256 * 1024
_THREADS: Final = 2
_LEFT_BEHIND_S: Final = 3600.0
P = ParamSpec("P")
T = TypeVar("T")


class SpoolFull(DomainError):
    """There is no room on the disk for what arrives."""

    sentence = "There is no room for this file at the moment; please try again later."


@dataclass(frozen=True, slots=True)
class Spooled:
    """A body in a file: its size, the SHA-256 of it and its first bytes."""

    path: Path
    size_bytes: int
    digest: str
    head: bytes


class Spool:
    """A folder of this process alone, made when it is first used, beside those of processes of before. Close it."""

    def __init__(self, parent: Path | None = None, *, now: Callable[[], datetime] = utc_now) -> None:
        """`parent` is the system's folder for temporary files unless given."""
        self._parent = parent
        self._now = now
        self._folder: Path | None = None
        self._lock: IO[bytes] | None = None
        self._opening = threading.Lock()
        self._threads = ThreadPoolExecutor(_THREADS, "spool")

    @asynccontextmanager
    async def receive(
        self,
        chunks: AsyncIterator[bytes],
        most_bytes: int,
        around: Callable[[FileSink], Sink] = lambda sink: sink,
        *,
        folder: Path | None = None,
    ) -> AsyncIterator[Spooled]:
        """The body in a file, for the length of the block; `around` takes it out of a form, say.

        `folder` is where the file lies, ours unless given. Raises TooManyBytes and SpoolFull.
        """
        with _no_room():
            place = folder or await self.in_thread(self._opened)
            made, name = await self.in_thread(tempfile.mkstemp, ".part", "", place)
        path = Path(name)
        try:
            with _no_room(), open(made, "wb") as file:  # noqa: PTH123, ASYNC230 - a descriptor; it is written in a thread
                sink = FileSink(file, most_bytes)
                await self._pour(chunks, around(sink))
            yield Spooled(path, sink.size_bytes, sink.digest, sink.head)
        finally:
            # to delete 50 MB takes longer than others may wait; whoever is cancelled once more leaves the thread to it
            await asyncio.shield(self.in_thread(path.unlink, missing_ok=True))

    @asynccontextmanager
    async def receive_several(
        self,
        chunks: AsyncIterator[bytes],
        most_files: int,
        most_bytes: int,
        around: Callable[[SeveralFiles], Sink] = lambda files: files,
    ) -> AsyncIterator[Sequence[Path]]:
        """The files in a body, for the length of the block. Raises TooManyBytes, TooManyFiles and SpoolFull."""
        with _no_room():
            folder = Path(await self.in_thread(tempfile.mkdtemp, ".parts", "", await self.in_thread(self._opened)))
        try:
            files = SeveralFiles(folder, most_files, most_bytes)
            with _no_room(), closing(files):
                await self._pour(chunks, around(files))
            yield files.paths
        finally:
            # whoever is cancelled once more meanwhile leaves the thread to it
            await asyncio.shield(self.in_thread(shutil.rmtree, folder, ignore_errors=True))

    async def clear(self) -> None:
        """Deletes what processes that were killed have left; whoever makes our folder does that too."""
        await self.in_thread(self._sweep)

    async def in_thread(self, call: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        """Runs a call that waits for the disk."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: call(*args, **named))

    async def _pour(self, chunks: AsyncIterator[bytes], sink: Sink) -> None:
        piece = bytearray()
        async for chunk in chunks:
            piece += chunk
            if len(piece) >= _PIECE_BYTES:
                await self.in_thread(sink.put, bytes(piece))
                piece.clear()
        await self.in_thread(finish, sink, bytes(piece))

    def _opened(self) -> Path:
        """Our folder, made anew where whoever tidies up here has deleted it.

        Whoever makes one clears away those of processes that are gone.
        """
        with self._opening:
            if self._folder is None or not self._folder.is_dir():
                if self._lock is not None:
                    self._lock.close()
                self._folder, self._lock = _made(self._sweep())
            return self._folder

    def _sweep(self) -> Path:
        """Where our folder lies, or will, without those of processes that are gone."""
        parent = self._parent or Path(tempfile.gettempdir())
        sweep(parent, self._now().timestamp() - _LEFT_BEHIND_S)
        return parent

    async def close(self) -> None:
        """Deletes the folder."""
        await asyncio.to_thread(self._threads.shutdown)
        if self._folder is not None:
            await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)
        if self._lock is not None:
            self._lock.close()


def _made(parent: Path) -> tuple[Path, IO[bytes]]:
    """A new folder and its lock, which is held before any sweep sees the folder by its name."""
    if sys.platform == "win32":
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        return folder, (folder / _LOCK).open("wb")
    making = Path(tempfile.mkdtemp(prefix=_MAKING, dir=parent))  # 0700, as `mkstemp` makes files 0600
    lock = (making / _LOCK).open("wb")
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return making.rename(parent / f"{_PREFIX}{making.name.removeprefix(_MAKING)}"), lock


def sweep(parent: Path, older_than_s: float) -> None:
    """Deletes the folders that killed processes have left: nobody holds their lock any more.

    One without a lock, or that is still being made, is left over if it is older than this time of the epoch.
    """
    for folder in (*parent.glob(f"{_PREFIX}*"), *parent.glob(f"{_MAKING}*")):
        with contextlib.suppress(OSError):
            found = folder.lstat()
            own = not hasattr(os, "geteuid") or found.st_uid == os.geteuid()
            if stat.S_ISDIR(found.st_mode) and own and _left_behind(folder, found.st_mtime < older_than_s):
                shutil.rmtree(folder, ignore_errors=True)


def _left_behind(folder: Path, old: bool) -> bool:  # noqa: FBT001 - private and one word
    # Windows has no such locks
    if sys.platform == "win32" or folder.name.startswith(_MAKING) or not (folder / _LOCK).exists():
        return old
    with (folder / _LOCK).open("rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
    return True


def finish(sink: Sink, piece: bytes) -> None:
    """The last piece, which may be empty."""
    if piece:
        sink.put(piece)
    sink.end()


@contextmanager
def _no_room() -> Iterator[None]:
    """A disk that is full or broken is not the fault of the file."""
    try:
        yield
    except OSError as error:
        raise SpoolFull from error
