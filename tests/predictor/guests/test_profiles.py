"""Somebody who is not known sends what they recorded, and gets a profile that is kept nowhere here."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Router

from predictor_service.guests.routes import guest_routes
from predictor_service.guests.seals import GuestSeals
from predictor_service.guests.service import GuestLimits, GuestProfileService
from predictor_service.models import Base
from predictor_service.problems import PROBLEMS
from servicekit.data.database import Database
from servicekit.web.app import build_app
from servicekit.web.track_files import FileReader
from tests.every_row import every_row
from tests.predictor.guests.pasts import FORM, PROFILES, form_of, lines_of, made, outing, past, send, zipped
from tests.predictor.support import INTERNAL, VAULT, Predictor, assert_problem
from tests.predictor.tracks import gpx


async def send_form(predictor: Predictor, content: bytes) -> httpx.Response:
    return await predictor.http.post(PROFILES, content=content, headers=FORM)


async def test_an_archive_of_recordings_becomes_a_sealed_profile(predictor: Predictor, now: datetime):
    told = lines_of(await send(predictor, past(6)))
    last = told[-1]
    assert (last["read"], last["of"]) == (6, 6)
    assert last["profile"]["outings"] == {"trail_run": 6}
    assert last["profile"]["dropped"] == {}
    assert datetime.fromisoformat(last["profile"]["expires_at"]) == now + timedelta(days=30)
    assert last["profile"]["sealed"].startswith("v1.k1.")
    counts = [(line.get("read", 0), line.get("of", 0)) for line in told]
    assert counts == sorted(counts)
    assert not any("profile" in line or "problem" in line for line in told[:-1])


async def test_single_recordings_and_archives_come_in_one_form(predictor: Predictor):
    fields = [
        ("file", outing(0)),
        ("other", b"x"),
        ("file", zipped({"1.gpx": outing(1), "2.gpx": outing(2)})),
        ("file", b""),
    ]
    profile = lines_of(await send_form(predictor, form_of(*fields)))[-1]["profile"]
    assert profile["outings"] == {"trail_run": 3}


async def test_a_lone_recording_is_a_past_too(predictor: Predictor):
    assert (await made(predictor, outing(0)))["outings"] == {"trail_run": 1}


async def test_what_was_left_out_is_counted_by_reason(predictor: Predictor, now: datetime):
    tomorrow = gpx(pace_s_per_km=350, started_at=now + timedelta(days=3), sport="run")
    files = {"a.gpx": outing(0), "b.gpx": outing(0), "c.gpx": b"<gpx", "d.gpx": outing(1, sport="cycling")}
    profile = await made(predictor, zipped({**files, "e.gpx": tomorrow}))
    assert profile["outings"] == {"trail_run": 1}
    assert profile["dropped"] == {"broken_xml": 1, "duplicate": 1, "implausible_time": 1, "other_sport": 1}


async def test_both_ways_to_go_are_counted_apart(predictor: Predictor):
    walks = {f"w{day}.gpx": outing(day, sport="hiking", pace_s_per_km=900.0) for day in range(10, 12)}
    runs = {f"r{day}.gpx": outing(day) for day in range(3)}
    assert (await made(predictor, zipped({**walks, **runs})))["outings"] == {"trail_run": 3, "hiking": 2}


async def test_files_that_name_no_sport_take_the_one_that_is_said(predictor: Predictor):
    silent = past(2, sport=None)
    assert lines_of(await send(predictor, silent))[-1]["problem"]["code"] == "no_outings"
    assert (await made(predictor, silent, sport="trail_run"))["outings"] == {"trail_run": 2}
    assert_problem(await send(predictor, silent, sport="swim"), 422, "validation_failed")


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04" + bytes(100),
        zipped({"notes.txt": b"nothing"}),
        zipped({"a.zip": past(1)}),
        b"<html></html>",
        gpx(),
        bytes(300_000),
        zipped({f"{n}.gpx": bytes(40 * 1024**2) for n in range(4)}),
        zipped({"../../a.gpx": outing(0), "/etc/passwd.gpx": outing(1)}),
        outing(0)[:20_000],
        outing(0).replace(b"<?xml", b'<!DOCTYPE a [<!ENTITY b "b">]><?xml'),
    ],
    ids=[
        "broken",
        "no tracks",
        "nested",
        "html",
        "a course",
        "zeros",
        "a bomb",
        "names that lead out",
        "cut",
        "entities",
    ],
)
async def test_files_without_an_outing_are_a_problem_in_the_last_line(predictor: Predictor, content: bytes):
    last = lines_of(await send(predictor, content, sport="run"))[-1]
    assert set(last) == {"problem"}
    assert (last["problem"]["status"], last["problem"]["code"]) == (422, "no_outings")
    assert last["problem"]["detail"].endswith(".")
    assert last["problem"]["request_id"]


async def test_one_reason_for_all_files_is_told_as_it_is(predictor: Predictor):
    problem = lines_of(await send(predictor, b"PK\x03\x04" + bytes(100)))[-1]["problem"]
    assert "damaged" in problem["detail"]


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 400, "malformed_body"),
        (form_of(), 422, "file_missing"),
        (form_of(("other", b"x")), 422, "file_missing"),
        (form_of(("file", b"")), 422, "file_missing"),
        (b"--b\r\nno form at all", 400, "malformed_body"),
    ],
)
async def test_a_body_without_files_is_refused_before_anything_is_read(
    predictor: Predictor, content: bytes, status: int, code: str
):
    assert_problem(await send_form(predictor, content), status, code)
    assert_problem(await send(predictor, b""), 422, "file_missing")


@asynccontextmanager
async def limited(limits: GuestLimits, now: datetime) -> AsyncIterator[Predictor]:
    """Nothing but what reads the pasts of guests, within these limits."""
    async with AsyncExitStack() as stack:
        files = FileReader()
        stack.push_async_callback(files.close)
        service = GuestProfileService(files, GuestSeals(VAULT), now=lambda: now, limits=limits)
        stack.push_async_callback(service.close)
        internal = Router(INTERNAL, route_handlers=[guest_routes(service)])
        app = build_app(title="Guests", version="1", route_handlers=[internal], problems=PROBLEMS)
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        http = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url="http://predictor"))
        yield Predictor(http, app)


async def test_too_many_files_are_refused_however_they_are_packed(now: datetime):
    async with limited(GuestLimits(files=3), now) as predictor:
        assert_problem(await send_form(predictor, form_of(*[("file", b"x")] * 4)), 413, "too_many_files")
        problem = lines_of(await send(predictor, past(4)))[-1]["problem"]
        assert (problem["status"], problem["code"]) == (413, "too_many_files")
        assert "3 files" in problem["detail"]


async def test_too_many_bytes_are_refused_with_the_limit(now: datetime):
    async with limited(GuestLimits(size_bytes=1024**2), now) as predictor:
        many = bytes(1024**2 + 1)
        for answer in (await send(predictor, many), await send_form(predictor, form_of(("file", many)))):
            assert "1 MiB" in assert_problem(answer, 413, "files_too_large")["detail"]


async def test_reading_has_an_end(now: datetime):
    async with limited(GuestLimits(reading_s=0.0, progress_s=0.001), now) as predictor:
        problem = lines_of(await send(predictor, past(2)))[-1]["problem"]
        assert (problem["status"], problem["code"]) == (422, "reading_too_long")


async def test_no_row_changes_and_no_file_stays(
    predictor: Predictor, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = every_row(database, Base.metadata)
    await made(predictor)
    lines_of(await send(predictor, b"<gpx"))
    lines_of(await send_form(predictor, form_of(("file", outing(0)), ("file", outing(1)))))
    assert every_row(database, Base.metadata) == before
    assert left_in(tmp_path) == ["in-use"]


def left_in(folder: Path) -> list[str]:
    return [path.name for spool in folder.glob("ayda-spool-*") for path in spool.rglob("*")]


async def test_who_leaves_while_sending_or_while_it_is_read_leaves_nothing(
    predictor: Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    begun, content = asyncio.Event(), past(12)

    async def half() -> AsyncIterator[bytes]:
        yield content[: len(content) // 2]
        begun.set()
        await asyncio.Event().wait()

    sending = asyncio.create_task(send(predictor, half()))
    await begun.wait()
    await ended(sending)
    assert left_in(tmp_path) == ["in-use"]
    reading = asyncio.create_task(send(predictor, content))
    while len(left_in(tmp_path)) < 3:  # noqa: ASYNC110 - a folder tells nobody what lies in it
        await asyncio.sleep(0.005)
    await ended(reading)
    assert left_in(tmp_path) == ["in-use"]
    assert (await made(predictor))["outings"] == {"trail_run": 6}


async def ended(task: asyncio.Task[Any]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_beyond_those_who_may_wait_nobodys_byte_is_taken(predictor: Predictor):
    go, begun = asyncio.Event(), 0

    async def slow() -> AsyncIterator[bytes]:
        nonlocal begun
        begun += 1
        yield b"<gpx"
        await go.wait()

    held = [asyncio.create_task(send(predictor, slow())) for _ in range(16)]
    while begun < 16:  # noqa: ASYNC110 - generators of bodies tell nobody that they begin
        await asyncio.sleep(0.005)
    assert_problem(await send(predictor, slow()), 503, "busy")
    assert begun == 16
    assert (await predictor.upload_route(gpx())).status_code == 201, "members' files have turns of their own"
    go.set()
    for answer in await asyncio.gather(*held):
        assert lines_of(answer)[-1]["problem"]["code"] == "no_outings"


async def test_without_a_key_nothing_is_read(predictor: Predictor):
    del predictor.http.headers["X-API-Key"]
    assert_problem(await send(predictor, past(1)), 401, "invalid_api_key")
