from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from predictor_service.activities.listed import StravaActivityRow
from predictor_service.activities.models import Activity
from predictor_service.activities.store import ActivityStore
from predictor_service.athletes.store import AthleteStore
from predictor_service.profiles.models import StoredProfile
from predictor_service.profiles.service import ProfileService
from predictor_service.settings import Settings
from predictor_service.sync.store import SyncStore
from servicekit.data.database import Database
from tests.predictor.states import athlete_has_profile
from tests.predictor.support import INTERNAL, Predictor, assert_finite, assert_problem, running
from tests.predictor.tracks import gpx

FIGURES = ("flat_pace_p50", "total_activities", "total_km", "gradient_coverage", "level", "updated_at")
START = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)


async def train(predictor: Predictor, telegram_id: str = "42", outings: int = 6) -> None:
    """A few runs of an athlete, from files."""
    for day in range(outings):
        file = gpx(pace_s_per_km=350 + 5 * day, length_m=6000 + 500 * day, started_at=START + timedelta(days=3 * day))
        answer = await predictor.upload_activity(file, telegram_id, sport="trail_run")
        assert answer.status_code == 201


async def become_strava_athlete(predictor: Predictor, database: Database, telegram_id: str, now: datetime) -> None:
    """The same athlete as `train` makes, but as if Strava had told of one of the activities."""
    await train(predictor, telegram_id)
    with database.transaction() as session:
        athlete = AthleteStore(session).find_or_create(telegram_id, now)
        store = ActivityStore(session)
        row = StravaActivityRow(7, "TrailRun", "trail_run", START - timedelta(days=9), 9000.0, 3600.0, 3700.0, 200.0)
        assert store.upsert_strava(athlete.id, [row]) == {7: "new"}
        [unread] = SyncStore(session).unread(athlete.id, now)
        store.set_features(unread.id, store.features_of(athlete.id)[0], "streams", now)
        ProfileService(database, lambda: now).rebuild(session, athlete.id)


async def test_someone_unknown_has_no_profile(predictor: Predictor):
    answer = await predictor.profile("42", type="hiking")
    assert answer.status_code == 200
    profile = answer.json()
    assert (profile["telegram_id"], profile["type"], profile["has_profile"]) == ("42", "hiking", False)
    assert [profile[name] for name in FIGURES] == [None] * len(FIGURES)


async def test_uploaded_activities_make_a_profile(predictor: Predictor):
    await train(predictor)
    profile = (await predictor.profile()).json()
    assert (profile["has_profile"], profile["shareable"], profile["reason"]) == (True, True, None)
    assert profile["total_activities"] == 6
    assert profile["total_km"] in {43, 44}
    assert all(isinstance(profile[name], int) for name in ("total_km", "flat_pace_p50")), "as brief 000 prints them"
    assert 250 < profile["flat_pace_p50"] < 550
    assert 0 < profile["gradient_coverage"] <= 11
    assert profile["level"] in {"beginner", "intermediate", "advanced", "elite"}
    assert profile["curve"]
    assert_finite(profile)


async def test_the_type_is_trail_run_unless_said_otherwise(predictor: Predictor):
    await train(predictor)
    assert (await predictor.profile()).json() == (await predictor.profile(type="trail_run")).json()


async def test_rebuilding_changes_nothing_that_did_not_change(predictor: Predictor, database: Database, now: datetime):
    await train(predictor)
    before = (await predictor.profile()).content
    with database.transaction() as session:
        athlete = AthleteStore(session).find_or_create("42", now)
        ProfileService(database, lambda: now).rebuild(session, athlete.id)
    assert (await predictor.profile()).content == before


