"""No dead ends: every kind of job of both services has a way out.

A kind that is new fails here until its way out stands in one of these tables, and then is tried with all others.
"""

from __future__ import annotations

import ast
import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import pytest
import structlog
from sqlalchemy import text

from ayda_service.models import JOB_TABLE
from ayda_service.ops.lists import lists_of as ayda_lists
from ayda_service.parts import assemble as assemble_ayda
from ayda_service.telegram.settings import TelegramSettings
from predictor_service.models import JOBS
from predictor_service.ops.lists import lists_of as predictor_lists
from predictor_service.parts import assemble as assemble_predictor
from servicekit.base.settings import Secret
from servicekit.jobs import Job, SqlJobQueue
from servicekit.jobs.queue import MAX_CRASHES, Pace
from servicekit.ops.lists import OpsList
from servicekit.web.parts import ServiceParts
from tests.ayda.webhooks.support import OFF
from tests.drills.both_services import ayda_settings, predictor_settings
from tests.servicekit.strava.support import Clock

ROOT: Final = Path(__file__).parents[1]
SECRET: Final = Secret("webhook-secret-0000000000000000000000000")
COMES_AGAIN: Final = {
    "ayda": {
        "keep_bot_introduced", "keep_subscription", "poll_updates", "retention", "seal_files", "shorten_audit",
        "tidy_messages", "tidy_updates", "tidy_webhooks",
    },
    "predictor": {"forget_answers", "retention", "stalled_syncs", "sweep_imports", "sync_all"},
}  # fmt: skip
"""Periodic: whatever a run met, there is another one."""
GIVEN_UP: Final[Mapping[str, Mapping[str, str]]] = {
    "ayda": {
        "answer_updates": "tidy_updates",
        "check_consent": "tidy_webhooks",
        "erase_at_predictor": "",
        "follow_import": "",
        "forget_deleted": "",
        "forward_events": "tidy_webhooks",
        "introduce_bot": "keep_bot_introduced",
        "learn_activity": "",
        "notify_connected": "",
        "notify_disconnected": "",
        "revoke_at_strava": "",
        "send_messages": "tidy_messages",
        "tell_member": "",
        "upload_to_strava": "",
    },
    "predictor": {"import_history": "", "revoke_at_strava": "", "sync_athlete": "stalled_syncs", "tell_compared": ""},
}
"""Tried again by an operator, once its tries are used up; and the periodic kind that finds by itself what it left."""
ALONE_IN_ITS_LADDER: Final = {"introduce_bot"}
"""Given up at its first failure, as the periodic kind comes soon enough."""
ARGS: Final = {"upload_id": "018f6b2a-0000-7000-8000-000000000001", "import_id": "018f6b2a-0000-7000-8000-000000000001"}


@dataclass
class Service:
    """A service on an empty database, at no work, all of it switched on."""

    parts: ServiceParts
    jobs: Mapping[str, Job]
    queue: SqlJobQueue
    lists: Mapping[str, OpsList]
    clock: Clock

    @asynccontextmanager
    async def working(self, *jobs: Job) -> AsyncIterator[None]:
        worker = asyncio.create_task(self.queue.work(jobs))
        try:
            async with asyncio.timeout(20):
                yield
        finally:
            worker.cancel()
            await asyncio.wait([worker])

    def change(self, values: str) -> None:
        with self.parts.database.transaction() as session:
            session.execute(text(f"UPDATE job SET {values}"))  # noqa: S608 - constants only


def all_jobs(folder: Path, clock: Clock) -> Iterator[tuple[str, ServiceParts]]:
    """Both services with everything switched on, the bot in each way to hear of updates."""
    for telegram in (TelegramSettings("webhook", SECRET), TelegramSettings("polling")):
        settings = ayda_settings(folder, webhooks=OFF, telegram=telegram, public_url="https://ayda.test")
        yield "ayda", assemble_ayda(settings, now=clock.now)
    own_app = {"strava_client_id": "1", "strava_client_secret": SECRET, "background_sync_enabled": True}
    yield "predictor", assemble_predictor(predictor_settings(folder, **own_app), now=clock.now)


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[dict[str, Service]]:
    clock, made, opened = Clock(), dict[str, Service](), list[ServiceParts]()
    for name, parts in all_jobs(tmp_path, clock):
        opened.append(parts)
        known = made[name].jobs if name in made else {}
        table, lists = (JOB_TABLE, ayda_lists) if name == "ayda" else (JOBS, predictor_lists)
        queue = SqlJobQueue(parts.database, table, now=clock.now, pace=Pace(lease_s=1.0, poll_s=0.02, grace_s=0.2))
        shown = {each.name: each for each in lists(parts.database, queue)}
        made[name] = Service(parts, {**known, **{job.name: job for job in parts.jobs}}, queue, shown, clock)
    with structlog.testing.capture_logs():
        yield made
    for parts in opened:
        async with parts.opened():
            pass


