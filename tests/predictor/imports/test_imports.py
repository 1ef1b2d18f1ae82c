from __future__ import annotations

import asyncio
import io
import os
import stat
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from predictor_service.activities.models import Activity
from predictor_service.activities.store import ActivityStore
from predictor_service.errors import StorageFull
from predictor_service.imports.jobs import ABANDONED
from predictor_service.imports.models import ImportRow
from predictor_service.imports.service import MOST_WAITING
from predictor_service.imports.store import ImportStore
from predictor_service.parts import Parts
from predictor_service.settings import Settings
from servicekit.data.columns import uuid7
from servicekit.web.file_errors import MAX_ARCHIVE_BYTES
from tests.predictor.support import INTERNAL, Predictor, assert_problem, running
from tests.predictor.tracks import gpx

START = datetime(2026, 4, 1, 6, 0, tzinfo=UTC)
HEADER = "Activity ID,Activity Date,Activity Name,Activity Type,Filename"


def run_of_day(day: int) -> bytes:
    return gpx(pace_s_per_km=350 + 5 * day, length_m=6000 + 500 * day, started_at=START + timedelta(days=3 * day))


def archive(files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content)
    return packed.getvalue()


def export(runs: int = 6) -> bytes:
    """A bulk export: some trail runs, one of them twice, a ride, and a file that is damaged."""
    files = {f"activities/{day}.gpx": run_of_day(day) for day in range(runs)}
    files |= {"activities/90.gpx": files["activities/0.gpx"], "activities/91.gpx": b"<gpx", "activities/92.gpx": gpx()}
    rows = [f"{name[11:-4]},,,{'Ride' if '92' in name else 'Trail Run'},{name}" for name in files]
    return archive({"activities.csv": "\n".join([HEADER, *rows]).encode(), **files})


async def send(predictor: Predictor, content: Any, telegram_id: str = "42", **headers: str) -> httpx.Response:
    query = {"telegram_id": telegram_id}
    return await predictor.http.post(f"{INTERNAL}/imports", content=content, params=query, headers=headers)


async def look(predictor: Predictor, import_id: str, telegram_id: str = "42") -> httpx.Response:
    return await predictor.http.get(f"{INTERNAL}/imports/{import_id}", params={"telegram_id": telegram_id})


async def state(predictor: Predictor, import_id: str, telegram_id: str = "42") -> dict[str, Any]:
    answer = await look(predictor, import_id, telegram_id)
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


async def work(predictor: Predictor, import_id: str) -> None:
    """What the worker does."""
    parts: Parts = predictor.app.litestar.state.parts
    [job] = [job for job in parts.jobs if job.name == "import_history"]
    await job.run({"import_id": import_id})


def waiting(settings: Settings) -> list[Path]:
    return sorted(settings.imports_folder.iterdir()) if settings.imports_folder.exists() else []


async def test_an_export_becomes_activities_and_a_profile(predictor: Predictor, settings: Settings):
    answer = await send(predictor, export())
    queued = answer.json()
    assert (answer.status_code, queued["status"], queued["finished_at"]) == (202, "queued", None)
    assert [path.name for path in waiting(settings)] == [f"{queued['id']}.zip"]
    await work(predictor, queued["id"])
    done = await state(predictor, queued["id"])
    assert (done["status"], done["added"], done["duplicates"]) == ("done", 6, 0)
    assert (done["files_total"], done["files_read"]) == (8, 8)
    assert done["dropped"] == {"broken_xml": 1, "duplicate": 1, "other_sport": 1}
    assert done["finished_at"] is not None
    assert waiting(settings) == []
    assert (await predictor.profile()).json()["total_activities"] == 6


async def test_the_worker_reads_what_was_sent(settings: Settings, now: datetime):
    async with running(replace(settings, worker_embedded=True), lambda: now) as predictor:
        queued = (await send(predictor, export())).json()
        async with asyncio.timeout(30):
            while (told := await state(predictor, queued["id"]))["status"] != "done":  # noqa: ASYNC110 - over HTTP nothing can be awaited
                await asyncio.sleep(0.05)
    assert told["added"] == 6


