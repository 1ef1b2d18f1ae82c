"""The house as strangers meet it: both services as processes of a chosen server and database, Strava simulated."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import re
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Literal

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from ayda_service.telegram.init_data import sign_init_data
from servicekit.base.loop_lag import NAME as LOOP_LAG
from servicekit.base.vault import generate_setting
from servicekit.data.migrations import upgrade
from tests.drills.places import Place, on_postgres, on_sqlite
from tests.drills.reporting import DRILL
from tests.system.processes import HOST, Process, free_port, killed_at_the_end

ServerKind = Literal["uvicorn", "granian"]
SERVERS: tuple[ServerKind, ...] = ("uvicorn", "granian")
_EVERY = list(itertools.product((on_sqlite, on_postgres), SERVERS))
_EACH = _EVERY if DRILL else [(on_sqlite, "uvicorn"), (on_postgres, "granian")]
EACH_HOUSE = pytest.mark.parametrize(
    ("places", "server"), _EACH, ids=[f"{places.__name__.removeprefix('on_')}-{server}" for places, server in _EACH]
)
"""Each server and each database; the long form has every pair of them."""
KEY = "edge-key-0000000000000000000000000000000"
BOT_TOKEN = "4242424242:edge-bot-token-AAAAAAAAAAAAAAAAAAAA"
_SQLITE = "sqlite:///"
_MIGRATED: dict[str, bytes] = {}
"""A blank database of each service."""
VERIFY_TOKEN = "edge-verify-token-0000000000000000"


@dataclass
class Served(Process):
    """A service under one of the two servers, as `docs/operate.md` says to start them."""

    server: ServerKind = "uvicorn"

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._running = subprocess.Popen(self._arguments(), stdout=log, stderr=log, **self._common())
        self._wait_until_it_answers()

    def _arguments(self) -> list[str]:
        return [sys.executable, "-m", "cli", *self.command, "--server", self.server, "--port", str(self.port)]

    def stop(self, within_s: float) -> float:
        """SIGTERM; after how many seconds it was gone. AssertionError when it was not within `within_s`."""
        assert self._running is not None
        begun = time.monotonic()
        self._running.send_signal(signal.SIGTERM)
        try:
            self._running.wait(within_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.command} did not end within {within_s} s of SIGTERM") from None
        self._running = None
        return time.monotonic() - begun

    def kill(self) -> None:
        """No goodbye, to what it has started neither."""
        if self._running is not None:
            for pid in descendants(self._running.pid):
                _signal(pid, signal.SIGKILL)
        super().kill()

    def rss_bytes(self) -> int:
        """Resident memory of the process and of all that it has started; a page they share counts once."""
        return sum(_resident_bytes(pid) for pid in (self.pid, *descendants(self.pid)))

    def log_bytes(self) -> int:
        return self.log.stat().st_size


@dataclass
class EdgeHouse:
    """Strava, ayda and the predictor on loopback; `ayda` and `predictor` can be killed and started again."""

    folder: Path
    server: ServerKind
    place: Place
    changes: dict[str, str] = field(default_factory=dict)
    """Further variables of both services' environments."""
    with_strava: bool = False
    """Whether Strava answers; most of what strangers do never gets that far."""

    def __post_init__(self) -> None:
        strava_port, ayda_port, predictor_port = free_port(), free_port(), free_port()
        strava_url, ayda_url, predictor_url = (
            f"http://{HOST}:{port}" for port in (strava_port, ayda_port, predictor_port)
        )
        self.strava = Process(("sim", "strava"), strava_port, {"OPENBLAS_NUM_THREADS": "1"}, self.folder, "/")
        shared = {
            "CROSS_SERVICE_API_KEY": KEY,
            "STRAVA_OAUTH_BASE": strava_url,
            "STRAVA_API_BASE": f"{strava_url}/api/v3",
            "LOG_LEVEL": "INFO",
            "OPENBLAS_NUM_THREADS": "1",
        }
        ayda = {
            **shared,
            "DATABASE_URL": self.place("ayda"),
            "GPX_PREDICTOR_API_URL": predictor_url,
            "PUBLIC_URL": ayda_url,
            "STRAVA_CLIENT_ID": "4242",
            "STRAVA_CLIENT_SECRET": "simulated-secret",
            "STRAVA_WEBHOOK_VERIFY_TOKEN": VERIFY_TOKEN,
            "TOKEN_ENCRYPTION_KEYS": generate_setting(),
            "TELEGRAM_BOT_TOKEN": BOT_TOKEN,
            **self.changes,
        }
        predictor = {
            **shared,
            "DATABASE_URL": self.place("predictor"),
            "AYDA_RUN_API_URL": ayda_url,
            "TOKEN_ENCRYPTION_KEYS": generate_setting(),
            "IMPORTS_FOLDER": str(self.folder / "imports"),
            **self.changes,
        }
        self.ayda = Served(("serve", "ayda"), ayda_port, ayda, self.folder, server=self.server)
        self.predictor = Served(("serve", "predictor"), predictor_port, predictor, self.folder, server=self.server)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """All running and migrated; killed at the end."""
        with killed_at_the_end(self.ayda, self.predictor, self.strava):
            for process in (self.predictor, self.ayda):
                await asyncio.to_thread(_migrate, f"{process.command[1]}_service", process.environment["DATABASE_URL"])
            for process in (*([self.strava] if self.with_strava else []), self.predictor, self.ayda):
                await asyncio.to_thread(process.start)
            yield

    def crashes(self) -> list[str]:
        """What the services have logged of requests that crashed, each with its traceback."""
        logs = (process.log.read_text(errors="replace") for process in (self.predictor, self.ayda))
        return [line.replace("\\n", "\n") for log in logs for line in log.splitlines() if "request_crashed" in line]


