"""What members take along: theirs alone, private, made of the stored answer, and honest about courses nobody kept."""

from __future__ import annotations

import asyncio
import csv
import io
from datetime import timedelta

import gpxpy
import pytest

from ayda_service.plans.drawing import MOST_WAITING
from ayda_service.settings import Settings
from takealong.crew_sheet import POLICY
from tests.ayda.plans.conftest import (
    COURSE,
    DISTANCE_ID,
    FILES,
    ID,
    OF_NOTHING,
    OF_RACE,
    TRACK,
    Owner,
    predicted,
)
from tests.ayda.support import FACTS, MEMBER, OTHER, Ayda, World, assert_problem, problem

PNG = b"\x89PNG\r\n"
NEEDS_POINTS = ("plan.gpx", "course.tcx")
ELEVATION = [[0.0, 2500.0], [10_000.0, 3300.0], [21_000.0, 1800.0]]


async def test_a_member_takes_everything_along(owner: Owner):
    types = {}
    for what in FILES:
        answer = await owner.take(what)
        assert answer.status_code == 200, answer.text
        types[what] = answer.headers["content-type"].partition(";")[0]
        assert answer.content
    assert types == {
        "card.png": "image/png",
        "plan.gpx": "application/gpx+xml",
        "plan.csv": "text/csv",
        "course.tcx": "application/vnd.garmin.tcx+xml",
        "crew.html": "text/html",
    }


@pytest.mark.parametrize("what", FILES)
async def test_nobody_else_learns_that_there_is_such_a_prediction(owner: Owner, what: str):
    others = await owner.take(what, OTHER)
    unknown = await owner.take(what, OTHER, "018f6b2a-0000-7000-8000-00000000dead")
    assert_problem(others, 404, "prediction_not_found")
    assert_problem(unknown, 404, "prediction_not_found")
    assert others.json()["detail"] == unknown.json()["detail"]
    assert_problem(await owner.take(what, prediction_id="no-uuid"), 404, "prediction_not_found")
    anonymous = await owner.ayda.http.get(f"/api/v1/predictions/{ID}/{what}")
    assert_problem(anonymous, 401, "invalid_init_data")


@pytest.mark.parametrize("what", FILES)
async def test_no_cache_on_the_way_keeps_what_is_private(owner: Owner, what: str):
    answer = await owner.take(what)
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_the_gpx_has_the_times_of_the_answer(owner: Owner):
    written = gpxpy.parse((await owner.take("plan.gpx")).text)
    points = written.tracks[0].segments[0].points
    assert written.name == "Lake loop"
    assert points[0].time == owner.prediction.start_at
    took_s = (points[-1].time - points[0].time).total_seconds()
    assert took_s == pytest.approx(owner.prediction.elapsed_s.p50, abs=2)
    assert len(written.waypoints) == len(owner.prediction.checkpoints)


async def test_the_table_has_the_clock_at_the_course(owner: Owner):
    rows = list(csv.DictReader(io.StringIO((await owner.take("plan.csv")).text)))
    assert len(rows) == len(owner.prediction.splits) + len(owner.prediction.checkpoints)
    reached = owner.prediction.start_at + timedelta(seconds=int(rows[0]["elapsed_s"]))
    assert reached.hour == 6
    assert rows[0]["clock"].startswith(f"{reached:%H:%M}")


async def test_the_sheet_of_the_crew_runs_nothing(owner: Owner):
    answer = await owner.take("crew.html")
    assert answer.headers["content-security-policy"] == POLICY
    assert "<script" not in answer.text
    assert "Europe/Zurich" in answer.text


async def test_the_card_is_drawn_once_and_never_shown_again_after_an_erasure(owner: Owner):
    first = await owner.take("card.png")
    assert first.content.startswith(PNG)
    asked = len(owner.ayda.predictor.requests)
    assert (await owner.take("card.png")).content == first.content
    assert len(owner.ayda.predictor.requests) == asked, "what was drawn a moment ago needs no course"
    kept = owner.ayda.app.litestar.state["parts"].plans._cards
    assert kept.find(MEMBER, f"{ID} en metric") == first.content
    assert (await owner.ayda.http.delete("/api/v1/me", headers=owner.ayda.as_member())).status_code == 200
    assert kept.find(MEMBER, f"{ID} en metric") is None
    owner.ayda.clock.advance(1)
    assert_problem(await owner.take("card.png"), 404, "prediction_not_found")


