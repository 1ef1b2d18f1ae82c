"""F1: whatever happens to the databases, every endpoint of both services answers soon, and well again after it."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from servicekit.base.settings import Secret
from servicekit.base.vault import Vault
from servicekit.data.migrations import upgrade
from servicekit.data.patience import REQUEST_S
from servicekit.web.openapi import declare_problems
from tests.ayda.ops.support import HTML
from tests.ayda.ops.support import KEY as KEY_OF_OPERATOR
from tests.ayda.support import KEY_IN
from tests.drills.both_services import Both, both_services
from tests.drills.places import on_postgres, on_sqlite
from tests.drills.reporting import DRILL, report
from tests.drills.test_x5_foreign_objects import objects_of, operations, operations_of
from tests.drills.troubled_database import ON_POSTGRES, ON_SQLITE, Trouble, small_disk
from tests.predictor.tracks import gpx
from tests.trackfiles.malformed.writers import gpx_of
from tests.trackfiles.outings import outing

MEMBER = 3_141_592_653_589
REQUIRED_S = 2.0
FAST_S = 12.0
"""What the fast form asserts, on however busy a machine: an answer that waited for the database took 30."""
OPERATOR = {"operator_key": Secret(KEY_OF_OPERATOR)}
OWN_APP = {"strava_client_id": "77", "strava_client_secret": Secret("s"), "vault": Vault({"k": bytes(32)})}
PAGES = {"StravaCallback", "EnterStrava", "FileByTicket", "LocalCallback"}
CODES = {"database_unavailable", "inbox_busy", "upstream_unavailable", "busy"}
"""The last two: of ayda, for what the predictor could not answer."""
WHOLE = {"json": {"gpx": gpx().decode(), "telegram_id": str(MEMBER)}}
BODIES: dict[str, dict[str, Any]] = {
    "AddOwnActivity": {"content": gpx_of(outing()), "params": {"sport": "run"}},
    "AddActivity": {"content": gpx_of(outing()), "params": {"sport": "run", "telegram_id": str(MEMBER)}},
    "AddRoute": {"content": gpx(), "headers": {"Content-Type": "application/gpx+xml"}},
    "CompleteStrava": {"json": {"claim": "A" * 43}},
    "Profiles": {"json": {"telegram_ids": [str(MEMBER)]}},
    "StravaConnected": {"json": {"telegram_id": str(MEMBER), "athlete_id": 7}},
    "StravaDisconnected": {"json": {"telegram_id": str(MEMBER), "athlete_id": 7}},
    "StravaEvent": {"json": {"telegram_id": str(MEMBER), "athlete_id": 7, "activity_id": 1, "aspect": "create",
                             "event_time_s": 1}},
    "SyncNow": {"params": {"telegram_id": str(MEMBER)}},
    "StravaTokenForMember": {"params": {"telegram_id": str(MEMBER)}, "headers": {"X-API-Key": KEY_IN}},
    "StravaCallback": {"params": {"state": "s" * 43, "code": "c" * 40, "scope": "read,activity:read_all"}},
    "EnterStrava": {"params": {"ticket": "t" * 43}},
    "FileByTicket": {"params": {"ticket": "t" * 43}},
    "LocalCallback": {"params": {"state": "s" * 43, "code": "c" * 40, "scope": "read,activity:read_all"}},
}  # fmt: skip
OPS = ("", "/lists/jobs", "/lists/actions?q=replayed")
"""Of either service; they stand in no schema."""
LAST = ("EraseMe", "EraseAthlete", "DisconnectStrava", "StravaDisconnected")


@dataclass
class Tally:
    """What was answered."""

    statuses: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[str, int, str]] = field(default_factory=list)
    slowest_s: float = 0.0
    slowest: str = ""

    def count(self, name: str, answer: httpx.Response, took_s: float) -> None:
        self.statuses[str(answer.status_code)] += 1
        if took_s > self.slowest_s:
            self.slowest_s, self.slowest = took_s, name
        if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            page = answer.headers["content-type"].startswith("text/html")
            told = page if name in PAGES or name.startswith("/ops") else answer.json()["code"] in CODES
            if not told or int(answer.headers.get("retry-after", 0)) < 1:
                self.wrong.append((name, answer.status_code, answer.text[:200]))
        elif answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            self.wrong.append((name, answer.status_code, answer.text[:200]))


async def ask_all(both: Both, objects: dict[str, str]) -> Tally:
    """Each operation of both services once, those that end something last."""
    tally = Tally()
    both.clock.advance(2)  # who was erased has opened the app anew
    of_ayda = operations(both)
    document = declare_problems(both.to_predictor.app.litestar.openapi_schema.to_schema())
    known = {("ayda", name): what for name, what in of_ayda.items()}
    known |= {("predictor", name): what for name, what in operations_of(document).items()}
    ids = {**dict.fromkeys(("telegram_id",), str(MEMBER)), **objects}
    for (service, name), (method, path, parameters) in sorted(known.items(), key=lambda each: each[0][1] in LAST):
        address = path.format_map({each: ids.get(each, objects["prediction_id"]) for each in parameters})
        http = both.ayda.http if service == "ayda" else both.predictor
        given = BODIES.get(name, WHOLE if method == "POST" else {"params": {"telegram_id": str(MEMBER)}})
        headers = {**(both.ayda.as_member(MEMBER) if service == "ayda" else {}), **given.get("headers", {})}
        began_s = time.monotonic()
        answer = await http.request(method, address, **{**given, "headers": headers})
        tally.count(name, answer, time.monotonic() - began_s)
    for http in (both.ayda.http, both.predictor):
        await ask_operations_pages(http, tally)
    return tally


async def ask_operations_pages(http: httpx.AsyncClient, tally: Tally) -> None:
    """The pages of a service's operator, who signs in each time."""
    for path in ("/login", *OPS):
        began_s = time.monotonic()
        given = {"data": {"key": KEY_OF_OPERATOR}} if path == "/login" else {}
        answer = await http.request("POST" if given else "GET", f"/ops{path}", headers=HTML, **given)
        tally.count(f"/ops{path}", answer, time.monotonic() - began_s)


