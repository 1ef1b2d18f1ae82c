"""What can happen to a house while it serves: killed processes, stopped servers, a full disk, a clock that jumps."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.drills.edge_house import EdgeHouse, Served, descendants
from tests.drills.own_postgres import OwnPostgres
from tests.system.processes import HOST, free_port

Trouble = Callable[[float], Awaitable[None]]
"""Makes it, keeps it up for so many seconds and ends it."""
_FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)


@dataclass
class Clock:
    """The time of day as both services see it; libfaketime reads the file anew at each look."""

    file: Path

    @property
    def changes(self) -> dict[str, str]:
        """What a process needs in its environment."""
        return {
            "LD_PRELOAD": str(_FAKETIME),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DONT_RESET": "1",
        }

    def set(self, minutes: float) -> None:
        """So much ahead of the true time, or behind it."""
        self.file.write_text(f"{minutes * 60:+.0f}\n")


def clock_in(folder: Path) -> Clock | None:
    """A clock that can be moved; None where libfaketime is not installed."""
    if _FAKETIME is None:
        return None
    clock = Clock(folder / "clock")
    clock.set(0)
    return clock


@dataclass
class OwnRedis:
    """A Redis of a test's own."""

    folder: Path
    port: int
    _running: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://{HOST}:{self.port}/0"

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--bind", HOST, "--save", "", "--dir", str(self.folder)]
        self._running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def kill(self) -> None:
        if self._running is not None:
            self._running.kill()
            self._running.wait(10)
            self._running = None


@contextmanager
def own_redis(folder: Path) -> Iterator[OwnRedis | None]:
    """A running one; None where there is none to run."""
    if shutil.which("redis-server") is None:
        yield None
        return
    server = OwnRedis(folder, free_port())
    server.start()
    try:
        yield server
    finally:
        server.kill()


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path | None]:
    """A file system of this size; None for who may not mount one."""
    place = folder / "disk"
    place.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(place)]
    if subprocess.run(mounting, check=False, stderr=subprocess.DEVNULL).returncode:
        yield None
        return
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def killed(process: Served) -> Trouble:
    """SIGKILL, and started again after a while."""

    async def trouble(seconds: float) -> None:
        await asyncio.to_thread(process.kill)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(process.start)

    return trouble


def children_killed(house: EdgeHouse) -> Trouble:
    """SIGKILL to every process the two services have started, twice a second."""

    async def trouble(seconds: float) -> None:
        for _ in range(max(1, round(2 * seconds))):
            for process in (house.ayda, house.predictor):
                for pid in _readers(process.pid):
                    os.kill(pid, signal.SIGKILL)
            await asyncio.sleep(0.5)

    return trouble


def _readers(pid: int) -> list[int]:
    """Of the processes below this one, those that read files: Granian's own workers are not meant."""
    return [each for each in descendants(pid) if b"trackfiles" in Path(f"/proc/{each}/cmdline").read_bytes()]


def stopped(server: OwnPostgres | OwnRedis) -> Trouble:
    """A server that is gone for a while."""

    async def trouble(seconds: float) -> None:
        await asyncio.to_thread(server.kill)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(server.start)

    return trouble


def full(disk: Path) -> Trouble:
    """Not a byte is left."""

    async def trouble(seconds: float) -> None:
        filler = disk / "filler"
        try:
            await asyncio.to_thread(_fill, filler)
            await asyncio.sleep(seconds)
        finally:
            filler.unlink(missing_ok=True)

    return trouble


def _fill(filler: Path) -> None:
    try:
        with filler.open("wb", buffering=0) as file:
            while True:
                file.write(b"\0" * 65536)
    except OSError:
        return


def jumping(clock: Clock) -> Trouble:
    """Ten minutes ahead, ten minutes behind, and right again."""

    async def trouble(seconds: float) -> None:
        try:
            for minutes in (10, -10):
                clock.set(minutes)
                await asyncio.sleep(seconds)
        finally:
            clock.set(0)

    return trouble


@asynccontextmanager
async def one_after_another(troubles: dict[str, Trouble], *, each_s: float, rest_s: float) -> AsyncIterator[list[str]]:
    """Each of them once, with rests between, beside the block; it waits for the last one. The list says what came."""
    seen: list[str] = []

    async def all_of_them() -> None:
        for name, trouble in troubles.items():
            seen.append(name)
            await trouble(each_s)
            await asyncio.sleep(rest_s)

    task = asyncio.create_task(all_of_them())
    try:
        yield seen
        await task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