async def test_a_course_that_is_gone_still_has_a_card_a_table_and_a_sheet(owner: Owner):
    owner.ayda.predictor.answers[TRACK] = (404, problem(404, "route_not_found", "There is no route."))
    for what in ("card.png", "plan.csv", "crew.html"):
        assert (await owner.take(what)).status_code == 200
    for what in NEEDS_POINTS:
        assert_problem(await owner.take(what), 404, "route_not_found")


@pytest.mark.parametrize("what", NEEDS_POINTS)
async def test_a_route_stored_before_places_were_kept_says_what_to_do(owner: Owner, what: str):
    status, track = owner.ayda.predictor.answers[TRACK]
    owner.ayda.predictor.answers[TRACK] = (status, {**track, "points": []})
    detail = assert_problem(await owner.take(what), 422, "course_not_kept")["detail"]
    assert "GPX" in detail
    assert (await owner.take("card.png")).content.startswith(PNG)


async def test_a_race_of_the_catalogue_has_a_profile_and_no_places(ayda: Ayda):
    owner = await predicted(ayda, OF_RACE)
    course = {"id": DISTANCE_ID, "name": "50 km", "facts": FACTS, "elevation": ELEVATION}
    ayda.predictor.answers[COURSE] = (200, course)
    assert (await owner.take("card.png")).content.startswith(PNG)
    assert len(ayda.predictor.asked(COURSE[1])) == 1
    for what in NEEDS_POINTS:
        assert_problem(await owner.take(what), 422, "course_not_kept")


async def test_a_course_that_was_sent_along_is_kept_nowhere(ayda: Ayda):
    owner = await predicted(ayda, OF_NOTHING)
    asked = len(ayda.predictor.requests)
    assert (await owner.take("card.png")).content.startswith(PNG)
    assert_problem(await owner.take("plan.gpx"), 422, "course_not_kept")
    assert len(ayda.predictor.requests) == asked


async def test_a_predictor_that_is_away_is_said_and_no_half_card_is_drawn(owner: Owner):
    owner.ayda.predictor.down = True
    assert_problem(await owner.take("card.png"), 503, "upstream_unavailable")
    assert (await owner.take("plan.csv")).status_code == 200
    owner.ayda.predictor.down = False
    assert (await owner.take("card.png")).content.startswith(PNG)


async def test_an_ayda_that_runs_alone_still_gives_what_needs_no_course(world: World, alone: Settings, owner: Owner):
    async with world.running(alone) as ayda:
        lonely = Owner(ayda, owner.prediction)
        assert_problem(await lonely.take("plan.gpx"), 503, "predictor_not_configured")
        assert (await lonely.take("crew.html")).status_code == 200


async def test_more_cards_than_are_taken_on_are_told_to_come_again(owner: Owner):
    turns = owner.ayda.app.litestar.state["parts"].plans.maker.drawing._turns
    others = [asyncio.create_task(turns.take(heavy=False)) for _ in range(1 + MOST_WAITING)]
    await asyncio.sleep(0)
    answer = await owner.take("card.png")
    assert_problem(answer, 503, "busy")
    assert int(answer.headers["retry-after"]) >= 1
    assert (await owner.take("plan.csv")).status_code == 200
    for other in reversed(others):
        other.cancel()


async def test_an_answer_from_before_courses_were_named_is_taken_along_without_one(ayda: Ayda):
    owner = await predicted(ayda, None)
    for what in ("card.png", "plan.csv", "crew.html"):
        assert (await owner.take(what)).status_code == 200
    assert_problem(await owner.take("plan.gpx"), 422, "course_not_kept")
