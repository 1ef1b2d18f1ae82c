"""The services as their operators run them: processes of their own, with an environment, killed without warning."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
HOST = "127.0.0.1"
START_WITHIN_S = 120.0
"""Only what hangs runs into it: on a busy machine a process loads for long."""


_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_PORTS = itertools.count(20_000 + 500 * (_WORKER % 20) + os.getpid() % 400)
"""Below those the system hands out, and of no other process of this run: nobody takes one before it is used."""


def free_port() -> int:
    """A port that is free, and stays so for who asked."""
    for port in _PORTS:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, port))
            return port
    raise AssertionError("there is always a next one")


@dataclass
class Process:
    """`ayda COMMAND` as a process that can be started, killed and started again on the same port and database."""

    command: tuple[str, ...]
    port: int
    environment: Mapping[str, str]
    folder: Path
    ready_path: str = "/health/live"
    _running: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def pid(self) -> int:
        """Of the process that runs now."""
        assert self._running is not None
        return self._running.pid

    @property
    def log(self) -> Path:
        return self.folder / f"{'-'.join(self.command[:2])}.log"

    def migrate(self) -> None:
        command = [sys.executable, "-m", "cli", "migrate", self.command[1]]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL, **self._common())

    def start(self) -> None:
        command = [sys.executable, "-m", "cli", *self.command, "--port", str(self.port)]
        with self.log.open("ab") as log:
            self._running = subprocess.Popen(command, stdout=log, stderr=log, **self._common())
        self._wait_until_it_answers()

    def kill(self) -> None:
        """No goodbye: SIGKILL."""
        if self._running is not None:
            self._running.send_signal(signal.SIGKILL)
            self._running.wait(10)
            self._running = None

    def _common(self) -> dict[str, object]:
        # the checkout must be importable while .env files and databases stay in the test's folder
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
        return {"cwd": self.folder, "env": {**kept, "PYTHONPATH": str(ROOT), **self.environment}}

    def _wait_until_it_answers(self) -> None:
        end = time.monotonic() + START_WITHIN_S
        while time.monotonic() < end:
            if self._running is None or self._running.poll() is not None:
                break
            try:
                if httpx.get(self.url + self.ready_path, trust_env=False, timeout=1).status_code < 500:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError(f"{self.command} did not start:\n{self.log.read_text(errors='replace')[-4000:]}")


@contextmanager
def killed_at_the_end(*processes: Process) -> Iterator[None]:
    try:
        yield
    finally:
        for process in processes:
            process.kill()
