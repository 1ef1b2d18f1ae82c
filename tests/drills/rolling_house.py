"""Two processes of each service behind balancers, which are replaced one after the other; the code of before too."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Final

import psycopg

from cli.demo.stage import Stage
from servicekit.base.vault import generate_setting
from servicekit.data.migrations import upgrade
from servicekit.data.revisions import revisions_of
from tests.drills.balancer import Balancer
from tests.drills.edge_house import BOT_TOKEN, KEY, VERIFY_TOKEN, Served, ServerKind
from tests.system.processes import ROOT, Process, free_port, killed_at_the_end

SERVICES: Final = ("ayda", "predictor")
PLACES: Final = ("a", "b")
STOPS_WITHIN_S: Final = 120.0
"""Beyond the notice; only what hangs runs into it."""
_PLENTY: Final = "1000000"
_WRITING: Final = """
DO $$
DECLARE
    place name; begun timestamptz; waited_s float := 0; rounds int := 0;
BEGIN
    WHILE rounds < 20000 AND NOT EXISTS (SELECT FROM alembic_version_SERVICE WHERE version_num = 'HEAD') LOOP
        FOR place IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
            begun := clock_timestamp();
            EXECUTE format('LOCK TABLE %I IN ROW EXCLUSIVE MODE', place);
            waited_s := greatest(waited_s, extract(epoch FROM clock_timestamp() - begun));
            COMMIT;
        END LOOP;
        rounds := rounds + 1;
        PERFORM pg_sleep(0.005);
        COMMIT;
    END LOOP;
    PERFORM set_config('j9.waited_s', waited_s::text, false);