async def test_every_kind_of_job_is_accounted_for(services: dict[str, Service]):
    for name, service in services.items():
        periodic = {kind for kind, job in service.jobs.items() if job.every_s is not None}
        assert periodic == COMES_AGAIN[name]
        assert service.jobs.keys() - periodic == GIVEN_UP[name].keys()
        assert set(GIVEN_UP[name].values()) - {""} <= periodic
        short = {kind for kind in GIVEN_UP[name] if not service.jobs[kind].retry_delays_s}
        assert short <= ALONE_IN_ITS_LADDER, "one failure is the end of it"


async def test_no_kind_is_left_out_because_a_setting_switches_it_on(services: dict[str, Service]):
    registered = {kind for service in services.values() for kind in service.jobs}
    assert set(written_down()) == registered


def written_down() -> Iterator[str]:
    """The names of all kinds in the code."""
    for package in ("ayda_service", "predictor_service", "servicekit"):
        for file in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Job":
                    name = node.args[0]
                    module = ".".join(file.relative_to(ROOT).with_suffix("").parts)
                    yield name.value if isinstance(name, ast.Constant) else getattr(import_module(module), name.id)


@dataclass
class Defect:
    """Every kind fails until it is mended, and is counted."""

    service: Service
    kinds: Iterable[str]
    mended: bool = False
    runs: Counter[str] = field(default_factory=Counter)

    def jobs(self) -> list[Job]:
        return [replace(self.service.jobs[kind], run=partial(self._run, kind)) for kind in self.kinds]

    async def _run(self, kind: str, _args: Mapping[str, Any]) -> None:
        self.runs[kind] += 1
        if not self.mended:
            raise LookupError("a defect")

    async def ran(self, *, times: int) -> None:
        """Returns once each of them has run so often."""
        while any(self.runs[kind] < times for kind in self.kinds) or (await self.service.queue.stats()).running:  # noqa: ASYNC110 - a database tells no one
            await asyncio.sleep(0.01)


CRASHED: Final = f"status = 'running', crashes = {MAX_CRASHES - 1}, lease_until = '2026-01-01 00:00:00'"
HOW: Final = ["failed at every try", "killed its workers"]


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("name", GIVEN_UP)
async def test_what_is_given_up_lies_where_an_operator_tries_it_again(
    services: dict[str, Service], name: str, how: str
):
    service = services[name]
    defect = Defect(service, GIVEN_UP[name])
    for job in defect.jobs():
        await service.queue.put(job.name, ARGS)
        last = f"failures = {len(job.retry_delays_s)}" if how == HOW[0] else CRASHED
        service.change(f"{last} WHERE name = '{job.name}'")
    async with service.working(*defect.jobs()):
        while len(dead := await service.queue.dead()) < len(GIVEN_UP[name]):  # noqa: ASYNC110 - nobody tells of a death
            await asyncio.sleep(0.01)
        assert {job.name for job in dead} == GIVEN_UP[name].keys()
        before = int(how == HOW[0])
        assert set(defect.runs.values()) == ({before} if before else set())
        defect.mended, replay = True, service.lists["jobs"].replay
        assert replay is not None
        assert [await replay(job.id) for job in dead] == [True] * len(dead)
        await defect.ran(times=before + 1)
        assert await service.queue.dead() == []


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("name", COMES_AGAIN)
async def test_what_is_periodic_comes_again_whatever_happened(services: dict[str, Service], name: str, how: str):
    service = services[name]
    defect = Defect(service, COMES_AGAIN[name])
    async with service.working(*defect.jobs()):
        await defect.ran(times=1)
    if how == HOW[1]:
        service.change(CRASHED)
    service.clock.advance(max(job.every_s or 0 for job in defect.jobs()) + 1)
    async with service.working(*defect.jobs()):
        await defect.ran(times=2)