async def test_an_interrupted_import_says_so_and_the_next_run_finishes_it(predictor: Predictor, settings: Settings):
    queued = (await send(predictor, export())).json()
    run = asyncio.create_task(work(predictor, queued["id"]))
    async with asyncio.timeout(30):
        while (await state(predictor, queued["id"]))["status"] != "running":  # noqa: ASYNC110 - over HTTP nothing can be awaited
            await asyncio.sleep(0)
    run.cancel()
    await asyncio.wait([run])
    told = await state(predictor, queued["id"])
    assert (told["status"], len(waiting(settings))) == ("failed", 1)
    assert told["detail"].startswith("Reading the archive was interrupted.")
    await work(predictor, queued["id"])
    assert (await state(predictor, queued["id"]))["added"] == 6


@pytest.mark.parametrize("status", ["queued", "running"])
async def test_an_import_that_took_its_workers_down_has_failed_and_can_be_sent_again(predictor: Predictor, status: str):
    queued = (await send(predictor, export())).json()
    parts: Parts = predictor.app.litestar.state.parts
    [job] = [job for job in parts.jobs if job.name == "import_history"]
    assert job.on_dead is not None
    with parts.database.transaction() as session:
        ImportStore(session).show(UUID(queued["id"]), status=status)
        job.on_dead({"import_id": queued["id"]}, session)
    failed = await state(predictor, queued["id"])
    assert (failed["status"], failed["detail"]) == ("failed", ABANDONED)
    assert failed["finished_at"] is not None
    again = (await send(predictor, export())).json()
    assert (again["id"], again["status"], again["detail"]) == (queued["id"], "queued", None)
    assert (await parts.queue.stats()).by_name["import_history"] == 1
    await work(predictor, again["id"])
    assert (await state(predictor, again["id"]))["status"] == "done"


async def test_an_import_that_is_over_stays_as_it_is_when_its_job_is_given_up(predictor: Predictor):
    queued = (await send(predictor, export())).json()
    await work(predictor, queued["id"])
    done = await state(predictor, queued["id"])
    parts: Parts = predictor.app.litestar.state.parts
    with parts.database.transaction() as session:
        ImportStore(session).abandon(UUID(queued["id"]), ABANDONED, datetime.now(UTC))
    assert await state(predictor, queued["id"]) == done


async def test_activities_that_are_known_are_not_stored_again(predictor: Predictor):
    for file in (run_of_day(0), run_of_day(1)):
        assert (await predictor.upload_activity(file, sport="trail_run")).status_code == 201
    queued = (await send(predictor, export())).json()
    await work(predictor, queued["id"])
    done = await state(predictor, queued["id"])
    assert (done["added"], done["duplicates"]) == (4, 2)
    assert (await predictor.profile()).json()["total_activities"] == 6


async def test_the_same_archive_is_the_same_import_and_each_athletes_own(predictor: Predictor, settings: Settings):
    first, again = [(await send(predictor, export())).json() for _ in range(2)]
    other = (await send(predictor, export(), "43")).json()
    assert first == again
    assert other["id"] != first["id"]
    await work(predictor, first["id"])
    after = await send(predictor, export())
    assert (after.status_code, after.json()["id"], after.json()["status"]) == (202, first["id"], "done")
    assert [path.name for path in waiting(settings)] == [f"{other['id']}.zip"]


async def test_a_job_that_runs_twice_changes_nothing_more(predictor: Predictor):
    queued = (await send(predictor, export())).json()
    await work(predictor, queued["id"])
    done = await state(predictor, queued["id"])
    await work(predictor, queued["id"])
    assert await state(predictor, queued["id"]) == done


async def test_an_import_whose_archive_was_lost_fails_and_can_be_sent_again(predictor: Predictor, settings: Settings):
    queued = (await send(predictor, export())).json()
    for path in waiting(settings):
        path.unlink()
    await work(predictor, queued["id"])
    failed = await state(predictor, queued["id"])
    assert (failed["status"], failed["detail"]) == ("failed", "The archive is no longer there. Send it again.")
    again = (await send(predictor, export())).json()
    assert (again["id"], again["status"], again["detail"]) == (queued["id"], "queued", None)
    await work(predictor, again["id"])
    assert (await state(predictor, again["id"]))["added"] == 6