async def test_a_profile_goes_with_the_last_of_its_activities(predictor: Predictor, database: Database, now: datetime):
    await train(predictor, outings=1)
    with database.transaction() as session:
        athlete = AthleteStore(session).find_or_create("42", now)
        activity = session.scalars(select(Activity).where(Activity.athlete_id == athlete.id)).one()
        ActivityStore(session).set_features(activity.id, None, None, now)
        ProfileService(database, lambda: now).rebuild(session, athlete.id)
    assert (await predictor.profile()).json()["has_profile"] is False


async def test_many_who_ask_at_once_are_told_of_whom_they_asked(predictor: Predictor):
    await train(predictor, "42", outings=2)
    await train(predictor, "43", outings=3)
    asked = [(member, mode) for member in ("42", "43", "44") for mode in ("trail_run", "hiking")] * 30
    answers = await asyncio.gather(*(predictor.profile(member, type=mode) for member, mode in asked))
    told = [(each["telegram_id"], each["type"], each["total_activities"]) for each in (one.json() for one in answers)]
    outings = {"42": 2, "43": 3}
    assert told == [(member, mode, outings.get(member) if mode == "trail_run" else None) for member, mode in asked]


@pytest.mark.parametrize("query", [{"type": "ski"}, {"telegram_id": "1_000"}, {"telegram_id": "42\n"}])
async def test_a_bad_question_is_a_422(predictor: Predictor, query: dict[str, str]):
    answer = await predictor.http.get(f"{INTERNAL}/profile", params={"telegram_id": "42", **query})
    assert_problem(answer, 422, "validation_failed")


async def test_the_question_needs_an_athlete(predictor: Predictor):
    problem = assert_problem(await predictor.http.get(f"{INTERNAL}/profile"), 422, "validation_failed")
    assert problem["errors"][0]["field"] == "telegram_id"


async def test_a_batch_answers_in_the_order_of_the_question(predictor: Predictor):
    await train(predictor, "43")
    answer = await predictor.profiles("44", "43", "42", "43")
    assert answer.status_code == 200
    profiles = answer.json()["profiles"]
    assert [profile["telegram_id"] for profile in profiles] == ["44", "43", "42", "43"]
    assert [profile["has_profile"] for profile in profiles] == [False, True, False, True]
    assert profiles[1] == (await predictor.profile("43")).json()


async def test_a_batch_holds_a_thousand_and_not_one_more(predictor: Predictor):
    ids = [str(number) for number in range(1, 1002)]
    assert len((await predictor.profiles(*ids[:1000])).json()["profiles"]) == 1000
    assert_problem(await predictor.profiles(*ids), 422, "validation_failed")
    assert_problem(await predictor.profiles(), 422, "validation_failed")


async def test_a_bad_id_in_a_batch_is_a_422(predictor: Predictor):
    assert_problem(await predictor.profiles("42", "42\n"), 422, "validation_failed")
    assert_problem(await predictor.profiles("42", "x"), 422, "validation_failed")


async def test_a_batch_beyond_a_mebibyte_is_a_413(predictor: Predictor):
    body = b'{"telegram_ids":["42"],"x":"' + b"y" * 1024 * 1024 + b'"}'
    headers = {"Content-Type": "application/json"}
    answer = await predictor.http.post(f"{INTERNAL}/profiles/batch", content=body, headers=headers)
    assert_problem(answer, 413, "body_too_large")


async def test_figures_from_strava_alone_are_hidden_from_others(predictor: Predictor):
    await athlete_has_profile(predictor.app.litestar.state.parts, "42", provenance="strava_api")
    [hidden] = (await predictor.profiles("42", purpose="matching")).json()["profiles"]
    assert (hidden["has_profile"], hidden["shareable"], hidden["reason"]) == (True, False, "private_source")
    assert [hidden[name] for name in FIGURES] == [None] * len(FIGURES)
    assert (hidden["curve"], hidden["endurance"], hidden["level_evidence"]) == ([], None, None)


