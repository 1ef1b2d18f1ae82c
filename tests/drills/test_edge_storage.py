"""EDGE: a member keeps what the budget says and no more, is shown all of it at once, and nobody else can read it."""

from __future__ import annotations

import asyncio
import io
import json
import os
import stat
import zipfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import MetaData, insert, select

from ayda_service.activities.models import FILE_KEY, Activity, ActivityFile
from ayda_service.members.models import Member
from servicekit.base.file_seals import FileSeals
from servicekit.base.vault import Vault
from servicekit.data.columns import uuid7
from servicekit.data.database import Database
from tests.ayda.activities.support import recording
from tests.drills.edge_house import (
    EACH_HOUSE,
    KEY,
    EdgeHouse,
    ServerKind,
    alive,
    as_member,
    loop_lag,
    stranger,
    visiting,
    watching,
)
from tests.drills.places import Places, on_postgres, on_sqlite
from tests.drills.reporting import DRILL, report
from tests.servicekit.strava.support import START
from trackfiles.gzipped import packed

pytestmark = pytest.mark.system

MIB = 1024**2
FILES = 1_500 if DRILL else 60
"""Of one mebibyte each."""
MOST_GROWTH_BYTES = 50 * MIB
ALLOWED, SENT = 10, 50
UNHURRIED = {
    f"{whose}_REQUESTS_{what}": "100000" if what == "PER_MINUTE" else "1000"
    for whose in ("MEMBER", "ADDRESS")
    for what in ("PER_MINUTE", "AT_ONCE")
}


@asynccontextmanager
async def opened(
    folder: Path, places: Places, server: ServerKind, **changes: str
) -> AsyncIterator[tuple[EdgeHouse, httpx.AsyncClient]]:
    with places(folder) as (place, _):
        house = EdgeHouse(folder, server, place, {**UNHURRIED, **changes})
        async with house.running(), visiting(house.ayda.url, timeout_s=600) as http:
            yield house, http


async def send(http: httpx.AsyncClient, member: int, content: bytes) -> httpx.Response:
    return await http.post("/api/v1/activities", content=content, headers=as_member(member))


@EACH_HOUSE
async def test_of_fifty_files_at_once_as_many_are_kept_as_are_allowed(
    tmp_path: Path, places: Places, server: ServerKind
):
    member = stranger()
    async with opened(tmp_path, places, server, MEMBER_FILES=str(ALLOWED)) as (_, http):
        seats = asyncio.Semaphore(25)

        async def one(number: int) -> int:
            async with seats:
                for _ in range(200):
                    status = (await send(http, member, recording(number))).status_code
                    if status != 503:  # as many as are read at once are being read
                        break
                    await asyncio.sleep(0.3)
            return status

        answers = await asyncio.gather(*(one(number) for number in range(SENT)))
        listed = await http.get("/api/v1/activities", headers=as_member(member))
    counted = {status: answers.count(status) for status in sorted(set(answers))}
    report("EDGE storage race", server=server, database=places.__name__, sent=SENT, allowed=ALLOWED, answers=counted)
    assert counted == {201: ALLOWED, 413: SENT - ALLOWED}
    assert len(listed.json()["activities"]) == ALLOWED


async def fill(house: EdgeHouse, member: int) -> None:
    """A member with files of a mebibyte that nothing can pack, as they lie in the database."""
    database = Database(house.ayda.environment["DATABASE_URL"])
    seals = FileSeals(Vault.from_setting(house.ayda.environment["TOKEN_ENCRYPTION_KEYS"]), FILE_KEY)
    base = {"provenance": "user_file", "format": "fit", "sport": "run", "started_at": START, "created_at": START}
    numbers = {"distance_m": 1.0, "moving_time_s": 1.0, "elapsed_time_s": 1.0, "gain_m": 1.0, "file_bytes": MIB}
    with database.transaction() as session:
        owner = Member(id=uuid7(), telegram_id=member, created_at=START)
        session.add(owner)
    for number in range(FILES):
        key = seals.new_key()
        activity = Activity(id=uuid7(), member_id=owner.id, content_hash=f"{number:064}", **base, **numbers)
        activity.file_key_sealed = seals.seal_key(key, subject=activity.file_subject)
        with database.transaction() as session:
            session.add(activity)
            session.flush()
            sealed = seals.seal(b"\x1f" + os.urandom(MIB), key)
            session.execute(insert(ActivityFile).values(activity_id=activity.id, packed=sealed))
    await database.close()


