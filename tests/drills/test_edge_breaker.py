"""EDGE: a deadline of one caller is nobody else's outage: the breaker that all members share stays closed."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path

import httpx
import pytest

from tests.ayda.support import MEMBER, OTHER, FakePredictor
from tests.drills.edge_house import EACH_HOUSE, EdgeHouse, ServerKind, as_member, stranger, visiting
from tests.drills.places import Places
from tests.drills.reporting import DRILL, report
from tests.drills.vault_world import new_world
from trackfiles.drawn import draw_course

IMPATIENT = 1000 if DRILL else 30
HONEST = 100 if DRILL else 10
AT_ONCE = 8
LONGEST_MS = 1500
WAITED_S = 1.3
PREDICTIONS = "/api/v1/predictions"


class Selective(FakePredictor):
    """A predictor that keeps the requests of one member waiting until `gate` is set, and answers all others."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()
        self.waiting = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if str(MEMBER).encode() in await request.aread():
            self.waiting += 1
            await self.gate.wait()
        return await super().handle_async_request(request)


async def test_who_does_not_wait_for_slow_answers_costs_others_none(tmp_path: Path):
    world, predictor = new_world(tmp_path), Selective()
    world.predictor = predictor
    async with world.running() as ayda:
        body = {"gpx_file_id": "x"}
        impatient = ayda.as_member(MEMBER, **{"X-Deadline-Ms": "1100"})
        attack = [
            asyncio.create_task(ayda.http.post(PREDICTIONS, json=body, headers=impatient)) for _ in range(AT_ONCE)
        ]
        while predictor.waiting < AT_ONCE:  # noqa: ASYNC110 - what is awaited is a plain condition
            await asyncio.sleep(0)
        await asyncio.sleep(WAITED_S)
        answers = [await ayda.http.post(PREDICTIONS, json=body, headers=ayda.as_member(OTHER)) for _ in range(HONEST)]
        predictor.gate.set()
        cut = [(await each).status_code for each in attack]
    report("EDGE breaker", impatient=len(cut), of_others=HONEST, refused=sum(a.status_code == 503 for a in answers))
    assert [answer.status_code for answer in answers] == [201] * HONEST
    assert cut == [201] * AT_ONCE, "and nobody but a service sets a deadline"


@pytest.mark.system
@EACH_HOUSE
async def test_a_thousand_deadlines_of_one_member_refuse_nobody_else(
    tmp_path: Path, places: Places, server: ServerKind
):
    drawn = random.Random(1)
    attacker, honest = as_member(stranger()), as_member(stranger())
    unbounded = {"MEMBER_REQUESTS_PER_MINUTE": "1000000"}  # the budget alone would end it
    with places(tmp_path) as (place, _):
        house = EdgeHouse(tmp_path, server, place, unbounded)
        async with house.running(), visiting(house.ayda.url) as http:
            route = (await http.post("/api/v1/routes", content=draw_course(3_000), headers=honest)).json()["id"]
            seats = asyncio.Semaphore(AT_ONCE - 1)

            async def impatiently() -> int:
                limit = {"X-Deadline-Ms": str(drawn.randint(1, LONGEST_MS))}
                async with seats:
                    body = {"gpx_file_id": route}
                    return (await http.post(PREDICTIONS, json=body, headers={**attacker, **limit})).status_code

            attack = asyncio.gather(*(impatiently() for _ in range(IMPATIENT)))
            answers = []
            while not attack.done() and len(answers) < HONEST:
                body = {"gpx_file_id": route}
                answer = await http.post(PREDICTIONS, json=body, headers=honest)
                answers.append((answer.status_code, answer.json().get("code")))
            theirs = await attack
    report(
        "EDGE breaker", server=server, database=places.__name__, impatient=IMPATIENT, cut=theirs.count(504),
        of_others=len(answers), refused=Counter(code for _, code in answers if code),
    )  # fmt: skip
    assert set(answers) == {(201, None)}
