"""What a guest takes along: asked for as a prediction is, made by what members' files are made by, and kept nowhere."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import gpxpy
import httpx
import msgspec
import pytest

from ayda_service.models import Base as AydaBase
from ayda_service.plans.drawing import MOST_WAITING
from ayda_service.settings import Settings
from predictor_service.models import Base as PredictorBase
from servicekit.web.budgets import Budget, RequestBudgets
from takealong.crew_sheet import POLICY
from tests.ayda.plans.conftest import FILES, OF_RACE, PREDICT
from tests.ayda.support import Ayda, World, assert_problem
from tests.drills.both_services import both_services
from tests.every_row import every_row
from tests.predictor.tracks import gpx
from tests.takealong.made import told

QUESTION = {"flat_pace": 330, "start_at": "2026-06-13T06:00:00", "goal_s": 4_000}
RACE = {"race_id": str(OF_RACE.race_id), "distance_id": str(OF_RACE.distance_id), "flat_pace": 330}
COURSE = gpx(waypoints={"Hut": 3000.0})
PNG = b"\x89PNG\r\n"


async def take(ayda: Ayda, kind: str, question: Any = None, course: bytes | None = COURSE) -> httpx.Response:
    url, asked = f"/api/v1/guest/plans/{kind}", QUESTION if question is None else question
    if course is None:
        return await ayda.http.post(url, json=asked)
    files = {"file": ("course.gpx", course, "application/gpx+xml")}
    return await ayda.http.post(url, files=files, data={"question": json.dumps(asked)})


@pytest.fixture
def knowing_a_race(ayda: Ayda) -> Ayda:
    prediction, _ = told()
    body = {**msgspec.to_builtins(prediction), "course": msgspec.to_builtins(OF_RACE)}
    ayda.predictor.answers[PREDICT] = (
        200,
        {**body, "elevation": [[0.0, 900.0], [10_000.0, 1300.0], [21_000.0, 900.0]]},
    )
    return ayda


async def test_a_guest_takes_everything_along_and_nothing_of_it_stays(tmp_path: Path):
    async with both_services(tmp_path, worker_embedded=False) as both:
        databases = [
            (both.ayda.app.litestar.state.parts.database, AydaBase.metadata),
            (both.parts.database, PredictorBase.metadata),
        ]
        before = [every_row(*one) for one in databases]
        got = {kind: await take(both.ayda, kind) for kind in FILES}
        assert {answer.status_code for answer in got.values()} == {200}, [answer.text[:200] for answer in got.values()]
        assert {answer.headers["cache-control"] for answer in got.values()} == {"private, no-store"}
        assert got["card.png"].content.startswith(PNG)
        written = gpxpy.parse(got["plan.gpx"].text)
        points = written.tracks[0].segments[0].points
        assert (points[-1].time - points[0].time).total_seconds() == pytest.approx(QUESTION["goal_s"], abs=2)
        assert [place.name for place in written.waypoints] == ["Hut"]
        assert "Hut" in {word for row in csv.reader(io.StringIO(got["plan.csv"].text)) for word in row}
        assert "<Name>Hut</Name>" in got["course.tcx"].text
        assert "Hut" in got["crew.html"].text
        assert got["crew.html"].headers["content-security-policy"] == POLICY
        assert 'filename="plan.gpx"' in got["plan.gpx"].headers["content-disposition"]
        assert [every_row(*one) for one in databases] == before
        spool = both.ayda.app.litestar.state.parts.files._spool._folder
        assert spool is None or not [path for path in spool.iterdir() if path.name != "in-use"]


async def test_a_race_of_the_catalogue_has_all_that_needs_no_places(knowing_a_race: Ayda):
    for kind in ("card.png", "plan.csv", "crew.html"):
        assert (await take(knowing_a_race, kind, RACE, None)).status_code == 200
    for kind in ("plan.gpx", "course.tcx"):
        assert_problem(await take(knowing_a_race, kind, RACE, None), 422, "course_not_kept")


@pytest.mark.parametrize("kind", ["card.svg", "plan", "..%2fcard.png", "CARD.PNG"])
async def test_there_is_nothing_else_to_take(ayda: Ayda, kind: str):
    assert_problem(await take(ayda, kind), 404, "not_found")
    assert ayda.predictor.requests == []


async def test_a_guest_can_name_nobody_here_either(ayda: Ayda):
    assert_problem(await take(ayda, "card.png", {**QUESTION, "telegram_id": "42"}), 422, "validation_failed")
    assert ayda.predictor.requests == []


async def test_where_guests_are_turned_away_they_take_nothing_along(world: World, settings: Settings):
    async with world.running(replace(settings, guest_predictions=False)) as ayda:
        assert_problem(await take(ayda, "card.png"), 403, "guests_off")


async def test_what_guests_take_along_is_counted_with_what_they_ask(world: World, settings: Settings):
    few = RequestBudgets(Budget(1_000, 100), Budget(20, 20))
    async with world.running(replace(settings, request_budgets=few)) as ayda:
        codes = [(await take(ayda, "plan.csv", RACE, None)).status_code for _ in range(6)]
        assert codes == [200] * 5 + [429]


async def test_a_guest_waits_for_the_drawing_like_anybody(knowing_a_race: Ayda):
    turns = knowing_a_race.app.litestar.state["parts"].plans.maker.drawing._turns
    others = [asyncio.create_task(turns.take(heavy=False)) for _ in range(1 + MOST_WAITING)]
    await asyncio.sleep(0)
    assert_problem(await take(knowing_a_race, "card.png", RACE, None), 503, "busy")
    assert (await take(knowing_a_race, "plan.csv", RACE, None)).status_code == 200
    for other in reversed(others):
        other.cancel()