async def test_an_idempotency_key_gives_the_same_answer_and_leaves_no_file(predictor: Predictor, settings: Settings):
    key = {"Idempotency-Key": "import-1"}
    first, again = [await send(predictor, export(), **key) for _ in range(2)]
    assert first.content == again.content
    assert len(waiting(settings)) == 1
    assert_problem(await send(predictor, export(3), **key), 409, "idempotency_conflict")
    assert len(waiting(settings)) == 1


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [(b"", 422, "file_missing"), (b"no archive", 422, "bad_gpx"), (export()[:-30], 422, "bad_gpx")],
)
async def test_what_is_no_archive_is_refused_and_not_kept(
    predictor: Predictor, settings: Settings, content: bytes, status: int, code: str
):
    assert_problem(await send(predictor, content), status, code)
    assert waiting(settings) == []


async def test_an_archive_beyond_the_limit_is_refused_before_it_is_read(predictor: Predictor, settings: Settings):
    too_much = {"Content-Length": str(MAX_ARCHIVE_BYTES + 1)}
    problem = assert_problem(await send(predictor, b"PK", **too_much), 413, "file_too_large")
    assert "500 MiB" in problem["detail"]
    assert waiting(settings) == []


@pytest.mark.parametrize("import_id", ["00000000-0000-7000-8000-000000000000", "1"])
async def test_an_unknown_import_is_a_404(predictor: Predictor, import_id: str):
    assert_problem(await look(predictor, import_id), 404, "import_not_found")


async def test_an_import_is_shown_to_nobody_but_its_athlete(predictor: Predictor):
    mine = (await send(predictor, export())).json()
    await send(predictor, export(3), "43")
    for stranger in ("43", "44"):
        assert_problem(await look(predictor, mine["id"], stranger), 404, "import_not_found")
    assert_problem(await predictor.http.get(f"{INTERNAL}/imports/{mine['id']}"), 422, "validation_failed")


async def test_archives_that_nobody_came_for_are_swept_away(predictor: Predictor, settings: Settings):
    await send(predictor, export())
    inbox = predictor.app.litestar.state.parts.imports.inbox
    inbox.sweep(older_than_s=0.0)
    assert len(waiting(settings)) == 1
    inbox.sweep(older_than_s=datetime(2100, 1, 1, tzinfo=UTC).timestamp())
    assert waiting(settings) == []


async def test_an_erased_athletes_archives_are_gone_at_once(predictor: Predictor, settings: Settings):
    mine, theirs = (await send(predictor, export())).json(), (await send(predictor, export(3), "43")).json()
    erased = (await predictor.http.delete(f"{INTERNAL}/athletes/42")).json()["erased"]
    assert (erased["history_import"], erased["job"]) == (1, 1)
    assert [path.name for path in waiting(settings)] == [f"{theirs['id']}.zip"]
    assert_problem(await look(predictor, mine["id"]), 404, "import_not_found")


async def test_an_import_of_files_goes_on_when_strava_is_disconnected(predictor: Predictor):
    await predictor.connected("42", 12345)
    queued = (await send(predictor, export())).json()
    gone = {"telegram_id": "42", "athlete_id": 12345}
    assert (await predictor.http.post(f"{INTERNAL}/strava/disconnected", json=gone)).status_code == 200
    await work(predictor, queued["id"])
    assert (await state(predictor, queued["id"]))["added"] == 6


async def test_an_archive_without_an_import_is_swept_away(predictor: Predictor, settings: Settings, now: datetime):
    known = (await send(predictor, export())).json()
    parts: Parts = predictor.app.litestar.state.parts
    young, orphan = (parts.imports.inbox.place(UUID(int=number)) for number in (1, 2))
    for path in (young, orphan):
        path.write_bytes(b"PK")
    for path, age in ((young, timedelta(minutes=5)), (orphan, timedelta(hours=2))):
        moment = (now - age).timestamp()
        os.utime(path, (moment, moment))
    [sweep] = [job for job in parts.jobs if job.name == "sweep_imports"]
    await sweep.run({})
    assert {path.stem for path in waiting(settings)} == {known["id"], str(UUID(int=1))}


