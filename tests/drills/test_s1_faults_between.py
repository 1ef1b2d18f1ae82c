"""S1, S5: whatever the wire to the predictor or the predictor itself does, ayda answers in time and goes on."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from pathlib import Path

import httpx
import pytest

from tests.drills.edge_house import EACH_HOUSE, EdgeHouse, ServerKind, as_member, stranger, visiting
from tests.drills.fault_proxy import FAULTS, FaultProxy
from tests.drills.places import Places, on_sqlite
from tests.drills.reporting import DRILL, report
from tests.system.processes import HOST, free_port

pytestmark = pytest.mark.system

ASKED = "/api/v1/profile"
OF_ITS_OWN = "/api/v1/strava/status"
CALL_S = 10.0
"""What a call may take with all its repeats."""
BEYOND_S = 0.05
SLOWER = 1.1
PATIENCE_S = 60.0
ROUNDS = 5 if DRILL else 1
MOST_BYTES = 100_000_000
TOLD = {502: {"bad_upstream_response", "upstream_refused"}, 503: {"upstream_unavailable"}}


async def ask(http: httpx.AsyncClient, path: str) -> tuple[httpx.Response, float]:
    begun = time.monotonic()
    answer = await http.get(path, headers=as_member(stranger()))
    return answer, time.monotonic() - begun


async def own_answers(http: httpx.AsyncClient, until: asyncio.Event) -> list[float]:
    """How long ayda took for what it knows itself, again and again."""
    latencies_s = []
    while not until.is_set():
        answer, latency_s = await ask(http, OF_ITS_OWN)
        assert answer.status_code == 200
        latencies_s.append(latency_s)
        await asyncio.sleep(0.02)
    return sorted(latencies_s)


def p99(ranked: list[float]) -> float:
    return ranked[min(len(ranked) - 1, int(0.99 * len(ranked)))]


async def asked_at_once(http: httpx.AsyncClient) -> list[tuple[httpx.Response, float]]:
    return await asyncio.gather(*(ask(http, ASKED) for _ in FAULTS))


async def on_a_good_day(http: httpx.AsyncClient) -> list[float]:
    """As `own_answers`, beside the same questions, as many at a time and as often, to a predictor that answers."""
    over = asyncio.Event()
    beside = asyncio.create_task(own_answers(http, over))
    for _ in range(ROUNDS):
        answers = await asked_at_once(http)
        assert {answer.status_code for answer, _ in answers} <= {200, 404}
        await asyncio.sleep(CALL_S if DRILL else 1.0)
    over.set()
    return await beside


def longest_s(log: Path, path: str) -> float:
    """How long ayda worked on its slowest answer: what the asker waited before and after is no part of a call."""
    lines = (json.loads(line) for line in log.read_text(encoding="utf-8").splitlines() if line.startswith("{"))
    return max(line["duration_ms"] for line in lines if line["event"] == "request" and line["path"] == path) / 1000


async def healed(http: httpx.AsyncClient, expected: int) -> float:
    """Seconds until the question is answered as on a good day."""
    begun = time.monotonic()
    async with asyncio.timeout(PATIENCE_S):
        while (await ask(http, ASKED))[0].status_code != expected:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.2)
    return time.monotonic() - begun


@EACH_HOUSE
async def test_whatever_the_wire_does_every_question_is_answered_in_time(
    tmp_path: Path, places: Places, server: ServerKind
):
    listening = free_port()
    changes = {"GPX_PREDICTOR_API_URL": f"http://{HOST}:{listening}"}
    with places(tmp_path) as (place, _):
        house = EdgeHouse(tmp_path, server, place, changes)
        wire = FaultProxy(house.predictor.port, listening)
        async with wire.running(), house.running(), visiting(house.ayda.url) as http:
            good = (await ask(http, ASKED))[0].status_code
            calm = await on_a_good_day(http)
            idle_bytes = house.ayda.rss_bytes()
            told: Counter[str] = Counter()
            waited_s, back_s, over = 0.0, 0.0, asyncio.Event()
            beside = asyncio.create_task(own_answers(http, over))
            for _ in range(ROUNDS):
                # at one moment, so that none of them is spared by what the others have taught the breaker
                wire.deal(list(FAULTS.values()))
                answers = await asked_at_once(http)
                wire.deal(())
                back_s = max(back_s, await healed(http, good))
                waited_s = max(waited_s, *(latency_s for _, latency_s in answers))
                for answer, _ in answers:
                    told[str(answer.status_code)] += 1
                    named = answer.status_code == good or answer.json()["code"] in TOLD.get(answer.status_code, ())
                    assert named, answer.text
            over.set()
            troubled, grown_bytes = await beside, house.ayda.rss_bytes() - idle_bytes
        slowest_s = longest_s(house.ayda.log, ASKED)
    report(
        "S1",
        server=server,
        faults=len(FAULTS),
        told=dict(told),
        slowest_s=round(slowest_s, 3),
        waited_s=round(waited_s, 2),
        healed_s=round(back_s, 1),
        own_p99_ms=f"{1000 * p99(calm):.1f} -> {1000 * p99(troubled):.1f}",
        grown_mb=round(grown_bytes / 1e6),
    )
    assert grown_bytes < MOST_BYTES
    if DRILL:
        assert slowest_s <= CALL_S + BEYOND_S
        assert p99(troubled) <= SLOWER * p99(calm)


async def test_without_a_predictor_all_that_is_aydas_own_goes_on(tmp_path: Path):
    with on_sqlite(tmp_path) as (place, _):
        house = EdgeHouse(tmp_path, "uvicorn", place)
        async with house.running(), visiting(house.ayda.url) as http:
            good = (await ask(http, ASKED))[0].status_code
            house.predictor.kill()
            me = as_member(stranger())
            session = (await http.post("/api/v1/session", headers=me)).json()
            mine = {"Authorization": f"Bearer {session['token']}"}
            own = [("GET", "/"), ("GET", "/health/ready"), ("GET", OF_ITS_OWN), ("GET", "/api/v1/matching"),
                   ("GET", "/api/v1/me/preferences"), ("GET", "/api/v1/strava/uploads")]  # fmt: skip
            answers = {path: await http.request(method, path, headers=mine) for method, path in own}
            assert {path: answer.status_code for path, answer in answers.items()} == {path: 200 for _, path in own}
            assert "predictor" in answers["/health/ready"].json()["degraded"]
            asked = await http.post("/api/v1/predictions", json={"gpx_file_id": "none"}, headers=mine)
            assert (asked.status_code, asked.json()["code"]) == (503, "upstream_unavailable")
            assert int(asked.headers["retry-after"]) >= 1
            house.predictor.start()
            assert await healed(http, good) < PATIENCE_S
