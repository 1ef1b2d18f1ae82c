"""What another version of the predictor stored is made anew, and never an error."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from kernel.fitted import CURVE_RELATIVE_PACE
from kernel.forecast.fitted_profile import PROFILE_FORMAT
from kernel.pace import FEATURES_FORMAT
from kernel.pace.features import features_format
from predictor_service.activities.models import Activity
from predictor_service.activities.store import ActivityCounts, ActivityStore
from predictor_service.athletes.store import AthleteStore
from predictor_service.profiles.models import StoredProfile
from predictor_service.sync.store import SyncStore
from servicekit.data.database import Database
from tests.predictor.activities.test_store import ROW, START, features, new_athlete
from tests.predictor.profiles.test_profiles import train
from tests.predictor.support import Predictor
from tests.predictor.tracks import gpx

OTHER = b"AF1:" + b"whatever it was"


async def make_profiles_old(database: Database) -> None:
    with database.transaction() as session:
        session.execute(update(StoredProfile).values(fitted=b"FP1:" + b"whatever it was"))


async def make_features_old(database: Database, features: bytes = OTHER) -> None:
    with database.transaction() as session:
        session.execute(update(Activity).values(features=features))


async def test_a_profile_of_another_version_is_fitted_anew_when_it_is_asked_for(
    predictor: Predictor, database: Database
):
    await train(predictor)
    body = {"gpx": gpx().decode()}
    before = (await predictor.predict(**body)).json()
    await make_profiles_old(database)
    after = await predictor.predict(**body)
    assert after.status_code == 200
    assert (after.json()["personalized"], after.json()["times_s"]) == (True, before["times_s"])
    with database.reading() as session:
        athlete = AthleteStore(session).by_telegram_id("42")
        assert athlete is not None
        stored = session.get(StoredProfile, (athlete.id, "trail_run"))
    assert stored is not None
    assert stored.fitted.startswith(PROFILE_FORMAT.tags)


async def test_with_nothing_left_to_fit_from_the_population_answers(predictor: Predictor, database: Database):
    await train(predictor)
    await make_profiles_old(database)
    await make_features_old(database)
    answer = await predictor.predict(gpx=gpx().decode())
    assert (answer.status_code, answer.json()["personalized"]) == (200, False)
    assert (await predictor.profile()).json()["has_profile"] is False


async def test_features_of_another_version_wait_to_be_read_and_do_not_count(database: Database):
    athlete = await new_athlete(database)
    with database.transaction() as session:
        store = ActivityStore(session)
        store.upsert_strava(athlete, [ROW])
        [unread] = SyncStore(session).unread(athlete, START)
        store.set_features(unread.id, features(), "streams", START)
    await make_features_old(database)
    with database.transaction() as session:
        store = ActivityStore(session)
        assert store.counts(athlete) == ActivityCounts(1, 0, 0)
        assert (store.features_of(athlete), store.settle_twins(athlete).provenances()) == ([], frozenset())
        [again] = SyncStore(session).unread(athlete, START)
        store.set_features(again.id, features(), "streams", START)
        assert store.counts(athlete) == ActivityCounts(1, 1, 1)
        assert list(SyncStore(session).unread(athlete, START)) == []


async def test_a_file_that_is_sent_again_mends_the_features_of_another_version(
    predictor: Predictor, database: Database
):
    file = gpx(pace_s_per_km=400)
    assert (await predictor.upload_activity(file, sport="trail_run")).status_code == 201
    await make_features_old(database)
    again = await predictor.upload_activity(file, sport="trail_run")
    assert (again.status_code, again.json()["status"]) == (200, "duplicate")
    assert (await predictor.profile()).json()["has_profile"] is True
    with database.reading() as session:
        athlete = AthleteStore(session).by_telegram_id("42")
        assert athlete is not None
        assert ActivityStore(session).counts(athlete.id) == ActivityCounts(1, 1, 1)


@pytest.mark.parametrize("moved", [False, True], ids=["same curve", "a knot moved by 3 %"])
async def test_features_of_another_curve_are_measured_again_and_those_of_the_same_are_kept(
    database: Database, moved: bool
):
    athlete = await new_athlete(database)
    pace = CURVE_RELATIVE_PACE["run"]
    steeper = features_format(relative_pace={**CURVE_RELATIVE_PACE, "run": (*pace[:-1], 1.03 * pace[-1])})
    body = FEATURES_FORMAT.unpack(features().to_bytes())
    with database.transaction() as session:
        ActivityStore(session).upsert_strava(athlete, [ROW])
        [unread] = SyncStore(session).unread(athlete, START)
        ActivityStore(session).set_features(unread.id, features(), "streams", START)
    await make_features_old(database, (steeper if moved else FEATURES_FORMAT).pack("run", body))
    with database.transaction() as session:
        store = ActivityStore(session)
        usable, waiting = store.features_of(athlete), list(SyncStore(session).unread(athlete, START))
    assert (len(usable), len(waiting)) == ((0, 1) if moved else (1, 0))
