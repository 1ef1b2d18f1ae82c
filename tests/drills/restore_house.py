"""A house whose databases are backed up and put back by the commands of `docs/operate.md`, on files or a PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol
from uuid import uuid4

import pytest

from servicekit.base.clock import utc_now
from tests.ayda.support import BOT_TOKEN, CLIENT_SECRET, KEY_IN, KEY_OUT
from tests.drills.erasure_house import LIST, ErasureHouse
from tests.drills.own_postgres import programs_of_postgres
from tests.support_postgres import require_services, temporary_database
from tests.system.processes import ROOT

SERVICES: Final = ("ayda", "predictor")
COMMAND_WITHIN_S: Final = 300.0
"""Only what hangs runs into it."""
_KEYS: Final = {
    f"{prefix}TOKEN_ENCRYPTION_KEYS": f"k1:{b64encode(bytes(range(first, first + 32))).decode()}"
    for prefix, first in (("", 0), ("PREDICTOR_", 1))
}
"""Those of `both_services`."""


class Backups(Protocol):
    """What the page of operators says of one kind of database."""

    urls: Mapping[str, str]
    """The databases by service."""
    by_our_clock: bool
    """Whether jobs are due by the clock of the services, or by the server's."""

    def take(self) -> None:
        """While the services run."""
        ...

    def put_back(self) -> None:
        """While nothing runs."""
        ...


@dataclass
class FileBackups:
    """Files of SQLite, which lie in the folder of the house."""

    house: Path
    away: Path
    by_our_clock: bool = True

    @property
    def urls(self) -> dict[str, str]:
        return {service: f"sqlite:///{self.house / service}.db" for service in SERVICES}

    def take(self) -> None:
        for service in SERVICES:
            _run("sqlite3", f"{self.house / service}.db", f".backup {self.away / service}.backup")

    def put_back(self) -> None:
        for service in SERVICES:
            file = f"{self.house / service}.db"
            _run("rm", "-f", f"{file}-wal", f"{file}-shm")
            _run("install", "-m", "0600", f"{self.away / service}.backup", file)


@dataclass
class DumpBackups:
    """Two databases of a PostgreSQL."""

    urls: Mapping[str, str]
    away: Path
    programs: Path
    by_our_clock: bool = False

    def take(self) -> None:
        for service, url in self.urls.items():
            _run(str(self.programs / "pg_dump"), "-Fc", "-d", url, "-f", f"{self.away / service}.dump")

    def put_back(self) -> None:
        for service, url in self.urls.items():
            server = f"{url.rpartition('/')[0]}/postgres"
            put = (str(self.programs / "pg_restore"), "-d", server, "--create", "--clean", "--if-exists")
            _run(*put, f"{self.away / service}.dump")


@contextmanager
def backups_of(kind: str, house: Path, away: Path) -> Iterator[Backups]:
    """`kind`: sqlite or postgres. Skips without PostgreSQL's programs, and fails where the services are required."""
    house.mkdir()
    away.mkdir()
    if kind == "sqlite":
        yield FileBackups(house, away)
        return
    with dumped(away) as backups:
        yield backups


@contextmanager
def dumped(away: Path) -> Iterator[DumpBackups]:
    """An empty database for each service, and their backups."""
    programs, name = programs_of_postgres(), uuid4().hex[:12]
    if programs is None or not (programs / "pg_restore").exists():
        if require_services():
            pytest.fail("AYDA_REQUIRE_SERVICES=1, but PostgreSQL's programs (pg_dump, pg_restore) are not installed.")
        pytest.skip("PostgreSQL's programs (pg_dump, pg_restore) are not installed")
    with temporary_database(f"m6_ayda_{name}") as ayda, temporary_database(f"m6_predictor_{name}") as predictor:
        yield DumpBackups({"ayda": ayda, "predictor": predictor}, away, programs)


class RestoreHouse(ErasureHouse):
    """Both services, and whoever operates them."""

    def __init__(self, folder: Path, backups: Backups) -> None:
        super().__init__(folder, backups.urls)
        if backups.by_our_clock:  # what a command leaves for the services must not be in their future
            self.clock.at = utc_now()
        self.backups = backups

    def back_up(self) -> None:
        self.backups.take()

    def put_back(self) -> None:
        """Step 1: the backup is in place and migrated. The services are stopped."""
        self.backups.put_back()
        assert self.command("migrate").returncode == 0

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`ayda` with these, on the machine and with the environment of the services."""
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
        environ = {
            **kept,
            **_KEYS,
            "PYTHONPATH": str(ROOT),
            "DATABASE_URL": self.backups.urls["ayda"],
            "PREDICTOR_DATABASE_URL": self.backups.urls["predictor"],
            "ERASURES_FILE": str(self.folder / LIST),
            "STRAVA_CLIENT_ID": "4242",
            "STRAVA_CLIENT_SECRET": CLIENT_SECRET,
            "TELEGRAM_BOT_TOKEN": BOT_TOKEN,
            "PREDICTOR_TO_AYDA_API_KEYS": KEY_IN,
            "AYDA_TO_PREDICTOR_API_KEYS": KEY_OUT,
            "STRAVA_OAUTH_BASE": "http://127.0.0.1:9",
            "STRAVA_API_BASE": "http://127.0.0.1:9",
            "GPX_PREDICTOR_API_URL": "http://127.0.0.1:9",
        }
        command = [sys.executable, "-m", "cli", *arguments]
        return subprocess.run(command, check=False, capture_output=True, text=True, timeout=COMMAND_WITHIN_S,
                              cwd=self.folder, env=environ)  # fmt: skip


def _run(*command: str) -> None:
    done = subprocess.run(command, check=False, capture_output=True, timeout=COMMAND_WITHIN_S)
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-2000:]
