"""Files as strangers send them: how many are taken, where they lie meanwhile, and what ends with a request."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from servicekit.web.sent_files import INLINE_BYTES, Sent
from servicekit.web.track_files import FileReader
from servicekit.web.turns import Busy
from tests.predictor.support import INTERNAL, Predictor, assert_problem
from tests.predictor.tracks import gpx
from tests.trackfiles.at_work import LONG, is_there, working
from trackfiles.questions import File

TAKEN_AT_ONCE = 32
LONG_COURSE = gpx(length_m=100_000, waypoints={"Hut": 3000.0})
JSON = {"Content-Type": "application/json"}


async def slowly(first: bytes, go: asyncio.Event, begun: list[int]) -> AsyncIterator[bytes]:
    begun.append(1)
    yield first
    await go.wait()
    yield b" "


def bodies(folder: Path) -> list[Path]:
    return [*folder.glob("ayda-spool-*/*.part")]


async def test_beyond_a_fixed_number_files_are_refused_before_a_byte_is_taken(predictor: Predictor):
    go, begun, refused = asyncio.Event(), list[int](), list[int]()

    async def send(path: str, taken: list[int]) -> httpx.Response:
        return await predictor.http.post(f"{INTERNAL}{path}", content=slowly(b"<gpx", go, taken))

    held = [asyncio.create_task(send("/routes", begun)) for _ in range(TAKEN_AT_ONCE)]
    while len(begun) < TAKEN_AT_ONCE:  # noqa: ASYNC110 - generators of bodies tell nobody that they begin
        await asyncio.sleep(0.01)
    for path in ("/routes", "/activities?telegram_id=42", "/imports?telegram_id=42", "/predict"):
        answer = await send(path, refused)
        assert_problem(answer, 503, "busy")
        assert int(answer.headers["retry-after"]) >= 1
    assert refused == []
    go.set()
    for answer in await asyncio.gather(*held):
        assert_problem(answer, 422, "bad_gpx")
    assert_problem(await predictor.upload_route(b"<gpx"), 422, "bad_gpx")


async def test_a_body_lies_where_only_we_look_and_only_while_it_is_needed(
    predictor: Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    go, begun = asyncio.Event(), list[int]()
    sent = slowly(bytes(400_000), go, begun)
    task = asyncio.create_task(predictor.http.post(f"{INTERNAL}/routes", content=sent))
    while not (found := bodies(tmp_path)) or not found[0].stat().st_size:  # noqa: ASYNC110 - nor does a folder
        await asyncio.sleep(0.01)
    assert found[0].stat().st_mode & 0o777 == 0o600
    assert found[0].parent.stat().st_mode & 0o777 == 0o700
    go.set()
    assert_problem(await task, 422, "bad_gpx")
    assert bodies(tmp_path) == []


async def test_a_small_file_never_lies_on_the_disk(
    predictor: Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "is not there"))
    assert (await predictor.upload_route(gpx())).status_code == 201
    form = {"file": ("course.gpx", gpx(), "application/gpx+xml")}
    assert (await predictor.http.post(f"{INTERNAL}/routes", files=form)).status_code in {200, 201}
    assert_problem(await predictor.upload_route(LONG_COURSE), 503, "disk_full")


async def test_a_long_body_predicts_what_the_stored_route_does(predictor: Predictor):
    stored = (await predictor.upload_route(LONG_COURSE)).json()["id"]
    asked: dict[str, Any] = {"mode": "hiking", "start_at": "2026-06-13T06:00:00Z"}
    named = (await predictor.predict(gpx_file_id=stored, **asked)).json()
    text = LONG_COURSE.decode()
    assert len(text) > INLINE_BYTES
    inline = (await predictor.predict(gpx=text, **asked)).json()
    own = {"prediction_id": "", "course": None}
    assert {**inline, **own} == {**named, **own}


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"gpx_file_id": "1"}, 422, "ambiguous_route"),
        ({"race_id": "1"}, 422, "ambiguous_route"),
        ({"flat_pace": 1}, 422, "validation_failed"),
        ({"levitating": True}, 422, "validation_failed"),
        ({"telegram_id": "007"}, 422, "validation_failed"),
        ({"gpx": "<html></html>" + " " * INLINE_BYTES}, 422, "bad_gpx"),
    ],
)
async def test_a_long_body_is_refused_as_a_short_one_is(predictor: Predictor, change: Any, status: int, code: str):
    body = {"gpx": LONG_COURSE.decode(), **change}
    told = assert_problem(await predictor.predict(**body), status, code)
    short = {**body, "gpx": body["gpx"].strip()[:1000]}
    if code == "validation_failed":
        assert told["errors"] == assert_problem(await predictor.predict(**short), status, code)["errors"]


@pytest.mark.parametrize("body", [b"{" * 300_000, b"\xff" * 300_000, b"[" * 300_000 + b"]" * 300_000, b'{"gpx": "'])
async def test_a_body_that_is_no_json_is_a_400_however_long(predictor: Predictor, body: bytes):
    answer = await predictor.http.post(f"{INTERNAL}/predict", content=body, headers=JSON)
    assert answer.status_code in {400, 422}
    assert answer.json()["code"] in {"malformed_body", "validation_failed"}


async def test_a_key_of_a_long_body_gets_its_answer_again(predictor: Predictor):
    headers = {"Idempotency-Key": "one"}
    first = await predictor.predict(headers, gpx=LONG_COURSE.decode())
    assert (await predictor.predict(headers, gpx=LONG_COURSE.decode())).content == first.content
    assert_problem(await predictor.predict(headers, gpx=LONG_COURSE.decode() + " "), 409, "idempotency_conflict")


async def test_who_still_waits_for_a_child_when_the_service_ends_is_told_to_come_again(tmp_path: Path):
    path, files = tmp_path / "long.gpx", FileReader()
    path.write_bytes(LONG)
    waiting = asyncio.create_task(files.course(Sent(File(str(path)), "")))
    await asyncio.to_thread(working)
    await files.close()
    with pytest.raises(Busy):
        await waiting


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="Processes are looked at in /proc.")
async def test_a_request_that_ends_takes_the_child_that_works_for_it_along(predictor: Predictor, tmp_path: Path):
    path, files = tmp_path / "long.gpx", predictor.parts.files
    path.write_bytes(LONG)
    task = asyncio.create_task(files.course(Sent(File(str(path)), "")))
    child = await asyncio.to_thread(working)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    async with asyncio.timeout(30):
        while is_there(child):  # noqa: ASYNC110 - a process tells nobody of its end
            await asyncio.sleep(0.005)
    assert (await predictor.upload_route(gpx())).status_code == 201
