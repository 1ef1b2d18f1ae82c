from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from kernel.pace import ActivityFeatures
from predictor_service.activities.models import Activity
from predictor_service.activities.store import ActivityCounts, ActivityStore, StravaActivityRow
from predictor_service.athletes.store import AthleteStore
from servicekit.data.database import Database
from tests.predictor.tracks import gpx
from trackfiles.outing import outing_of

START = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)
ROW = StravaActivityRow(1, "TrailRun", "trail_run", START, 8000.0, 3200.0, 3300.0, 300.0)


def features() -> ActivityFeatures:
    return outing_of(gpx(pace_s_per_km=400), "", sport="run").features


async def new_athlete(database: Database, telegram_id: str = "42") -> UUID:
    with database.transaction() as session:
        return AthleteStore(session).find_or_create(telegram_id, START).id


async def test_a_listed_activity_is_new_then_the_same_then_updated(database: Database):
    athlete = await new_athlete(database)
    with database.transaction() as session:
        store = ActivityStore(session)
        assert store.upsert_strava(athlete, ROW) == "new"
        assert store.upsert_strava(athlete, ROW) == "same"
        assert store.upsert_strava(athlete, replace(ROW, sport_type="Run", sport="run")) == "updated"
        assert store.upsert_strava(athlete, replace(ROW, sport_type="Run", sport="run")) == "same"


async def test_a_changed_activity_is_read_again(database: Database):
    athlete = await new_athlete(database)
    with database.transaction() as session:
        store = ActivityStore(session)
        store.upsert_strava(athlete, ROW)
        [unread] = store.unread(athlete, 10)
        store.set_features(unread.id, features(), "streams", START)
        assert (store.counts(athlete), store.unread(athlete, 10)) == (ActivityCounts(1, 1, 1), [])
    with database.transaction() as session:
        store = ActivityStore(session)
        store.upsert_strava(athlete, replace(ROW, distance_m=8100.0))
    with database.reading() as session:
        store = ActivityStore(session)
        assert (store.counts(athlete), len(store.unread(athlete, 10))) == (ActivityCounts(1, 0, 0), 1)


async def test_the_newest_unread_activity_comes_first(database: Database):
    athlete = await new_athlete(database)
    with database.transaction() as session:
        store = ActivityStore(session)
        for number in (2, 5, 3):
            store.upsert_strava(
                athlete, replace(ROW, strava_activity_id=number, started_at=START + timedelta(days=number))
            )
        assert [each.strava_activity_id for each in store.unread(athlete, 2)] == [5, 3]


async def test_features_come_back_bit_for_bit_and_oldest_first(database: Database):
    athlete = await new_athlete(database)
    mine = features()
    with database.transaction() as session:
        store = ActivityStore(session)
        store.upsert_strava(athlete, ROW)
        [unread] = store.unread(athlete, 10)
        store.set_features(unread.id, mine, "streams", START)
    with database.reading() as session:
        assert [each.to_bytes() for each in ActivityStore(session).features_of(athlete)] == [mine.to_bytes()]
        assert ActivityStore(session).provenances(athlete) == {("trail_run", "strava_api")}


async def test_an_activity_that_a_file_brought_is_linked_and_not_counted_twice(database: Database):
    athlete = await new_athlete(database)
    with database.transaction() as session:
        store = ActivityStore(session)
        file = Activity(
            athlete_id=athlete,
            provenance="user_file",
            content_hash="0" * 64,
            sport_type="run",
            sport="run",
            started_at=START + timedelta(seconds=5),
            distance_m=8050.0,
            moving_time_s=3190.0,
            elapsed_time_s=3300.0,
            gain_m=310.0,
            features=features().to_bytes(),
            features_source="file",
            read_at=START,
        )
        assert store.add_file(file) is None
        assert store.upsert_strava(athlete, ROW) == "same"
        assert store.upsert_strava(athlete, replace(ROW, distance_m=8049.0)) == "same"
        assert (store.counts(athlete), store.unread(athlete, 10)) == (ActivityCounts(1, 1, 1), [])
        assert store.provenances(athlete) == {("run", "user_file")}


async def test_athletes_do_not_share_activities(database: Database):
    first, second = await new_athlete(database), await new_athlete(database, "43")
    with database.transaction() as session:
        store = ActivityStore(session)
        assert store.upsert_strava(first, ROW) == "new"
        assert store.upsert_strava(second, ROW) == "new"
        assert store.counts(first).known == 1