def _migrate(package: str, url: str) -> None:
    """In this process, which has Alembic at hand already; files are copies of one that was migrated."""
    if not url.startswith(_SQLITE):
        upgrade(package, url)
        return
    with NamedTemporaryFile(suffix=".db") as file:
        if package not in _MIGRATED:
            upgrade(package, f"{_SQLITE}{file.name}")
            with sqlite3.connect(file.name) as migrated:
                migrated.execute("PRAGMA journal_mode = DELETE")
            _MIGRATED[package] = Path(file.name).read_bytes()
    place = Path(url.removeprefix(_SQLITE))
    place.touch(0o600)
    place.write_bytes(_MIGRATED[package])


def as_member(telegram_id: int, *, at_s: float | None = None) -> dict[str, str]:
    """The header of a Mini App that was opened now, or at `at_s` of the epoch."""
    moment = time.time() if at_s is None else at_s
    fields = {"auth_date": str(int(moment)), "user": json.dumps({"id": telegram_id, "first_name": "M"})}
    return {"Authorization": f"tma {sign_init_data(fields, bot_token=BOT_TOKEN)}"}


def stranger() -> int:
    """The Telegram id of somebody new."""
    return 1_000_000_000 + secrets.randbelow(8_000_000_000)


@asynccontextmanager
async def visiting(url: str, *, timeout_s: float = 90.0) -> AsyncIterator[httpx.AsyncClient]:
    """A client with connections enough for a crowd."""
    limits = httpx.Limits(max_connections=500, max_keepalive_connections=100)
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=timeout_s, limits=limits) as http:
        yield http


async def loop_lag(http: httpx.AsyncClient, within_s: float = 0.05) -> tuple[float, float]:
    """Readings of a service's event loop so far: how many, and how many were within `within_s` (a bucket's edge)."""
    text = (await http.get("/metrics")).text
    samples = {
        (sample.name, sample.labels.get("le")): sample.value
        for family in text_string_to_metric_families(text)
        if family.name == LOOP_LAG
        for sample in family.samples
    }
    return samples[f"{LOOP_LAG}_count", None], samples[f"{LOOP_LAG}_bucket", str(within_s)]


@dataclass
class Watched:
    """What was seen of a service meanwhile."""

    latencies_s: list[float] = field(default_factory=list)
    failed: int = 0
    most_rss_bytes: int = 0

    def percentile_s(self, share: float) -> float:
        ranked = sorted(self.latencies_s)
        return ranked[min(len(ranked) - 1, int(share * len(ranked)))] if ranked else float("nan")


@asynccontextmanager
async def watching(
    process: Served, ask: Callable[[httpx.AsyncClient], object], *, every_s: float = 0.05
) -> AsyncIterator[Watched]:
    """Asks again and again beside the block, over one connection of its own, and measures answers and memory.

    `ask` is a coroutine function over a client that raises when the answer is not right.
    """
    seen = Watched()

    async def look() -> None:
        async with visiting(process.url) as http:
            while True:
                begun = time.monotonic()
                try:
                    await ask(http)  # type: ignore[misc]
                except (AssertionError, httpx.HTTPError):
                    seen.failed += 1
                seen.latencies_s.append(time.monotonic() - begun)
                seen.most_rss_bytes = max(seen.most_rss_bytes, process.rss_bytes())
                await asyncio.sleep(every_s)

    task = asyncio.create_task(look())
    try:
        yield seen
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def alive(http: httpx.AsyncClient) -> None:
    """The cheapest question there is."""
    assert (await http.get("/health/live")).status_code == 200


@contextmanager
def connection(port: int, sent: bytes = b"") -> Iterator[socket.socket]:
    """A bare connection on which these bytes were sent."""
    with socket.create_connection((HOST, port), timeout=30) as made:
        if sent:
            made.sendall(sent)
        yield made


def descendants(pid: int) -> list[int]:
    """The processes that a process has started, and those that they have."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            started = [int(each) for each in task.read_text().split()]
        except OSError:  # it has just ended
            continue
        for each in started:
            found += [each, *descendants(each)]
    return found


def _resident_bytes(pid: int) -> int:
    """A process's share of the memory it is resident in (`Pss`): its own pages, and its part of the shared ones."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    found = re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)
    return 1024 * int(found[1]) if found else 0


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
