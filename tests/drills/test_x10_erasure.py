"""X10: after "delete me" no store of either service knows the member, whatever form the knowledge had."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import structlog
from sqlalchemy import insert, select, update

from ayda_service.me.jobs import TIDY, TIDY_AFTER_S
from ayda_service.models import JOB_TABLE as AYDA_JOBS
from ayda_service.models import Member, StravaToken
from predictor_service.athletes.models import Athlete
from predictor_service.models import JOBS as PREDICTOR_JOBS
from servicekit.base.logs import configure_logs
from servicekit.data.columns import uuid7
from servicekit.jobs.embedded.table import ABOUT
from tests.drills.both_services import Both, both_services
from tests.drills.reporting import DRILL, report
from tests.predictor.tracks import gpx

MEMBER, NEIGHBOUR = 3_141_592_653_589, 2_718_281_828_459
ACTIVITIES = 60 if DRILL else 12
WITHIN_S = 60


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """Everything the services log, in a file beside their databases."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    path = tmp_path / "services.log"
    with path.open("w", encoding="utf-8") as stream:
        configure_logs("DEBUG", "json", stream=stream)
        yield path
    root.handlers[:] = before
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def forms(value: object) -> set[bytes]:
    """How a value may be written: as text, as a whole number of a database, as the bytes of a UUID."""
    if isinstance(value, UUID):
        return {str(value).encode(), value.hex.encode(), value.bytes}
    if isinstance(value, int):
        return {str(value).encode(), value.to_bytes(6, "big"), value.to_bytes(8, "big")}
    return {str(value).encode()}


def hits(folder: Path, canaries: dict[str, object]) -> dict[str, set[str]]:
    """Which canaries sing in which files; every file below the folder is read, logs and side files of SQLite too."""
    found: dict[str, set[str]] = {}
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        content = path.read_bytes()
        for name, value in canaries.items():
            if any(form in content for form in forms(value)):
                found.setdefault(name, set()).add(path.name)
    return found


async def live(both: Both, telegram_id: int, athlete_id: int) -> None:
    """A member does everything there is to do, and leaves waiting and dead jobs behind."""
    ayda, me = both.ayda, both.ayda.as_member(telegram_id)
    await ayda.connect(telegram_id, athlete_id)
    await told(both, telegram_id)
    athlete = await predictor_athlete(both, telegram_id)
    await both.sync(athlete)
    both.clock.advance(5 * 3600)
    me = ayda.as_member(telegram_id)
    await both.sync(athlete)
    recording = gpx(pace_s_per_km=400, name=f"canary course {telegram_id % 1000}")
    await both.predictor.post(
        "/api/v1/internal/activities",
        params={"telegram_id": str(telegram_id), "sport": "trail_run"},
        content=recording,
        headers={"Idempotency-Key": f"upload-{athlete}", "Content-Type": "application/gpx+xml"},
    )
    for number in range(2):
        body = {"gpx": gpx(length_m=5000 + number * 1000).decode()}
        answer = await ayda.http.post("/api/v1/predictions", json=body, headers={**me, "Idempotency-Key": f"k{number}"})
        assert answer.status_code == 201, answer.text
        assert answer.json()["personalized"] is True
    choice = {"opted_in": True, "name": club_name(telegram_id)}
    assert (await ayda.http.put("/api/v1/matching", json=choice, headers=me)).status_code == 200
    await ayda.begin(telegram_id)
    await bury(both, telegram_id, athlete, athlete_id)


def club_name(telegram_id: int) -> str:
    """What a member wants to be called by the others."""
    return f"Canary Quokka {telegram_id % 1000}"


async def bury(both: Both, telegram_id: int, athlete: UUID, athlete_id: int) -> None:
    """Dead letters about the member in both services."""
    at_ayda = both.ayda.app.litestar.state["parts"].database
    for database, table, args in (
        (at_ayda, AYDA_JOBS, {"telegram_id": str(telegram_id), "athlete_id": athlete_id}),
        (both.parts.database, PREDICTOR_JOBS, {"athlete_id": str(athlete)}),
    ):
        now = both.clock.now()
        row: dict[str, Any] = {
            "id": uuid7(), "name": "a_dead_letter", "args": args, "status": "dead", "rank": 0, "due": now,
            "failures": 9, "claims": 9, "crashes": 0, "enqueued_at": now, "died_at": now,
            "error": f"gave up on {telegram_id}",
        }  # fmt: skip
        row |= {table.info[ABOUT][name]: str(value) for name, value in args.items()}
        with database.transaction() as session:
            session.execute(insert(table).values(**row))
            session.execute(update(table).where(table.c.id == row["id"]).values(request_id="r"))


async def told(both: Both, telegram_id: int) -> None:
    async with asyncio.timeout(15):
        while await predictor_athlete(both, telegram_id, required=False) is None:  # noqa: ASYNC110 - a plain condition
            await asyncio.sleep(0.01)


async def predictor_athlete(both: Both, telegram_id: int, *, required: bool = True) -> Any:
    with both.parts.database.reading() as session:
        known = select(Athlete.id).where(Athlete.telegram_id == str(telegram_id))
        found = session.execute(known).scalar_one_or_none()
    assert found is not None or not required
    return found


