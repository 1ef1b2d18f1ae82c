"""S4: requests of the other service are sent again, also at once, because answers are lost: each is done once."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import UUID

import httpx
import pytest
from sqlalchemy import create_engine, text

from predictor_service.races.catalogue import CATALOGUE
from servicekit.web.api_keys import API_KEY_HEADER
from tests.drills.edge_house import EACH_HOUSE, KEY, EdgeHouse, ServerKind, visiting
from tests.drills.fault_proxy import FaultProxy, closed, half_then_reset, passed_on, reset
from tests.drills.places import Places
from tests.drills.reporting import DRILL, report
from tests.system.processes import HOST, free_port

pytestmark = pytest.mark.system

CALLS: Final = 10_000 if DRILL else 50
MOST_COPIES: Final = 10
AT_ONCE: Final = 8
WIRE: Final = (passed_on, reset, passed_on, closed, passed_on, half_then_reset, passed_on)
"""Three answers in seven are lost after the request was done."""
PREDICT: Final = "/api/v1/internal/predict"
PEOPLE: Final = 50
PLENTY: Final = {"ADDRESS_REQUESTS_PER_MINUTE": "1000000", "MEMBER_REQUESTS_PER_MINUTE": "1000000"}
OTHER_MODE: Final = {"trail_run": "hiking", "hiking": "trail_run"}


@dataclass
class Asker:
    """Sends each request one to ten times at once, and again until each of them is answered."""

    http: httpx.AsyncClient
    rng: random.Random
    numbers: itertools.count[int] = field(default_factory=itertools.count)
    sent: int = 0
    lost: int = 0
    unequal: int = 0
    ids: set[UUID] = field(default_factory=set)
    refusals: Counter[str] = field(default_factory=Counter)
    """What others were told who used a key for another request."""

    async def ask_on(self) -> None:
        while (number := next(self.numbers)) < CALLS:
            await self._call(number)

    async def _call(self, number: int) -> None:
        race = CATALOGUE[number % len(CATALOGUE)]
        asked = {
            "telegram_id": str(1 + number % PEOPLE),
            "race_id": str(race.id),
            "distance_id": str(race.distance_id(race.distances[0])),
            "mode": self.rng.choice(list(OTHER_MODE)),
        }
        copies = self.rng.randint(1, MOST_COPIES)
        answers = await asyncio.gather(*(self._answered(asked, number) for _ in range(copies)))
        told = {(answer.status_code, answer.content) for answer in answers}
        self.unequal += len(told) != 1
        assert answers[0].status_code == 200, answers[0].text
        self.ids.add(UUID(answers[0].json()["prediction_id"]))
        if number % 10 == 0:
            other = await self._answered({**asked, "mode": OTHER_MODE[asked["mode"]]}, number)
            self.refusals[f"{other.status_code} {other.json()['code']}"] += 1

    async def _answered(self, asked: dict[str, str], number: int) -> httpx.Response:
        headers = {API_KEY_HEADER: KEY, "Idempotency-Key": f"call-{number}"}
        while True:
            self.sent += 1
            try:
                answer = await self.http.post(PREDICT, json=asked, headers=headers)
            except httpx.TransportError:
                self.lost += 1
                continue
            if answer.status_code != 503:
                return answer
            await asyncio.sleep(0.1)  # told to wait by a machine without time


def effects(url: str) -> list[UUID]:
    """The predictions that were written down."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        found = [UUID(str(value)) for value in connection.scalars(text("SELECT id FROM prediction"))]
    engine.dispose()
    return found


@EACH_HOUSE
async def test_a_request_whose_answer_is_lost_is_done_once(tmp_path: Path, places: Places, server: ServerKind):
    listening = free_port()
    with places(tmp_path) as (place, _):
        house = EdgeHouse(tmp_path, server, place, PLENTY)
        wire = FaultProxy(house.predictor.port, listening)
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(house.running())
            await stack.enter_async_context(wire.running())
            http = await stack.enter_async_context(visiting(f"http://{HOST}:{listening}"))
            wire.deal(WIRE)
            asker = Asker(http, random.Random(4))
            await asyncio.gather(*(asker.ask_on() for _ in range(AT_ONCE)))
            done = effects(house.predictor.environment["DATABASE_URL"])
    report(
        "S4", server=server, calls=CALLS, sent=asker.sent, lost=asker.lost, done=len(done), unequal=asker.unequal,
        conflicts=dict(asker.refusals),
    )  # fmt: skip
    assert asker.lost > CALLS / 2
    assert len(done) == len(asker.ids) == CALLS
    assert set(done) == asker.ids
    assert asker.unequal == 0
    assert set(asker.refusals) == {"409 idempotency_conflict"}