@pytest.mark.parametrize("kind", ON_SQLITE)
async def test_on_sqlite_every_endpoint_answers_soon_and_recovers(tmp_path: Path, kind: str):
    if kind not in {"locked", "read_only"} and not DRILL:
        pytest.skip("one of the kinds of the long form")
    disk = small_disk(tmp_path / "small") if kind == "full" else nullcontext(tmp_path)
    with disk as folder, on_sqlite(folder) as (place, servers):
        await _trouble_and_recovery(folder, place, ON_SQLITE[kind], kind, servers)


@pytest.mark.postgres
@pytest.mark.parametrize("kind", ON_POSTGRES)
async def test_on_postgres_every_endpoint_answers_soon_and_recovers(tmp_path: Path, kind: str):
    if not DRILL:
        pytest.skip("the long form's")
    with on_postgres(tmp_path) as (place, servers):
        await _trouble_and_recovery(tmp_path, place, ON_POSTGRES[kind], kind, servers)


async def _trouble_and_recovery(folder: Path, place: Any, trouble: Trouble, kind: str, servers: Any) -> None:
    urls = {service: place(service) for service in ("ayda", "predictor")}
    for service, url in urls.items():
        upgrade(f"{service}_service", url)
    changes = {"database_url": urls["ayda"], "worker_embedded": False, "database_wait_s": REQUEST_S, **OPERATOR}
    changes["erasures_file"] = folder / "ayda.erasures"
    own = {"database_url": urls["predictor"], "database_wait_s": changes["database_wait_s"], **OWN_APP, **OPERATOR}
    async with both_services(folder, of_predictor=own, **changes) as both:
        objects = await objects_of(both, MEMBER)
        databases = [both.ayda.app.litestar.state.parts.database, both.parts.database]
        before = await ask_all(both, objects)
        async with trouble(databases, servers):
            during = await ask_all(both, objects)
        began_s = time.monotonic()
        while (await both.predictor.get("/api/v1/races")).status_code != httpx.codes.OK:
            assert time.monotonic() - began_s < 60
        back_s = time.monotonic() - began_s
        after = await ask_all(both, objects)
    report(
        f"F1 {databases[0].dialect} {kind}",
        operations=sum(during.statuses.values()),
        answers=dict(during.statuses),
        slowest_s=f"{during.slowest_s:.2f} ({during.slowest})",
        quiet_s=f"{before.slowest_s:.2f}",
        back_s=f"{back_s:.2f}",
    )
    assert (before.wrong, during.wrong, after.wrong) == ([], [], [])
    assert during.statuses["503"] > 0
    assert after.statuses["503"] == before.statuses["503"]
    assert during.slowest_s < (REQUIRED_S if DRILL else FAST_S), during.slowest
