"""A guest's past goes on to the predictor as it came, and its lines come back; nothing of either stays."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from ayda_service.models import Base as AydaBase
from ayda_service.settings import Settings
from kernel.contracts.guest import MOST_GUEST_BODY_BYTES
from predictor_service.models import Base as PredictorBase
from servicekit.web.budgets import Budget, RequestBudgets
from tests.ayda.support import Ayda, World, assert_problem, eventually, problem
from tests.drills.both_services import both_services
from tests.every_row import every_row
from tests.predictor.guests.pasts import FORM, form_of, lines_of, outing, past, zipped
from tests.predictor.tracks import gpx

PROFILES = "/api/v1/guest/profiles"
QUESTIONS = "/api/v1/guest/predictions"
MAKE = "/api/v1/internal/guest-profiles"
PROFILE = {"sealed": "v1.k1.x", "expires_at": "2026-07-01T12:00:00Z", "outings": {"trail_run": 3}, "dropped": {}}
READ = [{"read": 1, "of": 3}, {"read": 3, "of": 3}, {"read": 3, "of": 3, "profile": PROFILE}]


class Lines(httpx.AsyncByteStream):
    """What a predictor writes; `then` is waited for before the last line, or breaks the connection after it."""

    def __init__(self, lines: Sequence[Any], then: Exception | asyncio.Event | None = None) -> None:
        self._lines = lines
        self._then = then
        self.left = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for number, line in enumerate(self._lines, 1):
            if isinstance(self._then, asyncio.Event) and number == len(self._lines):
                await self._then.wait()
            text = line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n"
            yield text[:5]
            yield text[5:]
        if isinstance(self._then, Exception):
            raise self._then

    async def aclose(self) -> None:
        self.left.set()


def tells(ayda: Ayda, *lines: Any, then: Exception | asyncio.Event | None = None) -> Lines:
    told = Lines(lines, then)
    ayda.predictor.answers["POST", MAKE] = (200, told)
    return told


async def send(ayda: Ayda, *files: bytes, language: str = "en", **query: str) -> httpx.Response:
    form = [("file", (f"{n}.gpx", content, "application/gpx+xml")) for n, content in enumerate(files or (b"<gpx/>",))]
    return await ayda.http.post(PROFILES, files=form, params=query, headers={"Accept-Language": language})


async def test_the_body_arrives_as_it_was_sent_and_the_lines_come_back(ayda: Ayda):
    told, body = tells(ayda, *READ), form_of(("file", b"one"), ("file", bytes(600_000)))
    answer = await ayda.http.post(PROFILES, content=body, headers=FORM, params={"sport": "trail_run"})
    assert lines_of(answer) == READ
    assert answer.headers["x-accel-buffering"] == "no"
    (sent,) = ayda.predictor.asked(MAKE)
    assert sent.content == body
    assert sent.headers["content-length"] == str(len(body))
    assert sent.headers["content-type"] == 'multipart/form-data; boundary="b"'
    assert sent.url.params["sport"] == "trail_run"
    assert "telegram" not in str(sent.headers)
    assert told.left.is_set()


async def test_a_lone_file_is_a_body_of_its_own(ayda: Ayda):
    tells(ayda, *READ)
    lines_of(await ayda.http.post(PROFILES, content=b"PK", headers={"Content-Type": 'a/b; x="\\r\\ny"'}))
    (sent,) = ayda.predictor.asked(MAKE)
    assert (sent.content, sent.headers["content-type"]) == (b"PK", "application/octet-stream")


@pytest.mark.parametrize("boundary", ["", "; boundary=", '; boundary="é"', f"; boundary={'b' * 71}"])
async def test_a_form_without_a_proper_boundary_goes_nowhere(ayda: Ayda, boundary: str):
    headers = {"Content-Type": b"multipart/form-data" + boundary.encode("latin-1")}
    answer = await ayda.http.post(PROFILES, content=b"x", headers=headers)
    assert_problem(answer, 400, "malformed_body")
    assert ayda.predictor.requests == []


async def test_a_problem_of_the_files_is_the_last_line(ayda: Ayda):
    told = {"problem": {**problem(422, "no_outings"), "type": "about:blank"}}
    tells(ayda, {"read": 1, "of": 1}, told)
    last = lines_of(await send(ayda))[-1]
    assert last["problem"]["code"] == "no_outings"
    assert last["problem"]["detail"] == told["problem"]["detail"]
    spoken = lines_of(await send(ayda, language="ru"))[-1]["problem"]
    assert spoken == {**last["problem"], "detail": spoken["detail"], "request_id": spoken["request_id"]}
    assert spoken["detail"] != last["problem"]["detail"]


@pytest.mark.parametrize(
    ("status", "code"), [(413, "too_many_files"), (422, "file_missing"), (413, "files_too_large"), (503, "busy")]
)
async def test_what_is_refused_before_it_is_read_is_answered_with_its_status(ayda: Ayda, status: int, code: str):
    ayda.predictor.answers["POST", MAKE] = (status, problem(status, code))
    assert_problem(await send(ayda), status, code)


@pytest.mark.parametrize(
    ("lines", "then", "code"),
    [
        (READ[:1], None, "bad_upstream_response"),
        ([], None, "bad_upstream_response"),
        ([b"no json\n"], None, "bad_upstream_response"),
        ([b'{"read":"one"}\n'], None, "bad_upstream_response"),
        ([b"x" * 300_000], None, "bad_upstream_response"),
        ([READ[0], b'{"profile'], None, "bad_upstream_response"),
        (READ[:1], httpx.ReadError("gone"), "upstream_unavailable"),
    ],
)
async def test_a_predictor_that_breaks_off_is_told_of_in_the_last_line(
    ayda: Ayda, lines: list[Any], then: Exception | None, code: str
):
    tells(ayda, *lines, then=then)
    assert lines_of(await send(ayda))[-1]["problem"]["code"] == code


async def test_a_predictor_that_is_away_is_said_with_the_time_to_come_back(ayda: Ayda):
    ayda.predictor.down = True
    answer = await send(ayda)
    assert_problem(answer, 503, "upstream_unavailable")
    assert int(answer.headers["retry-after"]) >= 1


async def test_without_a_predictor_or_where_guests_are_turned_away_nothing_is_taken(
    world: World, settings: Settings, alone: Settings
):
    async with world.running(replace(settings, guest_predictions=False)) as ayda:
        assert_problem(await send(ayda), 403, "guests_off")
        assert ayda.predictor.requests == []
    async with world.running(alone) as ayda:
        assert_problem(await send(ayda), 503, "predictor_not_configured")


async def test_one_address_sends_so_many_pasts_and_asks_its_questions_all_the_same(world: World, settings: Settings):
    few = RequestBudgets(Budget(1_000, 100), Budget(40, 20))
    async with world.running(replace(settings, request_budgets=few)) as ayda:
        for _ in range(2):
            tells(ayda, *READ)
            lines_of(await send(ayda))
        assert_problem(await send(ayda), 429, "too_many_requests")
        files = {"file": ("a.gpx", gpx(), "text/xml"), "question": (None, b'{"flat_pace":330}', "application/json")}
        assert (await ayda.http.post(QUESTIONS, files=files)).status_code == 200


async def test_one_address_has_two_of_them_read_at_once(ayda: Ayda):
    going, tasks = asyncio.Event(), list[asyncio.Task[httpx.Response]]()
    for begun in (1, 2):
        tells(ayda, *READ, then=going)
        tasks.append(asyncio.create_task(send(ayda)))
        await eventually(lambda begun=begun: len(ayda.predictor.asked(MAKE)) == begun)
    assert_problem(await send(ayda), 429, "too_many_requests")
    going.set()
    for answer in await asyncio.gather(*tasks):
        assert lines_of(answer) == READ


async def test_one_address_sends_so_many_bytes_within_an_hour(ayda: Ayda):
    declared = {"Content-Length": str(MOST_GUEST_BODY_BYTES)}
    for _ in range(3):
        tells(ayda, *READ)
        assert lines_of(await ayda.http.post(PROFILES, content=short(), headers=declared)) == READ
    answer = await ayda.http.post(PROFILES, content=short(), headers=declared)
    assert "hour" in assert_problem(answer, 429, "too_many_requests")["detail"]
    assert int(answer.headers["retry-after"]) <= 3_600
    assert_problem(await ayda.http.post(PROFILES, content=short()), 429, "too_many_requests")
    assert len(ayda.predictor.asked(MAKE)) == 3
    tells(ayda, *READ)
    assert lines_of(await send(ayda)) == READ, "what is small still fits"


async def short() -> AsyncIterator[bytes]:
    yield b"PK"


async def test_who_leaves_ends_the_reading_too(ayda: Ayda, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    told = tells(ayda, *READ, then=asyncio.Event())
    sending = asyncio.create_task(send(ayda, b"<gpx canary/>"))
    await eventually(lambda: bool(ayda.predictor.asked(MAKE)))
    sending.cancel()
    with suppress(asyncio.CancelledError):
        await sending
    await asyncio.wait_for(told.left.wait(), 10)
    assert left_in(tmp_path) == ["in-use"]


def left_in(folder: Path) -> list[str]:
    return [path.name for spool in folder.glob("ayda-spool-*") for path in spool.rglob("*")]


async def test_from_a_past_to_a_personal_answer_no_row_of_either_service_changes(tmp_path: Path):
    async with both_services(tmp_path, worker_embedded=False) as both:
        databases = [
            (both.ayda.app.litestar.state.parts.database, AydaBase.metadata),
            (both.parts.database, PredictorBase.metadata),
        ]
        before = [every_row(*one) for one in databases]
        last = lines_of(await send(both.ayda, past(4), outing(9)))[-1]
        assert last["profile"]["outings"] == {"trail_run": 5}
        question = {"profile": last["profile"]["sealed"], "effort": "easy"}
        files = {
            "question": (None, json.dumps(question).encode(), "application/json"),
            "file": ("course.gpx", gpx(length_m=30_000), "application/gpx+xml"),
        }
        answer = await both.ayda.http.post(QUESTIONS, files=files)
        assert answer.status_code == 200, answer.text
        assert answer.json()["personalized"] is True
        assert answer.json()["profile_stats"]["total_activities"] == 5
        bad = {**question, "profile": question["profile"][:-4] + "AAAA"}
        files["question"] = (None, json.dumps(bad).encode(), "application/json")
        assert_problem(await both.ayda.http.post(QUESTIONS, files=files), 422, "bad_guest_profile")
        assert lines_of(await send(both.ayda, zipped({"a.gpx": b"<gpx"})))[-1]["problem"]["code"] == "no_outings"
        assert [every_row(*one) for one in databases] == before
