"""P6, S3: many large files at once and whoever asks meanwhile; children killed and frozen; work past its end."""

from __future__ import annotations

import asyncio
import os
import random
import resource
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from servicekit.web.sent_files import Sent
from servicekit.web.track_files import FileReader
from tests.drills.edge_house import (
    KEY,
    SERVERS,
    EdgeHouse,
    ServerKind,
    alive,
    as_member,
    descendants,
    loop_lag,
    stranger,
    visiting,
    watching,
)
from tests.drills.places import on_sqlite
from tests.drills.reporting import DRILL, report
from tests.trackfiles.at_work import LONG, cpu_s, working
from trackfiles.questions import File

pytestmark = pytest.mark.system

POINTS = 500_000 if DRILL else 20_000
UPLOADS = 20 if DRILL else 4
COURSES = 8 if DRILL else 2
MOST_RSS_BYTES = 400_000_000
INTERNAL = "/api/v1/internal"
Send = Callable[[httpx.AsyncClient], Awaitable[httpx.Response]]


@pytest.fixture(scope="module")
def recording() -> bytes:
    """A walk that lasts for days, as a file of 50 MB in the long form."""
    chance, begun = random.Random(6), datetime(2026, 3, 1, tzinfo=UTC)
    lat_deg, lon_deg, height_m = 46.0, 7.0, 1000.0
    rows = []
    for second in range(POINTS):
        lat_deg += chance.uniform(0, 1.2e-5)
        lon_deg += chance.uniform(-1e-5, 1e-5)
        height_m += chance.uniform(-0.3, 0.3)
        moment = (begun + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%SZ")
        place = f'lat="{lat_deg:.7f}" lon="{lon_deg:.7f}"'
        rows.append(f"<trkpt {place}><ele>{height_m:.2f}</ele><time>{moment}</time></trkpt>\n")
    head = '<gpx version="1.1" creator="made up"><trk><type>running</type><trkseg>\n'
    return (head + "".join(rows) + "</trkseg></trk></gpx>").encode()


async def until_taken(http: httpx.AsyncClient, send: Send, codes: Counter[str]) -> httpx.Response:
    """Whoever is told to come again does."""
    while True:
        try:
            answer = await send(http)
        except httpx.TransportError:  # refused before its body was taken, and the connection closed
            codes["cut"] += 1
            await asyncio.sleep(5)
            continue
        codes[str(answer.status_code)] += 1
        if answer.status_code not in {503, 504}:
            return answer
        assert answer.json()["code"] in {"busy", "deadline_exceeded"}
        await asyncio.sleep(float(answer.headers.get("retry-after", "1")))


ALL = [(path, server) for path in ("/routes", "/predict") for server in SERVERS]
FAST: list[tuple[str, ServerKind]] = [("/routes", "uvicorn"), ("/predict", "granian")]


async def burst(house: EdgeHouse, url: str, sends: list[Send]) -> tuple[dict[str, Any], list[httpx.Response]]:
    """All at once, while the process that is asked is watched."""
    process, codes = house.ayda if url == house.ayda.url else house.predictor, Counter[str]()
    async with visiting(url, timeout_s=300) as http:
        before, good_before = await loop_lag(http)
        begun_s = time.monotonic()
        async with watching(process, alive) as seen:
            answers = await asyncio.gather(*(until_taken(http, send, codes) for send in sends))
        took_s = time.monotonic() - begun_s
        readings, good = await loop_lag(http)
    return {
        "took_s": round(took_s, 1),
        "answers": dict(codes),
        "live_p99_ms": round(1000 * seen.percentile_s(0.99)),
        "loop_within_50ms": round((good - good_before) / max(1.0, readings - before), 4),
        "most_rss_mb": round(seen.most_rss_bytes / 1e6),
        "live_failed": seen.failed,
    }, list(answers)


@pytest.mark.parametrize("server", SERVERS)
async def test_many_large_uploads_at_once_leave_the_service_to_others(
    tmp_path: Path, server: ServerKind, recording: bytes
):
    def upload(at: int) -> Send:
        # each another content, or they would be one activity
        content, member = recording.replace(b"made up", b"made %02d" % at), as_member(stranger())
        return lambda http: http.post("/api/v1/activities", content=content, headers=member)

    with on_sqlite(tmp_path) as (place, _):
        house = EdgeHouse(tmp_path, server, place)
        async with house.running():
            alone, (first,) = await burst(house, house.ayda.url, [upload(99)])
            figures, answers = await burst(house, house.ayda.url, [upload(at) for at in range(UPLOADS)])
    report(
        "P6", server=server, file_mb=round(len(recording) / 1e6), uploads=UPLOADS, alone_s=alone["took_s"], **figures
    )
    assert first.status_code == 201, first.text
    assert [answer.status_code for answer in answers] == [201] * UPLOADS
    assert figures["live_failed"] == 0
    assert figures["most_rss_mb"] * 1e6 < MOST_RSS_BYTES


@pytest.mark.parametrize(("path", "server"), ALL if DRILL else FAST)
async def test_large_courses_leave_the_predictor_to_others(
    tmp_path: Path, server: ServerKind, path: str, recording: bytes
):
    key = {"X-API-Key": KEY}

    def course(at: int) -> Send:
        content = recording.replace(b"made up", b"made %02d" % at)
        if path == "/predict":
            content = msgspec.json.encode({"telegram_id": "42", "gpx": content.decode()})
        headers = {**key, "Content-Type": "application/json"}
        return lambda http: http.post(f"{INTERNAL}{path}", content=content, headers=headers)

    with on_sqlite(tmp_path) as (place, _):
        house = EdgeHouse(tmp_path, server, place)
        async with house.running():
            quiet, _ = await burst(house, house.predictor.url, [course(98)])
            figures, answers = await burst(house, house.predictor.url, [course(at) for at in range(COURSES)])
    report(f"COURSES {path}", server=server, courses=COURSES, one_s=quiet["took_s"], **figures)
    assert {answer.status_code for answer in answers} <= {200, 201}
    assert figures["live_failed"] == 0
    assert figures["most_rss_mb"] * 1e6 < MOST_RSS_BYTES


async def test_a_good_file_gets_its_answer_whatever_happens_to_its_children(tmp_path: Path, recording: bytes):
    strikes = [signal.SIGKILL, signal.SIGSTOP] * (10 if DRILL else 1)
    struck = 0
    with on_sqlite(tmp_path) as (place, _):
        house = EdgeHouse(tmp_path, "uvicorn", place)
        async with house.running(), visiting(house.ayda.url, timeout_s=300) as http:
            for at, strike in enumerate(strikes):
                content, member = recording.replace(b"made up", b"made %02d" % at), as_member(stranger())
                sending = asyncio.create_task(http.post("/api/v1/activities", content=content, headers=member))
                while not sending.done():
                    busy = [pid for pid in descendants(house.ayda.pid) if cpu_s(pid) > 0.3]
                    if busy:
                        os.kill(busy[0], strike)
                        struck += 1
                        break
                    await asyncio.sleep(0.005)
                answer = await sending
                assert answer.status_code == 201, answer.text
    report("LOST CHILDREN", sent=len(strikes), struck=struck, answered_201=len(strikes))


async def test_no_work_goes_on_past_the_end_of_a_request(tmp_path: Path):
    path, after_s, late_s = tmp_path / "long.gpx", list[float](), list[float]()
    path.write_bytes(LONG)
    reader = FileReader()
    for _ in range(10 if DRILL else 2):
        spent_s = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        task = asyncio.create_task(reader.course(Sent(File(str(path)), "")))
        child = await asyncio.to_thread(working)
        at_the_end_s, begun_s = cpu_s(child), time.monotonic()
        task.cancel()
        await asyncio.wait([task])
        while Path(f"/proc/{child}").exists():  # noqa: ASYNC110, ASYNC240 - a process tells nobody of its end
            await asyncio.sleep(0.001)
        late_s.append(time.monotonic() - begun_s)
        used_s = resource.getrusage(resource.RUSAGE_CHILDREN)
        after_s.append(max(0.0, used_s.ru_utime - spent_s - at_the_end_s))
    await reader.close()
    report(
        "S3", rounds=len(late_s), cpu_after_ms=round(1000 * max(after_s), 1), gone_after_ms=round(1000 * max(late_s), 1)
    )
