"""A PostgreSQL of a test's own, which may be killed while it works."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import psycopg
import pytest

from tests.support_postgres import require_services
from tests.system.processes import HOST, free_port

START_WITHIN_S: Final = 60
OWNER: Final = "postgres"
SETTINGS: Final = "fsync=on\nsynchronous_commit=on\nmax_connections=200\nlogging_collector=off\n"


class OwnPostgres:
    """One private cluster on loopback, in a folder that goes with it. It flushes to disk as an operator's would."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._data = folder / "data"
        self._log = folder / "log"
        self._port = free_port()
        self._run("initdb", "--auth=trust", f"--username={OWNER}", "--no-sync", "-D", str(self._data))
        settings = f"{SETTINGS}listen_addresses='{HOST}'\nport={self._port}\nunix_socket_directories=''\n"
        with (self._data / "postgresql.conf").open("a") as file:
            file.write(settings)

    def database(self, name: str) -> str:
        """The URL of a new, empty database."""
        with psycopg.connect(self._url(OWNER), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return self._url(name)

    def start(self) -> None:
        """Returns once it answers; after a kill it recovers first."""
        self._run("pg_ctl", "start", "-w", "-t", str(START_WITHIN_S), "-D", str(self._data), "-l", str(self._log))

    def kill(self) -> None:
        """No goodbye to anybody, nothing written: what was not flushed is gone."""
        self._run("pg_ctl", "stop", "-m", "immediate", "-D", str(self._data))

    def _url(self, database: str) -> str:
        return f"postgresql://{OWNER}@{HOST}:{self._port}/{database}"

    def _run(self, program: str, *arguments: str) -> None:
        run_as_owner(self._programs / program, *arguments)


def run_as_owner(program: Path, *arguments: str) -> None:
    """One of PostgreSQL's programs, to its end; AssertionError with what it said when it fails."""
    command = [str(program), *arguments]
    if os.geteuid() == 0:  # the server refuses to run as root
        command = ["runuser", "-u", OWNER, "--", *command]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          cwd="/", check=False, timeout=START_WITHIN_S + 30)  # fmt: skip
    if done.returncode:
        raise AssertionError(f"{program.name} failed:\n{done.stderr.decode(errors='replace')[-2000:]}")


@contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    """A running cluster; skips without PostgreSQL's programs, and fails where the services are required."""
    with place_of_servers() as (programs, folder):
        server = OwnPostgres(programs, folder)
        server.start()
        try:
            yield server
        finally:
            with suppress(AssertionError):  # a test may have left it killed
                server.kill()


@contextmanager
def place_of_servers() -> Iterator[tuple[Path, Path]]:
    """PostgreSQL's programs, and a folder of their account's that goes at the end. Skips or fails as above."""
    programs = programs_of_postgres()
    if programs is None:
        if require_services():
            pytest.fail("AYDA_REQUIRE_SERVICES=1, but PostgreSQL's programs (initdb, pg_ctl) are not installed.")
        pytest.skip("PostgreSQL's programs (initdb, pg_ctl) are not installed")
    # not pytest's folder: the account that runs the server may not enter it
    folder = Path(tempfile.mkdtemp(prefix="ayda-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, OWNER)
    try:
        yield programs, folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def programs_of_postgres() -> Path | None:
    """The folder of the newest server's programs on this machine."""
    found = shutil.which("pg_ctl")
    if found is not None:
        return Path(found).resolve().parent
    homes = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda home: int(home.parent.name.split(".")[0]))
    return next((home for home in reversed(homes) if (home / "initdb").exists()), None)