END $$
"""
"""Takes the lock of whoever writes to a table, of one after the other, until the database is at its last revision."""


def before(service: str) -> str:
    """The revision before the last one."""
    head = revisions_of(service).head
    for file in (ROOT / f"{service}_service" / "migrations" / "versions").glob("0*.py"):
        module = import_module(f"{service}_service.migrations.versions.{file.stem}")
        if module.revision == head:
            return str(module.down_revision)
    raise LookupError(head)


def code_of_before(folder: Path) -> Path:
    """This code as it is without the last migration of each service: to it the database is ahead after an upgrade."""
    old = folder / "old"
    old.mkdir()
    for package in (each for each in ROOT.iterdir() if (each / "__init__.py").exists()):
        if package.name not in {f"{service}_service" for service in SERVICES}:
            (old / package.name).symlink_to(package)
            continue
        shutil.copytree(package, old / package.name, ignore=shutil.ignore_patterns("__pycache__"))
        service = package.name.removesuffix("_service")
        (last,) = [
            file
            for file in (old / package.name / "migrations" / "versions").glob("0*.py")
            if f'revision = "{revisions_of(service).head}"' in file.read_text().replace("'", '"').splitlines()
        ]
        last.unlink()
    return old


@dataclass
class RollingHouse:
    """`each` has the process of a service at one of two places, `front` the balancer of a service."""

    folder: Path
    server: ServerKind
    urls: Mapping[str, str]
    """The databases, empty."""
    notice_s: float
    strava: Process
    redis_url: str | None
    each: dict[tuple[str, str], Served] = field(default_factory=dict)
    front: dict[str, Balancer] = field(default_factory=dict)
    drains_s: list[float] = field(default_factory=list)
    """How long stopping took, without the notice."""

    def __post_init__(self) -> None:
        ports = {(service, place): free_port() for service in SERVICES for place in PLACES}
        self.front = {service: Balancer([ports[service, place] for place in PLACES]) for service in SERVICES}
        environments = self._environments()
        command = ("--notice", f"{self.notice_s:.1f}")
        for (service, place), port in ports.items():
            home = self.folder / f"{service}-{place}"
            home.mkdir()
            self.each[service, place] = Served(
                ("serve", service, *command), port, dict(environments[service]), home, server=self.server
            )

    def _environments(self) -> dict[str, dict[str, str]]:
        shared = {
            "CROSS_SERVICE_API_KEY": KEY,
            "STRAVA_OAUTH_BASE": self.strava.url,
            "STRAVA_API_BASE": f"{self.strava.url}/api/v3",
            "WORKER_EMBEDDED": "false",
            "OPENBLAS_NUM_THREADS": "1",
            "ADDRESS_REQUESTS_PER_MINUTE": _PLENTY,
            "MEMBER_REQUESTS_PER_MINUTE": _PLENTY,
            **({} if self.redis_url is None else {"REDIS_URL": self.redis_url}),
        }
        ayda = {
            "GPX_PREDICTOR_API_URL": self.front["predictor"].url,
            "PUBLIC_URL": self.front["ayda"].url,
            "STRAVA_CLIENT_ID": "4242",
            "STRAVA_CLIENT_SECRET": "simulated-secret",
            "STRAVA_WEBHOOK_VERIFY_TOKEN": VERIFY_TOKEN,
            "TELEGRAM_BOT_TOKEN": BOT_TOKEN,
            "MEMBER_PREDICTIONS_PER_DAY": _PLENTY,
        }
        predictor = {"AYDA_RUN_API_URL": self.front["ayda"].url, "IMPORTS_FOLDER": str(self.folder / "imports")}
        return {
            service: {
                **shared,
                **own,
                "DATABASE_URL": self.urls[service],
                "TOKEN_ENCRYPTION_KEYS": generate_setting(),
            }
            for service, own in (("ayda", ayda), ("predictor", predictor))
        }

    @property
    def stage(self) -> Stage:
        """Where a visitor finds everything."""
        return Stage(self.strava.url, self.front["ayda"].url, self.front["predictor"].url, BOT_TOKEN, KEY)

    @asynccontextmanager
    async def running_before(self) -> AsyncIterator[None]:
        """All processes have the code of before, on databases as it left them."""
        old = code_of_before(self.folder)
        for service in SERVICES:
            await asyncio.to_thread(upgrade, f"{service}_service", self.urls[service], before(service))
        for process in self.each.values():
            process.environment = {**process.environment, "PYTHONPATH": str(old)}
        async with AsyncExitStack() as stack:
            stack.enter_context(killed_at_the_end(*self.each.values()))
            for balancer in self.front.values():
                await stack.enter_async_context(balancer.running())
            await asyncio.gather(*(self._start(place) for place in PLACES))
            yield

    async def upgrade(self) -> float:
        """`ayda migrate`, as the page of operators says, while all of them serve; the longest wait of a writer."""
        waits_s = []
        for service in SERVICES:
            waiting = asyncio.create_task(waits_of_writers_s(self.urls[service], service))
            process = self.each[service, "a"]
            process.environment = {**process.environment, "PYTHONPATH": str(ROOT)}
            await asyncio.to_thread(process.migrate)
            waits_s.append(await waiting)
        return max(waits_s)

    async def replace(self, place: str) -> None:
        """Both services at this place: SIGTERM, and when they have ended the code of now, until it is sent to."""
        processes = [self.each[service, place] for service in SERVICES]
        stops = (asyncio.to_thread(each.stop, self.notice_s + STOPS_WITHIN_S) for each in processes)
        self.drains_s += [took_s - self.notice_s for took_s in await asyncio.gather(*stops)]
        for process in processes:
            process.environment = {**process.environment, "PYTHONPATH": str(ROOT)}
        await self._start(place)

    async def _start(self, place: str) -> None:
        await asyncio.gather(*(asyncio.to_thread(self.each[service, place].start) for service in SERVICES))
        for service in SERVICES:
            await self.front[service].until_ready(self.each[service, place].port)


async def waits_of_writers_s(url: str, service: str) -> float:
    """The longest that a writer has waited for any one table, by the server's clock, until the upgrade is there."""

    def write() -> float:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                _WRITING.replace("SERVICE", service).replace("HEAD", revisions_of(service).head).encode()
            )
            found = connection.execute("SELECT current_setting('j9.waited_s')").fetchone()
            assert found is not None
            return float(found[0])

    return await asyncio.to_thread(write)