async def canaries_of(both: Both, telegram_id: int, athlete_id: int) -> dict[str, object]:
    """Everything by which the member could be recognised in a store."""
    found: dict[str, object] = {"telegram_id": telegram_id, "strava_athlete_id": athlete_id}
    found["club_name"] = club_name(telegram_id)
    with both.ayda.app.litestar.state["parts"].database.reading() as session:
        member = session.execute(select(Member.id).where(Member.telegram_id == telegram_id)).scalar_one()
        row = session.scalars(select(StravaToken).where(StravaToken.athlete_id == athlete_id)).one()
    found |= {"member": member, "sealed_access": row.access_sealed, "sealed_refresh": row.refresh_sealed[0]}
    found["athlete"] = await predictor_athlete(both, telegram_id)
    shown = (await both.ayda.http.get("/api/v1/me/export", headers=both.ayda.as_member(telegram_id))).json()
    tables = {**{f"a.{k}": v for k, v in shown["ayda"].items()}, **shown["predictor"]}
    for table in ("a.prediction", "activity"):
        found |= {f"{table}_{number}": UUID(each["id"]) for number, each in enumerate(tables[table])}
    strava_ids = [each["strava_activity_id"] for each in tables["activity"] if each["strava_activity_id"]]
    return found | {f"strava_activity_{number}": value for number, value in enumerate(strava_ids)}


async def test_after_delete_me_no_store_of_either_service_knows_the_member(tmp_path: Path, log: Path):
    async with both_services(tmp_path) as both:
        mine, theirs = (both.simulator.add_athlete(activities=ACTIVITIES, seed=each) for each in (1, 2))
        await live(both, MEMBER, mine)
        await live(both, NEIGHBOUR, theirs)
        canaries = await canaries_of(both, MEMBER, mine)
        others = await canaries_of(both, NEIGHBOUR, theirs)
        before = hits(tmp_path, canaries)
        begun_s = time.monotonic()
        answer = await both.ayda.http.delete("/api/v1/me", headers=both.ayda.as_member(MEMBER))
        receipt = await finished(both, answer.json()["id"])
        took_s = time.monotonic() - begun_s
        await tidied(both)
        after = hits(tmp_path, canaries)
        kept = hits(tmp_path, others)
        sung_in_logs = {name for name, files in before.items() if log.name in files}
    erased = sum(receipt["erased_in_ayda"].values()) + sum(receipt["erased_in_predictor"].values())
    report(
        "X10",
        canaries=len(canaries), heard_before=len(before), hits_after=len(after), in_logs=len(sung_in_logs),
        rows_erased=erased, seconds=round(took_s, 2),
    )  # fmt: skip
    assert set(before) == set(canaries), "a canary that was never heard proves nothing"
    assert sung_in_logs == set()
    assert after == {}
    assert set(kept) == set(others)
    assert took_s < WITHIN_S
    assert (receipt["strava"], receipt["predictor"]) == ("revoked", "done")


async def rows_from_strava(both: Both, telegram_id: int, athlete_id: int) -> dict[str, int]:
    """What either service still has of a member's Strava, and the files that are their own."""
    shown = (await both.ayda.http.get("/api/v1/me/export", headers=both.ayda.as_member(telegram_id))).json()
    activities = shown["predictor"].get("activity", [])
    profiles = shown["predictor"].get("profile", [])
    return {
        "tokens": len(shown["ayda"].get("strava_token", [])),
        "activities": sum(each["provenance"] == "strava_api" for each in activities),
        "profiles": sum("strava_api" in each["provenance"] for each in profiles),
        "answers": sum(each["answer"]["personalized"] for each in shown["ayda"].get("prediction", [])),
        "files": sum(each["provenance"] != "strava_api" for each in activities),
        "named": json.dumps(shown).count(str(athlete_id)),
    }


async def test_after_a_disconnect_all_that_came_from_strava_is_gone_and_own_files_stay(tmp_path: Path, log: Path):
    async with both_services(tmp_path) as both:
        mine, theirs = (both.simulator.add_athlete(activities=ACTIVITIES, seed=each) for each in (1, 2))
        await live(both, MEMBER, mine)
        await live(both, NEIGHBOUR, theirs)
        before = await rows_from_strava(both, MEMBER, mine)
        begun_s = time.monotonic()
        answer = await both.ayda.http.post("/api/v1/strava/disconnect", headers=both.ayda.as_member(MEMBER))
        receipt = await finished(both, answer.json()["id"])
        took_s = time.monotonic() - begun_s
        await tidied(both)
        after = await rows_from_strava(both, MEMBER, mine)
        kept = await rows_from_strava(both, NEIGHBOUR, theirs)
        alive = both.simulator.authorizations.of(mine)
        left = hits(tmp_path, {"strava_athlete_id": mine})
    report("X10 disconnect", before=before, after=after, seconds=round(took_s, 2), alive_at_strava=alive is not None)
    assert all(before.values()), "what was not there cannot go"
    assert {name: count for name, count in after.items() if count} == {"files": before["files"]}
    assert all(kept.values())
    assert alive is None
    assert left == {}
    assert took_s < WITHIN_S
    assert (receipt["what"], receipt["strava"], receipt["predictor"]) == ("strava", "revoked", "done")


async def tidied(both: Both) -> None:
    """The jobs that carried the erasure out are gone from the log of the database, too."""
    both.clock.advance(TIDY_AFTER_S)
    async with asyncio.timeout(WITHIN_S):
        while TIDY in (await both.ayda.queue.stats()).by_name:  # noqa: ASYNC110 - a plain condition
            await asyncio.sleep(0.02)


async def finished(both: Both, receipt_id: str) -> dict[str, Any]:
    async with asyncio.timeout(WITHIN_S):
        while True:
            path = f"/api/v1/me/erasures/{receipt_id}"
            shown = (await both.ayda.http.get(path, headers=both.ayda.as_member(MEMBER))).json()
            if shown["finished_at"] is not None:
                return dict(shown)
            await asyncio.sleep(0.02)


def test_the_scan_hears_what_is_there(tmp_path: Path):
    (tmp_path / "a").write_bytes(b"x" + MEMBER.to_bytes(6, "big") + b"y")
    assert set(hits(tmp_path, {"as a number": MEMBER, "someone else": NEIGHBOUR})) == {"as a number"}
