"""No request, and nothing that runs more often than daily, reads a table from end to end that grows with people."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from ayda_service.ops.lists import lists_of as lists_of_ayda
from predictor_service.ops.lists import lists_of as lists_of_predictor
from servicekit.base.settings import Secret
from servicekit.jobs import Job
from servicekit.ops.lists import OpsList
from tests.ayda.ops.support import KEY, Operator
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
    "erased_member": "erasures of the last days, which are counted before a file is taken",
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
SMALL: Final[Mapping[str, str]] = {
    "uq_job_waiting": "jobs that wait",
    "procrastinate_jobs_queueing_lock_idx_v1": "jobs that wait",
    "procrastinate_jobs_priority_idx_v1": "jobs that wait",
    "procrastinate_jobs_lock_idx_v1": "jobs that run",
    "idx_procrastinate_jobs_worker_not_null": "jobs that run",
    "procrastinate_jobs_id_lock_idx_v1": "jobs that wait or run",
    "ix_history_import_lying": "archives on disk",
}
"""Indices that hold few rows of a table that grows, and which."""
SEARCHED: Final = ("", "7", "018f6b2a-0000-7000-8000-00000000ffff", "Strava")
"""What an operator looks for: nothing, a number, an id, a word."""
DAILY: Final = re.compile(
    r"DELETE FROM \w+ WHERE \S.* IN \(SELECT .* <= .* LIMIT "
    r"|SELECT activity\.id, .* WHERE activity\.file_key_sealed IS NULL "
)
"""Retention, and the sealing of files from before: they run once a day."""


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


async def operated(http: httpx.AsyncClient, listings: Sequence[OpsList]) -> None:
    """An operator turns over every list, in every order and of every state, and looks for whatever."""
    operator = Operator(http)
    assert (await operator.sign_in()).status_code == 303
    assert (await operator.get()).status_code == 200
    for listing in listings:
        columns = [column.attribute for column in listing.columns]
        orders = ["", *columns, *(f"-{column}" for column in columns)]
        looks = [
            *((order, "") for order in orders),
            *((order, state) for state in listing.states for order in orders[:2]),
        ]
        for (order, state), search in itertools.product(looks, SEARCHED):
            page = "2" if not search else ""
            asked = {"sort": order, "state": state, "q": search, "page": page}
            assert (await operator.get(f"/ops/lists/{listing.name}", params=asked)).status_code == 200


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
    key: dict[str, Any] = {"operator_key": Secret(KEY)}
    own = {
        "database_url": urls["predictor"],
        "worker_embedded": True,
        "background_sync_enabled": True,
        **OWN_APP,
        **key,
    }
    of_ayda = {"database_url": urls["ayda"], "erasures_file": tmp_path / "ayda.erasures", **key}
    async with both_services(tmp_path, of_predictor=own, **of_ayda) as both:
        parts = both.ayda.app.litestar.state["parts"]
        sent = [Sent(parts.database), Sent(both.parts.database)]
        await lived(both)
        await operated(both.ayda.http, lists_of_ayda(parts.database, parts.queue))
        await operated(both.predictor, lists_of_predictor(both.parts.database, both.parts.queue))
    scanned = [
        f"{table}: {statement}"
        for each in sent
        for table, statements in each.scans(SMALL).items()
        for statement in sorted(statements)
        if table not in FEW and not DAILY.match(statement)
    ]
    if scanned:
        pytest.fail("\n".join(scanned), pytrace=False)