async def test_an_archive_lies_sealed_and_its_key_opens_no_other(predictor: Predictor, settings: Settings):
    mine, theirs = (await send(predictor, export())).json(), (await send(predictor, export(3), "43")).json()
    for path in waiting(settings):
        lies = path.read_bytes()
        assert b"activities/" not in lies
        assert not lies.startswith(b"PK")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.imports_folder.stat().st_mode) == 0o700
    inbox = predictor.parts.imports.inbox
    inbox.place(UUID(mine["id"])).write_bytes(inbox.place(UUID(theirs["id"])).read_bytes())
    await work(predictor, mine["id"])
    told = await state(predictor, mine["id"])
    assert (told["added"], told["dropped"]) == (0, {"broken_zip": 1})
    await work(predictor, theirs["id"])
    assert (await state(predictor, theirs["id"], "43"))["added"] == 3


async def test_an_archive_that_came_before_archives_were_sealed_is_read(predictor: Predictor):
    queued = (await send(predictor, export())).json()
    parts = predictor.parts
    parts.imports.inbox.place(UUID(queued["id"])).write_bytes(export())
    with parts.database.transaction() as session:
        ImportStore(session).show(UUID(queued["id"]), key_sealed=None)
    await work(predictor, queued["id"])
    assert (await state(predictor, queued["id"]))["added"] == 6


async def test_so_many_archives_of_one_athlete_wait_and_no_more(predictor: Predictor, settings: Settings):
    first, *_ = [(await send(predictor, export(runs))).json() for runs in range(1, MOST_WAITING + 1)]
    refused = await send(predictor, export(9))
    assert "wait to be read" in assert_problem(refused, 413, "storage_full")["detail"]
    assert len(waiting(settings)) == MOST_WAITING
    assert (await send(predictor, export(9), "43")).status_code == 202, "nobody else pays for it"
    await work(predictor, first["id"])
    assert (await send(predictor, export(9))).status_code == 202
    with predictor.parts.database.transaction() as session:
        athlete_id = session.scalars(select(ImportRow.athlete_id).where(ImportRow.id == UUID(first["id"]))).one()
        assert ImportStore(session).waiting(athlete_id, but=None)[0] == MOST_WAITING


async def test_of_many_archives_at_once_as_many_are_taken_as_there_is_room_for(
    predictor: Predictor, settings: Settings
):
    answers = await asyncio.gather(*(send(predictor, export(runs)) for runs in range(1, 8)))
    assert sorted(answer.status_code for answer in answers) == [202] * MOST_WAITING + [413] * (7 - MOST_WAITING)
    assert len(waiting(settings)) == MOST_WAITING


async def test_room_is_made_when_archives_are_swept_away(predictor: Predictor):
    for runs in range(1, MOST_WAITING + 1):
        await send(predictor, export(runs))
    predictor.parts.imports.inbox.sweep(older_than_s=datetime(2100, 1, 1, tzinfo=UTC).timestamp())
    [sweep] = [job for job in predictor.parts.jobs if job.name == "sweep_imports"]
    await sweep.run({})
    assert (await send(predictor, export(9))).status_code == 202


async def test_the_oldest_imports_that_are_over_are_forgotten(predictor: Predictor):
    done = []
    for runs in (1, 2, 3):
        done.append((await send(predictor, export(runs))).json()["id"])
        await work(predictor, done[-1])
    with predictor.parts.database.transaction() as session:
        rows = session.scalars(select(ImportRow).order_by(ImportRow.created_at, ImportRow.id)).all()
        for days, row in enumerate(rows):
            row.created_at += timedelta(days=days)
        session.flush()
        ImportStore(session).trim(rows[0].athlete_id, 2)
        left = [str(each) for each in session.scalars(select(ImportRow.id).order_by(ImportRow.created_at))]
    assert left == done[1:]


async def test_an_athlete_with_as_many_activities_as_are_kept_gets_no_more_from_files(predictor: Predictor):
    await predictor.upload_activity(run_of_day(0), sport="trail_run")
    store = ActivityStore.add_file
    with predictor.parts.database.transaction() as session:
        [known] = session.scalars(select(Activity)).all()
        fresh = replace_content(known)
        with pytest.raises(StorageFull):
            store(ActivityStore(session), fresh, most=1)
        assert store(ActivityStore(session), replace_content(known, same=True), most=1) is known


def replace_content(known: Activity, *, same: bool = False) -> Activity:
    """Another activity of the same athlete, or the same one again."""
    columns = {column.key: getattr(known, column.key) for column in Activity.__table__.columns}
    other = {} if same else {"content_hash": "f" * 64, "started_at": known.started_at + timedelta(days=40)}
    return Activity(**{**columns, "id": uuid7(), **other})
