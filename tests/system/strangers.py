"""What strangers do to a socket: bytes as no client library would send them."""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from tests.system.processes import HOST, ROOT, free_port

Server = Literal["uvicorn", "h11", "granian"]
SERVERS: Final[tuple[Server, ...]] = ("uvicorn", "h11", "granian")
HALF: Final = b"GET / HTTP/1.1\r\nHost: a.example\r\nX-A: "
WHOLE: Final = b"GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n"
PATIENCE_S: Final = 60.0


@dataclass
class Running:
    """A tiny service, its port and its log."""

    server: Server
    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def stop(self) -> float:
        """Asks it to stop; after how many seconds it had, with success."""
        begun = time.monotonic()
        self.process.terminate()
        assert self.process.wait(PATIENCE_S) == 0, self.said()[-2000:]
        assert self.said().endswith("Stopped.\n"), self.said()[-2000:]
        assert "Traceback" not in self.said()
        return time.monotonic() - begun

    def said(self) -> str:
        return self.log.read_text()


@contextmanager
def tiny_service(server: Server, folder: Path, **limits: object) -> Iterator[Running]:
    """`tests/system/tiny_service.py` while the block lasts."""
    port, log = free_port(), folder / f"{server}.log"
    command = [sys.executable, "-m", "tests.system.tiny_service", server, str(port), json.dumps(limits)]
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=ROOT, env=kept, stdout=file, stderr=file, process_group=0)
    running = Running(server, process, port, log)
    try:
        _wait_until_it_listens(running)
        yield running
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 9)
        process.wait(PATIENCE_S)


def knock(port: int, sent: bytes = b"") -> socket.socket:
    """A connection on which these bytes were sent."""
    made = socket.create_connection((HOST, port), PATIENCE_S)
    made.sendall(sent)
    return made


def heard(connection: socket.socket, timeout_s: float = PATIENCE_S) -> tuple[bytes, bool]:
    """All that is said until it closes or is silent for so long, and whether it was closed."""
    said = b""
    connection.settimeout(timeout_s)
    with contextlib.suppress(ConnectionResetError):
        try:
            while piece := connection.recv(65_536):
                said += piece
        except TimeoutError:
            return said, False
    return said, True


def answers(said: bytes) -> list[int]:
    """The statuses of the answers in it."""
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", said)]


def ask(port: int, sent: bytes, timeout_s: float = PATIENCE_S) -> tuple[list[int], bool]:
    """The statuses that these bytes are answered with, and whether the connection was closed."""
    with knock(port, sent) as connection:
        said, closed = heard(connection, timeout_s)
    return answers(said), closed


@contextmanager
def crowd(size: int, port: int, sent: bytes = HALF) -> Iterator[None]:
    """So many who have sent this and go on holding their connection, cut or not."""
    with contextlib.ExitStack() as stack:
        for _ in range(size):
            stack.enter_context(knock(port, sent))
        yield


def _wait_until_it_listens(running: Running) -> None:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and running.process.poll() is None:
        try:
            assert ask(running.port, WHOLE)[0] == [200]
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"it did not start: {running.said()[-4000:]}")
