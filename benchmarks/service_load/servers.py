"""Servers as processes of their own, and the databases under them."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

HOST = "127.0.0.1"
POSTGRES = os.environ.get("AYDA_TEST_POSTGRES_URL", "postgresql://root@127.0.0.1:5432")
_ROOT = Path(__file__).resolve().parents[2]
_PACKAGE = "benchmarks.service_load"
Kind = Literal["uvicorn", "granian"]
_OPTIONS: Final[Mapping[Kind, tuple[str, ...]]] = {
    "uvicorn": ("--factory", "--no-access-log", "--log-level", "warning"),
    "granian": ("--factory", "--interface", "asgi", "--no-ws", "--log-level", "warning"),
}
"""Both with what they find: uvloop, and uvicorn with httptools."""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """One app behind one server process."""

    app: str
    environ: Mapping[str, str]
    folder: Path
    kind: Kind = "uvicorn"
    port: int = field(default_factory=_free_port)
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{HOST}:{self.port}"

    def start(self, **changed: str) -> None:
        """Starts it with its environment, some of it changed, and waits until it answers. Raises RuntimeError."""
        self.launch(**changed)
        self.wait()

    def launch(self, **changed: str) -> None:
        """Starts it."""
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "PYTHONPATH"}}
        paths = os.pathsep.join(filter(None, (str(_ROOT), kept.pop("PYTHONPATH", None))))
        environ = {**kept, "PYTHONPATH": paths, "OPENBLAS_NUM_THREADS": "1", **self.environ, **changed}
        command = [
            sys.executable,
            "-m",
            self.kind,
            f"{_PACKAGE}.apps:{self.app}",
            "--host",
            HOST,
            "--port",
            f"{self.port}",
        ]
        with (self.folder / f"{self.app}.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and code
                [*command, *_OPTIONS[self.kind]], cwd=self.folder, env=environ, stdout=log, stderr=log
            )

    def stop(self) -> None:
        """Asks it to end, and waits."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
            self._process = None

    def cpu_s(self) -> float:
        """Seconds that its threads and those of its children have spent on a processor so far, user and system."""
        if self._process is None:
            raise RuntimeError(f"{self.app} does not run.")
        threads = (
            each for pid in _with_children(self._process.pid) for each in Path(f"/proc/{pid}/task").glob("*/schedstat")
        )
        return sum(int(each.read_text().split()[0]) for each in threads) / 1e9

    def wait(self) -> None:
        """Returns when it answers. Raises RuntimeError when it does not within two minutes."""
        for _ in range(2400):
            if self._process is None or self._process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.url}/health/live", timeout=1):  # noqa: S310 - loopback
                    return
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"{self.app} did not start:\n{(self.folder / f'{self.app}.log').read_text()[-2000:]}")


def _with_children(pid: int) -> list[int]:
    """Granian serves in a child of the process that watches over it."""
    found = [pid]
    for parent in found:
        for listed in Path(f"/proc/{parent}/task").glob("*/children"):
            found += [int(child) for child in listed.read_text().split()]
    return found


@contextlib.contextmanager
def databases(kind: str, folder: Path) -> Iterator[tuple[str, str]]:
    """The URLs of an empty database for each service, gone at the end."""
    names = [f"{service}_load_{secrets.token_hex(4)}" for service in ("ayda", "predictor")]
    if kind == "sqlite":
        first, second = (f"sqlite:///{folder / name}.db" for name in names)
        yield first, second
        return
    import psycopg  # noqa: PLC0415 - only where PostgreSQL is measured

    with psycopg.connect(f"{POSTGRES}/postgres", autocommit=True) as admin:
        for name in names:
            admin.execute(f'CREATE DATABASE "{name}"')
        try:
            yield f"{POSTGRES}/{names[0]}", f"{POSTGRES}/{names[1]}"
        finally:
            for name in names:
                admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
