"""No request, and nothing that runs more often than daily, reads a table from end to end that grows with people."""

from __future__ import annotations

import asyncio
import contextlib
import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from servicekit.jobs import Job
from tests.drills.both_services import Both, both_services
from tests.drills.test_f1_database_trouble import MEMBER, OWN_APP, ask_all
from tests.drills.test_x5_foreign_objects import objects_of
from tests.plans import Sent
from tests.support_postgres import temporary_database

STILL_S: Final = 4.0
ENDLESS_S: Final = 15.0
DAY_S: Final = timedelta(days=1).total_seconds()
FEW: Final[Mapping[str, str]] = {
    "alarm": "one row for each kind of alarm",
    "alembic_version_ayda": "one row",
    "alembic_version_predictor": "one row",
    "listed_erasures": "one row",
    "local_oauth_state": "rows live for minutes",
    "local_outage": "one row",
    "local_revocation": "rows go once Strava has answered",
    "oauth_handover": "rows live for minutes",
    "oauth_state": "rows live for minutes",
    "procrastinate_workers": "a row for each worker that lives",
    "race": "a catalogue",
    "strava_outage": "one row",
    "strava_upload_slot": "three rows",
    "token_hand_out_chain": "one row",
}
"""Tables that do not grow with people, and why."""
COUNTED: Final[Mapping[str, str]] = {
    "comparison": "the report over everybody",
    "erased_member": "how many were erased lately, before a file is taken; a row for each erasure of the last days",
    "job": "how many jobs there are of each kind, for alarms and metrics",
    "local_token": "connections by state, for alarms and metrics",
    "procrastinate_jobs": "how many jobs there are of each kind, for alarms and metrics",
    "strava_token": "connections by state, for alarms and metrics",
    "strava_upload": "uploads by status, for alarms and metrics",
    "sync_state": "syncs by status, for alarms and metrics",
}
"""Tables that are counted, which reads all of an index; what reads slowly rests fifty times as long."""
DAILY: Final = re.compile(r"DELETE FROM \w+ WHERE \S.* IN \(SELECT .* <= .* LIMIT ")
"""Retention, which runs once a day."""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def urls(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    if request.param == "sqlite":
        yield {each: f"sqlite:///{tmp_path / each}.db" for each in ("ayda", "predictor")}
        return
    with ExitStack() as stack:
        name = uuid.uuid4().hex[:12]
        yield {
            each: stack.enter_context(temporary_database(f"ayda_plans_{each}_{name}")) for each in ("ayda", "predictor")
        }


async def idle(both: Both) -> None:
    """Returns when neither service has a job at work or due, or those that are stay where they are, or never end."""
    for queue in (both.ayda.queue, both.parts.queue):
        seen: object = None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ENDLESS_S), asyncio.timeout(STILL_S) as patience:
                while (stats := await queue.stats()).running or stats.ready:
                    if (stats.running, stats.ready) != seen:
                        seen = (stats.running, stats.ready)
                        patience.reschedule(asyncio.get_running_loop().time() + STILL_S)
                    await asyncio.sleep(0.1)


async def lived(both: Both) -> None:
    """A member's life: files, a connection, a sync, every question, and everything that runs by itself."""
    athlete = both.simulator.add_athlete(activities=30)
    objects = await objects_of(both, MEMBER)
    await both.ayda.connect(MEMBER, athlete)
    await idle(both)
    await ask_all(both, objects)
    await idle(both)
    for http in (both.ayda.http, both.predictor):
        for path in ("/metrics", "/health/ready"):
            assert (await http.get(path)).status_code == 200
    jobs: list[Job] = [*both.ayda.app.litestar.state["parts"].jobs, *both.parts.jobs]
    for job in jobs:
        if job.every_s is not None and job.every_s < DAY_S:
            await job.run({})
    await idle(both)


async def test_nothing_that_is_often_done_reads_a_growing_table_from_end_to_end(tmp_path: Path, urls: dict[str, str]):
    own: dict[str, Any] = {"database_url": urls["predictor"], "worker_embedded": True, **OWN_APP}
    erasures = tmp_path / "ayda.erasures"
    async with both_services(tmp_path, of_predictor=own, database_url=urls["ayda"], erasures_file=erasures) as both:
        sent = [Sent(both.ayda.app.litestar.state["parts"].database), Sent(both.parts.database)]
        await lived(both)
    scanned = [
        f"{table}: {statement}"
        for each in sent
        for table, statements in each.scans().items()
        for statement in sorted(statements)
        if table not in FEW and not (table in COUNTED and "count(" in statement) and not DAILY.match(statement)
    ]
    if scanned:
        pytest.fail("\n".join(scanned), pytrace=False)
