"""What ayda relies on about courses and the race catalogue."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ayda_service.errors import RefusedByPredictor
from tests.contracts.ayda_asks import shapes
from tests.contracts.ayda_asks.courses import NAMED, PAGE, VARIANTS, WITH_ELEVATION, WITHOUT_ELEVATION
from tests.contracts.ayda_asks.refusals import UNAVAILABLE, refused
from tests.contracts.ayda_asks.shapes import INTERNAL, NO_ROUTE_ID, ROUTE_ID, STORED
from tests.contracts.houses import OpenAyda as Open
from tests.contracts.support import Exchange, PactWriter, problem

ADD = ("POST", f"{INTERNAL}/routes")
ROUTE = ("GET", f"{INTERNAL}/routes/{ROUTE_ID}")
RACE_ID = "fa90e528-03d4-5396-9354-04c64bc43b26"
DISTANCE_ID = "76d2ff31-a193-5b36-988a-e6eb9af63644"


@pytest.mark.parametrize("status", [201, 200], ids=["new", "known"])
async def test_a_course_is_stored_whichever_success_says_so(writer: PactWriter, ayda_at: Open, status: int):
    exchange = Exchange(
        f"a course to store, answered {status}", ADD, status, shapes.ROUTE, text=WITH_ELEVATION, any_success=True
    )
    with writer.interaction(exchange) as url:
        async with ayda_at(url) as ayda:
            route = await ayda.add_route(WITH_ELEVATION.encode())
    assert (route.id, route.name) == (ROUTE_ID, None)
    assert route.facts.distance_m > 0
    assert route.elevation[0].distance_m == 0


async def test_a_named_course_keeps_its_name(writer: PactWriter, ayda_at: Open):
    exchange = Exchange("a named course to store", ADD, 201, shapes.NAMED_ROUTE, text=NAMED, any_success=True)
    with writer.interaction(exchange) as url:
        async with ayda_at(url) as ayda:
            assert (await ayda.add_route(NAMED.encode())).name == "Hill"


async def test_a_course_is_chosen_among_those_of_its_file(writer: PactWriter, ayda_at: Open):
    chosen: dict[str, Any] = {"text": VARIANTS, "query": {"track": "Hill"}}
    exchange = Exchange("one course of a file to store", ADD, 201, shapes.NAMED_ROUTE, any_success=True, **chosen)
    with writer.interaction(exchange) as url:
        async with ayda_at(url) as ayda:
            assert (await ayda.add_route(VARIANTS.encode(), "Hill")).name == "Hill"


async def test_a_course_that_is_not_in_the_file_is_the_members_to_mend(writer: PactWriter, ayda_at: Open):
    asked: dict[str, Any] = {"text": VARIANTS, "query": {"track": "Peak"}}
    answer = problem(422, "no_such_track")
    with writer.interaction(Exchange("a course that is not in its file", ADD, 422, answer, **asked)) as url:
        async with ayda_at(url) as ayda:
            with pytest.raises(RefusedByPredictor) as refusal:
                await ayda.add_route(VARIANTS.encode(), "Peak")
    assert refusal.value.problem.code == "no_such_track"


BAD_COURSES = [("bad_gpx", PAGE), ("no_elevation", WITHOUT_ELEVATION)]


@pytest.mark.parametrize(("code", "gpx"), BAD_COURSES)
async def test_a_bad_course_is_the_members_to_mend(writer: PactWriter, ayda_at: Open, code: str, gpx: str):
    with writer.interaction(Exchange(f"a course answered {code}", ADD, 422, problem(422, code), text=gpx)) as url:
        async with ayda_at(url) as ayda:
            with pytest.raises(RefusedByPredictor) as refusal:
                await ayda.add_route(gpx.encode())
    assert refusal.value.problem.code == code


@pytest.mark.parametrize(("why", "how"), UNAVAILABLE, ids=[each[0] for each in UNAVAILABLE])
async def test_a_refused_course(writer: PactWriter, ayda_at: Open, why: str, how: dict[str, Any]):
    exchange = replace(Exchange(f"a course to store with {why}", ADD, 0, None, text=WITH_ELEVATION), **how)
    await refused(writer, ayda_at, exchange, lambda ayda: ayda.add_route(WITH_ELEVATION.encode()))


async def test_a_stored_course_is_shown(writer: PactWriter, ayda_at: Open):
    with writer.interaction(Exchange("a stored course", ROUTE, 200, shapes.STORED_ROUTE, state=STORED)) as url:
        async with ayda_at(url) as ayda:
            assert (await ayda.predictor.route(ROUTE_ID)).id == ROUTE_ID


REFUSED = [
    *UNAVAILABLE,
    (
        "an unknown id",
        {
            "status": 404,
            "answer": problem(404, "route_not_found"),
            "request": ("GET", f"{INTERNAL}/routes/{NO_ROUTE_ID}"),
        },
    ),
    (
        "no id at all",
        {"status": 404, "answer": problem(404, "route_not_found"), "request": ("GET", f"{INTERNAL}/routes/hill")},
    ),
]


@pytest.mark.parametrize(("why", "how"), REFUSED, ids=[each[0] for each in REFUSED])
async def test_a_course_that_is_not_shown(writer: PactWriter, ayda_at: Open, why: str, how: dict[str, Any]):
    exchange = replace(Exchange(f"a stored course with {why}", ROUTE, 0, None), **how)
    route_id = exchange.request[1].rsplit("/", 1)[1]
    await refused(writer, ayda_at, exchange, lambda ayda: ayda.predictor.route(route_id))


TRACK = ("GET", f"{INTERNAL}/routes/{ROUTE_ID}/track")


async def test_where_a_stored_course_runs_is_told(writer: PactWriter, ayda_at: Open):
    with writer.interaction(Exchange("the track of a course", TRACK, 200, shapes.TRACK, state=STORED)) as url:
        async with ayda_at(url) as ayda:
            track = await ayda.predictions.track(ROUTE_ID)
    assert (track.id, track.points[0].distance_m) == (ROUTE_ID, 0)
    assert len(track.points[0].__struct_fields__) == 4


async def test_the_track_of_a_course_without_a_name_and_without_places(writer: PactWriter, ayda_at: Open):
    exchange = Exchange("the track of a course of long ago", TRACK, 200, shapes.OLD_TRACK, state=shapes.STORED_LONG_AGO)
    with writer.interaction(exchange) as url:
        async with ayda_at(url) as ayda:
            track = await ayda.predictions.track(ROUTE_ID)
    assert (track.name, track.points) == (None, [])
    assert track.elevation


NO_TRACK = [
    *UNAVAILABLE,
    (
        "an unknown id",
        {
            "status": 404,
            "answer": problem(404, "route_not_found"),
            "request": ("GET", f"{INTERNAL}/routes/{NO_ROUTE_ID}/track"),
        },
    ),
]


@pytest.mark.parametrize(("why", "how"), NO_TRACK, ids=[each[0] for each in NO_TRACK])
async def test_a_track_that_is_not_told(writer: PactWriter, ayda_at: Open, why: str, how: dict[str, Any]):
    exchange = replace(Exchange(f"the track of a course with {why}", TRACK, 0, None), **how)
    route_id = exchange.request[1].split("/")[-2]
    await refused(writer, ayda_at, exchange, lambda ayda: ayda.predictor.track(route_id))


DISTANCE = ("GET", f"/api/v1/races/{RACE_ID}/distances/{DISTANCE_ID}")


async def test_a_race_of_the_catalogue_has_a_profile(writer: PactWriter, ayda_at: Open):
    exchange = Exchange("one distance of a race", DISTANCE, 200, shapes.RACE_COURSE, key=None)
    with writer.interaction(exchange) as url:
        async with ayda_at(url) as ayda:
            course = await ayda.predictions.race_course(RACE_ID, DISTANCE_ID)
    assert course.id == DISTANCE_ID
    assert course.elevation[0].distance_m == 0


async def test_a_distance_that_is_of_no_race_is_not_found(writer: PactWriter, ayda_at: Open):
    request = ("GET", f"/api/v1/races/{RACE_ID}/distances/{NO_ROUTE_ID}")
    exchange = Exchange("an unknown distance", request, 404, problem(404, "race_not_found"), key=None)
    with writer.interaction(exchange) as url:
        async with ayda_at(url) as ayda:
            with pytest.raises(RefusedByPredictor) as refusal:
                await ayda.predictions.race_course(RACE_ID, NO_ROUTE_ID)
    assert refusal.value.problem.code == "race_not_found"


async def test_the_catalogue_is_public(writer: PactWriter, ayda_at: Open):
    with writer.interaction(
        Exchange("the race catalogue", ("GET", "/api/v1/races"), 200, shapes.RACES, key=None)
    ) as url:
        async with ayda_at(url) as ayda:
            race = (await ayda.predictions.races()).races[0]
    assert (race.id, race.distances[0].id) == (RACE_ID, DISTANCE_ID)
