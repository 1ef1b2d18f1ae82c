"""A primary and its standby, of a test's own: commits wait for both, and the primary may be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import psycopg

from tests.drills.edge_house import descendants
from tests.drills.own_postgres import OWNER, SETTINGS, START_WITHIN_S, place_of_servers, run_as_owner
from tests.system.processes import HOST, free_port

_STANDBY: Final = "ayda_standby"
# the segment of a killed server would stay on the machine; in its folder it goes with that
_MEMORY: Final = "dynamic_shared_memory_type=mmap\n"


class OwnPair:
    """Two clusters on loopback that flush as an operator's would, set up as `docs/operate.md` says."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._folder = folder
        self._ports = {"primary": free_port(), "standby": free_port()}

    def start(self) -> None:
        """Returns once the standby has all, and commits wait for it."""
        primary, standby = self._data("primary"), self._data("standby")
        self._run("initdb", "--auth=trust", f"--username={OWNER}", "--no-sync", "-D", primary)
        self._set("primary", SETTINGS + _MEMORY)
        self._run("pg_ctl", "start", *self._waiting(), "-D", primary, "-l", self._log("primary"))
        source = f"host={HOST} port={self._ports['primary']} user={OWNER} application_name={_STANDBY}"
        self._run("pg_basebackup", "-d", source, "-D", standby, "-R", "-X", "stream", "-c", "fast", "--no-sync")
        self._set("standby", "")  # a port of its own; it has the other settings from the primary
        self._run("pg_ctl", "start", *self._waiting(), "-D", standby, "-l", self._log("standby"))
        # on the primary alone: who has been promoted has nobody to wait for
        self._set("primary", f"synchronous_standby_names='{_STANDBY}'\n")
        self._run("pg_ctl", "reload", "-D", primary)
        self._wait_until_synchronous()

    def database(self, name: str) -> str:
        """The URL of a new, empty database: one address with both servers, for whichever takes writes."""
        with psycopg.connect(self._url(OWNER), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return self._url(name)

    def kill_primary(self) -> None:
        """SIGKILL to the server and to every process that it has started, all at once."""
        lines = Path(self._data("primary"), "postmaster.pid").read_text().splitlines()
        pid = int(lines[0])
        for each in (pid, *descendants(pid)):
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        segment = lines[6].split()[1]
        subprocess.run(["ipcrm", "-m", segment], check=False, stderr=subprocess.DEVNULL)

    def promote(self) -> None:
        """Returns once the standby takes writes."""
        self._run("pg_ctl", "promote", *self._waiting(), "-D", self._data("standby"))

    def stop(self) -> None:
        """Whoever of them still runs."""
        for name in self._ports:
            with suppress(AssertionError):
                self._run("pg_ctl", "stop", "-m", "immediate", "-D", self._data(name))

    def _wait_until_synchronous(self) -> None:
        end_s = time.monotonic() + START_WITHIN_S
        with psycopg.connect(self._url(OWNER), autocommit=True) as connection:
            while connection.execute("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'").fetchone() is None:
                assert time.monotonic() < end_s, "the standby does not follow"
                time.sleep(0.05)

    def _set(self, name: str, settings: str) -> None:
        with Path(self._data(name), "postgresql.conf").open("a") as file:
            file.write(f"{settings}listen_addresses='{HOST}'\nport={self._ports[name]}\nunix_socket_directories=''\n")

    def _url(self, database: str) -> str:
        ports = ",".join(str(port) for port in self._ports.values())
        both = f"host={HOST},{HOST}&port={ports}&target_session_attrs=read-write"
        return f"postgresql://{OWNER}@/{database}?{both}"

    def _data(self, name: str) -> str:
        return str(self._folder / name)

    def _log(self, name: str) -> str:
        return str(self._folder / f"{name}.log")

    def _waiting(self) -> tuple[str, ...]:
        return ("-w", "-t", str(START_WITHIN_S))

    def _run(self, program: str, *arguments: str) -> None:
        run_as_owner(self._programs / program, *arguments)


@contextmanager
def own_pair() -> Iterator[OwnPair]:
    """A running pair; skips without PostgreSQL's programs, and fails where the services are required."""
    with place_of_servers() as (programs, folder):
        pair = OwnPair(programs, folder)
        try:
            pair.start()
            yield pair
        finally:
            pair.stop()
