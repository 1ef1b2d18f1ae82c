"""`python -m cli.healthy PORT [PATH]`, or `FILE` of a worker's heartbeat: what a supervisor asks every few seconds.

It imports nothing but the standard library, goes to loopback whatever proxies the environment names, and ends with 0
when all is well.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
import time
from pathlib import Path
from typing import Final

BEAT_S: Final = 5.0
SILENT_S: Final = 30.0
"""A worker's jobs are taken from it after as long (`LEASE_S` of the queue)."""
_HOST: Final = "127.0.0.1"
_TIMEOUT_S: Final = 5.0
_READY: Final = "/health/ready"


async def beating(file: Path) -> None:
    """Touches the file for as long as the event loop turns; a disk that does not take it stops nobody's work."""
    while True:
        with contextlib.suppress(OSError):
            await asyncio.to_thread(file.touch)
        await asyncio.sleep(BEAT_S)


def beats(file: Path, now_s: float) -> bool:
    """Whether the file was touched a moment ago; `now_s` since the epoch."""
    try:
        return now_s - file.stat().st_mtime < SILENT_S
    except OSError:
        return False


def serves(port: int, path: str = _READY) -> bool:
    """Whether who listens there on loopback answers this path with 200."""
    request = f"GET {path} HTTP/1.1\r\nHost: {_HOST}:{port}\r\nConnection: close\r\n\r\n"
    try:
        with socket.create_connection((_HOST, port), _TIMEOUT_S) as connection:
            connection.sendall(request.encode())
            return connection.makefile("rb").readline().startswith(b"HTTP/1.1 200 ")
    except OSError:
        return False


def main(where: str, path: str = _READY) -> int:
    """The exit code."""
    well = serves(int(where), path) if where.isdecimal() else beats(Path(where), time.time())
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
