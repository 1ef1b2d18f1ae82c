"""J8: a full disk, a database that can only be read, no thread left: what was acknowledged is there after it."""

from __future__ import annotations

import asyncio
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from ayda_service.webhooks.models import WebhookEvent
from servicekit.data.migrations import upgrade
from servicekit.data.patience import REQUEST_S
from tests.ayda.webhooks.support import OFF, event, post
from tests.drills.both_services import Both, both_services
from tests.drills.places import on_postgres, on_sqlite
from tests.drills.reporting import DRILL, report
from tests.drills.troubled_database import ON_POSTGRES, ON_SQLITE, small_disk

MEMBER = 3_141_592_653_589
BEFORE_S, DURING_S = (5.0, 30.0) if DRILL else (0.3, 1.5)
SENDERS = 8
HEALTHY_WITHIN_S = 30.0
FIRST = 17_000_000_000
KINDS = [("sqlite", kind) for kind in ("full", "read_only", "threads_taken")]
KINDS += [("postgres", kind) for kind in ("stopped", "read_only", "threads_taken")]


@dataclass
class Senders:
    """Strava, sending events about one athlete all the time: each counts once it was told that it is kept."""

    both: Both
    athlete_id: int
    acknowledged: set[int] = field(default_factory=set)
    refused: int = 0
    wrong: list[str] = field(default_factory=list)
    _sent: int = 0

    async def send(self, until: asyncio.Event) -> None:
        """One event after the other."""
        while not until.is_set():
            self._sent += 1
            object_id = FIRST + self._sent
            answer = await post(self.both.ayda, event(self.athlete_id, object_id))
            if answer.status_code == httpx.codes.OK:
                self.acknowledged.add(object_id)
            elif answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
                self.refused += 1
            else:
                self.wrong.append(answer.text)
            await asyncio.sleep(0.01)

    async def healthy_after_s(self) -> float:
        """Seconds until the next event is acknowledged."""
        began_s, before = time.monotonic(), len(self.acknowledged)
        async with asyncio.timeout(2 * HEALTHY_WITHIN_S):
            while len(self.acknowledged) == before:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.05)
        return time.monotonic() - began_s


@pytest.mark.parametrize(
    ("database", "kind"),
    [pytest.param(*each, marks=pytest.mark.postgres if each[0] == "postgres" else ()) for each in KINDS],
)
async def test_what_was_acknowledged_around_a_trouble_of_the_database_is_there(
    tmp_path: Path, database: str, kind: str
):
    if not DRILL and (database, kind) not in {("sqlite", "full"), ("sqlite", "read_only")}:
        pytest.skip("one of the kinds of the long form")
    place_of = on_sqlite if database == "sqlite" else on_postgres
    disk: AbstractContextManager[Path] = small_disk(tmp_path / "small") if kind == "full" else nullcontext(tmp_path)
    trouble = (ON_SQLITE if database == "sqlite" else ON_POSTGRES)[kind]
    with disk as folder, place_of(folder) as (place, servers):
        urls = {service: place(service) for service in ("ayda", "predictor")}
        for service, url in urls.items():
            upgrade(f"{service}_service", url)
        changes: dict[str, Any] = {"database_url": urls["ayda"], "database_wait_s": REQUEST_S, "webhooks": OFF}
        changes |= {"worker_embedded": False, "erasures_file": folder / "ayda.erasures"}
        async with both_services(folder, of_predictor={"database_url": urls["predictor"]}, **changes) as both:
            senders = Senders(both, await both.ayda.connect(MEMBER))
            databases = [both.ayda.app.litestar.state.parts.database, both.parts.database]
            over = asyncio.Event()
            async with asyncio.TaskGroup() as group:
                for _ in range(SENDERS):
                    group.create_task(senders.send(over))
                await asyncio.sleep(BEFORE_S)
                async with trouble(databases, servers):
                    await asyncio.sleep(DURING_S)
                healthy_s = await senders.healthy_after_s()
                await asyncio.sleep(BEFORE_S)
                over.set()
            kept = set(await databases[0].read(lambda session: session.scalars(select(WebhookEvent.object_id)).all()))
    lost = senders.acknowledged - kept
    report(
        f"J8 {database} {kind}",
        acknowledged=len(senders.acknowledged),
        told_to_come_again=senders.refused,
        lost=len(lost),
        healthy_s=round(healthy_s, 1),
    )
    assert senders.wrong == []
    assert lost == set()
    assert senders.refused > 0, "the trouble was not noticed, so nothing was shown"
    assert senders.acknowledged
    if DRILL:
        assert healthy_s <= HEALTHY_WITHIN_S