async def test_figures_from_strava_are_shown_to_their_owner(predictor: Predictor, database: Database, now: datetime):
    await become_strava_athlete(predictor, database, "42", now)
    [own] = (await predictor.profiles("42")).json()["profiles"]
    assert own["total_activities"] == 7
    assert (own["shareable"], own["reason"]) == (False, "private_source")


async def test_figures_from_files_alone_are_shown_for_matching(predictor: Predictor):
    await train(predictor)
    [shown] = (await predictor.profiles("42", purpose="matching")).json()["profiles"]
    assert (shown["shareable"], shown["total_activities"]) == (True, 6)


async def test_others_are_shown_what_the_files_alone_tell(predictor: Predictor, database: Database, now: datetime):
    await become_strava_athlete(predictor, database, "42", now)
    await train(predictor, "43")
    shown, of_files = (await predictor.profiles("42", "43", purpose="matching")).json()["profiles"]
    assert (shown["has_profile"], shown["shareable"], shown["reason"]) == (True, True, None)
    assert shown == {**of_files, "telegram_id": "42"}


async def test_what_its_athlete_switched_off_is_shown_to_nobody(
    predictor: Predictor, database: Database, now: datetime
):
    await become_strava_athlete(predictor, database, "42", now)
    [before] = (await predictor.profiles("42", purpose="matching")).json()["profiles"]
    listed = (await predictor.http.get(f"{INTERNAL}/athletes/42/outings")).json()["outings"]
    sent = next(each["id"] for each in listed if each["counts"])
    path = f"{INTERNAL}/athletes/42/outings/{sent}"
    assert (await predictor.http.put(path, json={"counts": False})).status_code == 200
    [after] = (await predictor.profiles("42", purpose="matching")).json()["profiles"]
    assert after["total_activities"] == before["total_activities"] - 1


async def test_what_an_older_version_stored_is_shown_once_it_is_fitted_without_strava(
    predictor: Predictor, database: Database, now: datetime
):
    await become_strava_athlete(predictor, database, "42", now)
    before = (await predictor.profiles("42", purpose="matching")).json()
    with database.transaction() as session:
        session.execute(update(StoredProfile).values(to_others=None, table_to_others=None))
    assert (await predictor.profiles("42", purpose="matching")).json() == before


async def test_what_cannot_be_shown_is_looked_at_once(predictor: Predictor, database: Database, now: datetime):
    await become_strava_athlete(predictor, database, "42", now)
    with database.transaction() as session:
        session.execute(update(StoredProfile).values(to_others="", table_to_others=b""))
    [hidden] = (await predictor.profiles("42", purpose="matching")).json()["profiles"]
    assert (hidden["shareable"], hidden["reason"]) == (False, "private_source")


async def test_the_operator_may_allow_figures_from_strava(
    predictor: Predictor, database: Database, settings: Settings, now: datetime
):
    await become_strava_athlete(predictor, database, "42", now)
    async with running(replace(settings, match_allow_strava_derived=True), lambda: now) as allowing:
        [shown] = (await allowing.profiles("42", purpose="matching")).json()["profiles"]
    assert (shown["shareable"], shown["reason"], shown["total_activities"]) == (True, None, 7)


async def test_a_prediction_follows_the_profile_and_ends_with_it(predictor: Predictor):
    """What is kept ready is found by what is stored, so neither an older profile nor an erased one predicts."""
    await train(predictor)
    body = {"gpx": gpx().decode()}
    first, again = [(await predictor.predict(**body)).json() for _ in range(2)]
    assert again["times_s"] == first["times_s"]
    slow = gpx(pace_s_per_km=600, length_m=9000, started_at=START + timedelta(days=40))
    await predictor.upload_activity(slow, sport="trail_run")
    slower = (await predictor.predict(**body)).json()
    assert slower["times_s"]["moderate"] > first["times_s"]["moderate"]
    assert (await predictor.http.delete(f"{INTERNAL}/athletes/42")).is_success
    assert (await predictor.predict(**body)).json()["personalized"] is False
