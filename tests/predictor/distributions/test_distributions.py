"""One course, many people: what the predictor tells of each, and of whom it tells nothing."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import event, select, update

from kernel.forecast.distribution import Z90
from predictor_service.athletes.models import Athlete
from predictor_service.profiles.models import StoredProfile
from predictor_service.routes.models import StoredRoute
from predictor_service.settings import Settings
from servicekit.data.database import Database
from tests.predictor.profiles.test_profiles import become_strava_athlete, train
from tests.predictor.states import athlete_has_profile
from tests.predictor.support import INTERNAL, Predictor, assert_finite, assert_problem, running
from tests.predictor.tracks import gpx

FIGURES = ("log_time_s", "log_time_sd", "climb", "descent")
NOBODYS = "018f6b2a-0000-7000-8000-00000000dead"


async def course(predictor: Predictor, **how: Any) -> str:
    """The id of a stored course."""
    answer = await predictor.upload_route(gpx(**how))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def ask(predictor: Predictor, route_id: str, *telegram_ids: str, **body: Any) -> httpx.Response:
    asked = {"route_id": route_id, "telegram_ids": telegram_ids, "purpose": "matching", **body}
    return await predictor.http.post(f"{INTERNAL}/distributions", json=asked)


async def rows(predictor: Predictor, route_id: str, *telegram_ids: str, **body: Any) -> list[dict[str, Any]]:
    answer = await ask(predictor, route_id, *telegram_ids, **body)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["distributions"]
    return found


async def test_rows_come_in_the_order_asked_for_and_as_often(predictor: Predictor):
    await train(predictor, "43")
    route = await course(predictor)
    told = await rows(predictor, route, "44", "43", "42", "43")
    assert [row["telegram_id"] for row in told] == ["44", "43", "42", "43"]
    assert [row["has_profile"] for row in told] == [False, True, False, True]
    assert told[1] == told[3]
    assert_finite(told)


async def test_what_is_expected_is_what_a_prediction_says(predictor: Predictor):
    await train(predictor)
    route = await course(predictor, length_m=9000)
    [told] = await rows(predictor, route, "42")
    predicted = (await predictor.predict(gpx_file_id=route)).json()
    band = predicted["interval"]
    assert told["log_time_s"] == pytest.approx(math.log(predicted["times_s"]["moderate"]), abs=0.02)
    assert told["log_time_sd"] == pytest.approx(math.log(band["p90_s"] / band["p10_s"]) / (2 * Z90), abs=0.02)
    assert (told["shareable"], told["reason"]) == (True, None)
    assert all(abs(told[name]) < 0.3 for name in ("climb", "descent"))


async def test_a_course_may_be_named_as_in_a_prediction(predictor: Predictor):
    await train(predictor)
    route = await course(predictor)
    body = {"gpx_file_id": route, "telegram_ids": ["42"], "purpose": "matching"}
    answer = await predictor.http.post(f"{INTERNAL}/distributions", json=body)
    assert answer.json()["distributions"] == await rows(predictor, route, "42")


async def test_hikers_are_told_of_apart(predictor: Predictor):
    await train(predictor)
    route = await course(predictor)
    [hiking] = await rows(predictor, route, "42", type="hiking")
    assert (hiking["has_profile"], hiking["shareable"], hiking["reason"]) == (False, False, "no_profile")


async def test_who_has_only_strava_is_told_of_with_no_figure(predictor: Predictor):
    await athlete_has_profile(predictor.app.litestar.state.parts, "42", provenance="strava_api")
    [hidden] = await rows(predictor, await course(predictor), "42")
    assert (hidden["has_profile"], hidden["shareable"], hidden["reason"]) == (True, False, "private_source")
    assert [hidden[name] for name in FIGURES] == [None] * len(FIGURES)


@pytest.mark.parametrize("table", [None, b"PT0.00000000:" + b"x" * 1200], ids=["missing", "of another version"])
async def test_who_has_files_too_is_compared_by_these_alone(
    predictor: Predictor, database: Database, now: datetime, table: bytes | None
):
    await become_strava_athlete(predictor, database, "42", now)
    await train(predictor, "43")
    route = await course(predictor)
    mixed, of_files = await rows(predictor, route, "42", "43")
    assert mixed == {**of_files, "telegram_id": "42"}
    older = {"to_others": None if table is None else "{}", "table_to_others": table}
    with database.transaction() as session:
        mine = select(Athlete.id).where(Athlete.telegram_id == "42").scalar_subquery()
        session.execute(update(StoredProfile).where(StoredProfile.athlete_id == mine).values(older))
    assert await rows(predictor, route, "42", "43") == [mixed, of_files]


async def test_the_operator_may_allow_figures_from_strava(
    predictor: Predictor, database: Database, settings: Settings, now: datetime
):
    await become_strava_athlete(predictor, database, "42", now)
    route = await course(predictor)
    async with running(replace(settings, match_allow_strava_derived=True), lambda: now) as allowing:
        [shown] = await rows(allowing, route, "42")
    assert (shown["shareable"], shown["reason"]) == (True, None)
    assert shown["log_time_s"] is not None


async def test_who_is_erased_is_somebody_unknown(predictor: Predictor):
    await train(predictor)
    route = await course(predictor)
    assert (await predictor.http.delete(f"{INTERNAL}/athletes/42")).is_success
    [told] = await rows(predictor, route, "42")
    assert (told["has_profile"], told["reason"]) == (False, "no_profile")


@pytest.mark.parametrize("table", [None, b"PT0.00000000:" + b"x" * 1200], ids=["missing", "of another version"])
@pytest.mark.parametrize("fitted", [None, b"FP1:whatever it was"], ids=["profile at hand", "profile outdated too"])
async def test_a_table_that_is_missing_is_made_when_somebody_asks(
    predictor: Predictor, database: Database, table: bytes | None, fitted: bytes | None
):
    await train(predictor)
    route = await course(predictor)
    before = await rows(predictor, route, "42")
    older = {"pace_table": table} | ({} if fitted is None else {"fitted": fitted})
    with database.transaction() as session:
        session.execute(update(StoredProfile).values(older))
    assert await rows(predictor, route, "42") == before
    with database.reading() as session:
        stored = session.scalars(select(StoredProfile.pace_table)).one()
    assert stored is not None
    assert stored != table


async def test_a_thousand_are_one_query_for_profiles(predictor: Predictor):
    await train(predictor)
    route = await course(predictor)
    statements: list[str] = []
    engine = predictor.parts.database.engine
    event.listen(engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
    told = await rows(predictor, route, *[str(number) for number in range(42, 1042)])
    assert len(told) == 1000
    assert sum("pace_table" in statement for statement in statements) == 1
    assert sum("FROM route" in statement for statement in statements) == 1


async def test_a_thousand_and_not_one_more_and_none_is_nobody(predictor: Predictor):
    route = await course(predictor)
    ids = [str(number) for number in range(1, 1002)]
    assert len(await rows(predictor, route, *ids[:1000])) == 1000
    assert_problem(await ask(predictor, route, *ids), 422, "validation_failed")
    assert_problem(await ask(predictor, route), 422, "validation_failed")


@pytest.mark.parametrize("telegram_id", ["0123", "1_000", "42\n", "x"])
async def test_an_alias_is_a_422(predictor: Predictor, telegram_id: str):
    assert_problem(await ask(predictor, NOBODYS, "42", telegram_id), 422, "validation_failed")


@pytest.mark.parametrize("purpose", ["own", "curiosity", None])
async def test_figures_are_told_for_no_other_purpose(predictor: Predictor, purpose: str | None):
    assert_problem(await ask(predictor, NOBODYS, "42", purpose=purpose), 422, "validation_failed")


@pytest.mark.parametrize("named", [{}, {"route_id": NOBODYS, "gpx_file_id": NOBODYS}], ids=["not at all", "twice"])
async def test_the_course_is_named_once(predictor: Predictor, named: dict[str, str]):
    body = {"telegram_ids": ["42"], "purpose": "matching", **named}
    answer = await predictor.http.post(f"{INTERNAL}/distributions", json=body)
    assert "route_id or gpx_file_id" in assert_problem(answer, 422, "ambiguous_route")["detail"]


@pytest.mark.parametrize("route_id", [NOBODYS, "no-uuid", ""])
async def test_a_course_that_is_not_stored_is_a_404(predictor: Predictor, route_id: str):
    assert_problem(await ask(predictor, route_id, "42"), 404, "route_not_found")


async def test_a_body_beyond_a_mebibyte_is_a_413(predictor: Predictor):
    body = b'{"telegram_ids":["42"],"x":"' + b"y" * 1024 * 1024 + b'"}'
    headers = {"Content-Type": "application/json"}
    answer = await predictor.http.post(f"{INTERNAL}/distributions", content=body, headers=headers)
    assert_problem(answer, 413, "body_too_large")


async def test_a_course_that_a_club_asks_about_is_in_use(
    predictor: Predictor, database: Database, settings: Settings, now: datetime
):
    route = await course(predictor)
    later = now + timedelta(days=30)
    async with running(settings, lambda: later) as then:
        await rows(then, route, "42")
    with database.reading() as session:
        assert session.scalars(select(StoredRoute.used_at)).one() == later


async def test_nothing_is_kept_of_the_question(predictor: Predictor, database: Database):
    await train(predictor)
    route = await course(predictor)
    exported = (await predictor.http.get(f"{INTERNAL}/athletes/42/export/page")).json()
    await rows(predictor, route, "42", "43")
    assert (await predictor.http.get(f"{INTERNAL}/athletes/42/export/page")).json() == exported
