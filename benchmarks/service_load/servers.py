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

HOST = "127.0.0.1"
POSTGRES = os.environ.get("AYDA_TEST_POSTGRES_URL", "postgresql://root@127.0.0.1:5432")
_ROOT = Path(__file__).resolve().parents[2]
_PACKAGE = "benchmarks.service_load"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """One app behind uvicorn, as an operator runs it: uvloop and httptools where they are."""

    app: str
    environ: Mapping[str, str]
    folder: Path
    port: int = field(default_factory=_free_port)
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{HOST}:{self.port}"

    def start(self, **changed: str) -> None:
        """Starts it with its environment, some of it changed, and waits until it answers. Raises RuntimeError."""
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "PYTHONPATH"}}
        paths = os.pathsep.join(filter(None, (str(_ROOT), kept.pop("PYTHONPATH", None))))
        environ = {**kept, "PYTHONPATH": paths, "OPENBLAS_NUM_THREADS": "1", **self.environ, **changed}
        command = [
            sys.executable,
            "-m",
            "uvicorn",
            f"{_PACKAGE}.apps:{self.app}",
            "--factory",
            "--port",
            f"{self.port}",
        ]
        with (self.folder / f"{self.app}.log").open("ab") as log:
            options = {"cwd": self.folder, "env": environ, "stdout": log, "stderr": log}
            self._process = subprocess.Popen([*command, "--no-access-log", "--log-level", "warning"], **options)  # type: ignore[call-overload]  # noqa: S603 - our own interpreter and code
        self._wait()

    def stop(self) -> None:
        """Asks it to end, and waits."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
            self._process = None

    def cpu_s(self) -> float:
        """Seconds that all its threads have spent on a processor so far, user and system."""
        if self._process is None:
            raise RuntimeError(f"{self.app} does not run.")
        threads = Path(f"/proc/{self._process.pid}/task").glob("*/schedstat")
        return sum(int(each.read_text().split()[0]) for each in threads) / 1e9

    def _wait(self) -> None:
        for _ in range(600):
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
