"""An athlete sees what their profiles rest on, outing by outing, and what they switch off teaches nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from predictor_service.activities.store import ActivityStore
from predictor_service.athletes.store import AthleteStore
from predictor_service.outings.service import PAGE
from tests.predictor import states
from tests.predictor.support import INTERNAL, Predictor, assert_problem
from tests.predictor.tracks import gpx

NOBODYS = "018f6b2a-0000-7000-8000-00000000ffff"


async def page(predictor: Predictor, telegram_id: str = "42", **query: str) -> dict[str, Any]:
    answer = await predictor.http.get(f"{INTERNAL}/athletes/{telegram_id}/outings", params=query)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def choose(predictor: Predictor, outing_id: str, *, counts: Any, telegram_id: str = "42", **headers: str) -> Any:
    path = f"{INTERNAL}/athletes/{telegram_id}/outings/{outing_id}"
    return await predictor.http.put(path, json={"counts": counts}, headers=headers)


async def rests_on(predictor: Predictor) -> int | None:
    """How many outings the running profile rests on."""
    profile = (await predictor.profile(type="trail_run")).json()
    return profile["total_activities"] if profile["has_profile"] else 0


@pytest.fixture
async def athlete(predictor: Predictor) -> Predictor:
    """Somebody with a profile of six outings."""
    await states.athlete_has_profile(predictor.parts, "42")
    return predictor


async def test_all_outings_are_told_newest_first(athlete: Predictor):
    told = await page(athlete)
    starts = [each["started_at"] for each in told["outings"]]
    assert (len(starts), starts, told["earlier"]) == (states.OUTINGS, sorted(starts, reverse=True), None)
    assert all(each["counts"] and not each["switched_off"] and each["left_out"] is None for each in told["outings"])


async def test_of_somebody_unknown_there_are_none(predictor: Predictor):
    assert await page(predictor) == {"outings": [], "earlier": None}
    assert_problem(await choose(predictor, NOBODYS, counts=False), 404, "outing_not_found")


async def test_what_is_switched_off_teaches_nothing_until_it_is_switched_on_again(athlete: Predictor):
    before = (await athlete.profile(type="trail_run")).json()
    outing = (await page(athlete))["outings"][0]
    off = (await choose(athlete, outing["id"], counts=False)).json()
    assert off == {**outing, "counts": False, "switched_off": True}
    assert await rests_on(athlete) == states.OUTINGS - 1
    on = (await choose(athlete, outing["id"], counts=True)).json()
    assert on == outing
    after = (await athlete.profile(type="trail_run")).json()
    assert {**after, "updated_at": None} == {**before, "updated_at": None}


async def test_the_same_word_again_changes_nothing(athlete: Predictor):
    outing = (await page(athlete))["outings"][0]
    first = await choose(athlete, outing["id"], counts=False)
    profile = (await athlete.profile(type="trail_run")).json()
    again = await choose(athlete, outing["id"], counts=False)
    assert (again.status_code, again.json()) == (200, first.json())
    assert (await athlete.profile(type="trail_run")).json() == profile


async def test_who_switches_everything_off_has_no_profile(athlete: Predictor):
    for outing in (await page(athlete))["outings"]:
        await choose(athlete, outing["id"], counts=False)
    assert await rests_on(athlete) == 0


async def test_no_reading_switches_on_what_its_athlete_switched_off(athlete: Predictor):
    outing = (await page(athlete))["outings"][0]
    await choose(athlete, outing["id"], counts=False)
    with athlete.parts.database.transaction() as session:
        held = AthleteStore(session).held("42")
        assert held is not None
        ActivityStore(session).settle_twins(held.id)
    again = await athlete.upload_activity(gpx(pace_s_per_km=380.0), sport="run")  # the profile is fitted anew
    assert again.status_code == 201
    told = {each["id"]: each for each in (await page(athlete))["outings"]}
    assert told[outing["id"]]["switched_off"]
    assert await rests_on(athlete) == states.OUTINGS


async def test_nobody_reaches_what_another_did(athlete: Predictor):
    await states.athlete_has_profile(athlete.parts, "43", outings=1)
    outing = (await page(athlete))["outings"][0]
    assert_problem(await choose(athlete, outing["id"], counts=False, telegram_id="43"), 404, "outing_not_found")
    answer = await athlete.http.get(f"{INTERNAL}/athletes/43/outings", params={"before": outing["id"]})
    assert_problem(answer, 404, "outing_not_found")


async def test_pages_follow_each_other_without_a_gap_or_a_repetition(predictor: Predictor):
    await states.outings_known(predictor.parts, "42", PAGE + 3)
    first = await page(predictor)
    second = await page(predictor, before=first["earlier"])
    assert (len(first["outings"]), len(second["outings"]), second["earlier"]) == (PAGE, 3, None)
    ids = [each["id"] for each in (*first["outings"], *second["outings"])]
    assert len(set(ids)) == PAGE + 3


async def test_outings_of_one_moment_stand_on_one_page_each(predictor: Predictor):
    await states.outings_known(predictor.parts, "42", PAGE + 3, apart=timedelta(0))
    first = await page(predictor)
    second = await page(predictor, before=first["earlier"])
    ids = [each["id"] for each in (*first["outings"], *second["outings"])]
    assert (len(ids), len(set(ids))) == (PAGE + 3, PAGE + 3)


@pytest.mark.parametrize("counts", [None, "no", 0])
async def test_what_is_no_choice_is_refused(athlete: Predictor, counts: Any):
    outing = (await page(athlete))["outings"][0]
    assert_problem(await choose(athlete, outing["id"], counts=counts), 422, "validation_failed")


@pytest.mark.parametrize("outing_id", ["x", NOBODYS, NOBODYS.upper(), "1"])
async def test_an_id_of_nothing_is_not_found(athlete: Predictor, outing_id: str):
    assert_problem(await choose(athlete, outing_id, counts=False), 404, "outing_not_found")