@EACH_HOUSE
async def test_an_export_of_any_size_takes_little_memory_and_keeps_nobody_waiting(
    tmp_path: Path, places: Places, server: ServerKind
):
    member = stranger()
    async with opened(tmp_path, places, server) as (house, http):
        await fill(house, member)
        small = stranger()
        await http.get("/api/v1/me/export", headers=as_member(small))  # what is loaded once is loaded
        idle_bytes, before = house.ayda.rss_bytes(), await loop_lag(http)
        seen_bytes, ends = 0, b""
        asked = http.stream("GET", "/api/v1/me/export", headers=as_member(member))
        async with watching(house.ayda, alive) as watched, asked as answer:
            async for piece in answer.aiter_bytes():
                seen_bytes, ends = seen_bytes + len(piece), (ends + piece)[-64:]
        after = await loop_lag(http)
        gone = await leave_early(http, member)
    growth_bytes = watched.most_rss_bytes - idle_bytes
    late = (after[0] - before[0]) - (after[1] - before[1])
    report(
        "EDGE export",
        server=server,
        database=places.__name__,
        document_mib=seen_bytes // MIB,
        growth_mib=round(growth_bytes / MIB, 1),
        live_p99_ms=round(1000 * watched.percentile_s(0.99), 1),
        live_worst_ms=round(1000 * watched.percentile_s(1.0), 1),
        loop_readings=int(after[0] - before[0]),
        later_than_50_ms=int(late),
    )
    assert seen_bytes > FILES * MIB * 4 / 3
    assert ends.endswith(b"}")
    assert growth_bytes < MOST_GROWTH_BYTES
    assert watched.failed == 0
    assert gone


async def leave_early(http: httpx.AsyncClient, member: int) -> bool:
    """Hangs up after a piece; whether the service goes on answering others."""
    async with http.stream("GET", "/api/v1/me/export", headers=as_member(member)) as answer:
        async for _ in answer.aiter_bytes():
            break
    return (await http.get("/health/live")).status_code == 200


def archive_of(content: bytes) -> bytes:
    made_up = io.BytesIO()
    with zipfile.ZipFile(made_up, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("activities/1.gpx", content)
    return made_up.getvalue()


def needles(content: bytes, archive: bytes) -> list[bytes]:
    """What would give a track away: its words, its packed bytes, those in the archive."""
    return [content[600:660], content[-900:-840], packed(content)[60:100], archive[60:100], b"<trkpt"]


def everything_in(url: str) -> Iterator[bytes]:
    """Every value of every row."""
    database, metadata = Database(url), MetaData()
    metadata.reflect(database.engine)
    with database.reading() as session:
        for table in metadata.sorted_tables:
            for row in session.execute(select(*table.columns)):
                yield from (each if isinstance(each, bytes) else str(each).encode() for each in row)
    database.engine.dispose()


@pytest.mark.parametrize("places", [on_sqlite, on_postgres], ids=["sqlite", "postgres"])
async def test_nothing_of_a_track_is_on_disk_or_in_the_databases_and_files_are_their_owners(
    tmp_path: Path, places: Places
):
    member, content = stranger(), recording(7)
    archive = archive_of(content)
    house_folder = tmp_path / "house"
    house_folder.mkdir()
    before = os.umask(0)
    try:
        async with opened(house_folder, places, "uvicorn") as (house, http):
            assert (await send(http, member, content)).status_code == 201
            async with visiting(house.predictor.url) as predictor:
                await imported(predictor, member, archive)
            export = (await http.get("/api/v1/me/export", headers=as_member(member))).json()
            urls = [each.environment["DATABASE_URL"] for each in (house.ayda, house.predictor)]
            values = b"\0".join(value for url in urls for value in everything_in(url))
            files = [path for path in house_folder.rglob("*") if path.is_file()]
            lies = b"\0".join(path.read_bytes() for path in files)
            open_to_others = {
                path.name: oct(stat.S_IMODE(path.stat().st_mode))
                for path in files
                if stat.S_IMODE(path.stat().st_mode) & 0o077 and path.suffix != ".log"  # the harness's own
            }
    finally:
        os.umask(before)
    found = [needle for needle in needles(content, archive) if needle in values or needle in lies]
    report("EDGE sealed", database=places.__name__, values_mib=len(values) // MIB, files=len(files), found=len(found))
    assert len(export["ayda"]["activity_file"]) == 1
    assert found == []
    assert open_to_others == {}


async def imported(predictor: httpx.AsyncClient, member: int, archive: bytes) -> None:
    """An archive, sent and read."""
    key, query = {"X-API-Key": KEY}, {"telegram_id": str(member)}
    path = "/api/v1/internal/imports"
    sent: Any = (await predictor.post(path, content=archive, params=query, headers=key)).json()
    for _ in range(600):
        told: Any = (await predictor.get(f"{path}/{sent['id']}", params=query, headers=key)).json()
        if told["status"] in {"done", "failed"}:
            break
        await asyncio.sleep(0.1)
    # the same recording, which may have been learned of already
    assert (told["status"], told["added"] + told["duplicates"]) == ("done", 1), json.dumps(told)
