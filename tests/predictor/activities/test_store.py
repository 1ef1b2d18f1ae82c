from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from kernel.pace import ActivityFeatures
from predictor_service.activities.listed import StravaActivityRow
from predictor_service.activities.models import Activity
from predictor_service.activities.store import ActivityCounts, ActivityStore
from predictor_service.athletes.store import AthleteStore
from predictor_service.sync.store import SyncStore, Unread
from servicekit.data.database import Database
from tests.predictor.tracks import gpx
from trackfiles.outing import SaidSport, outing_of

START = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)
ROW = StravaActivityRow(1, "TrailRun", "trail_run", START, 8000.0, 3200.0, 3300.0, 300.0)


def features() -> ActivityFeatures:
    return outing_of(gpx(pace_s_per_km=400), "", SaidSport("run")).features


def upsert(store: ActivityStore, athlete: UUID, row: StravaActivityRow) -> str:
    """What becomes of one activity that is listed alone."""
    return store.upsert_strava(athlete, [row])[row.strava_activity_id]


def unread(session: Session, athlete: UUID) -> list[Unread]:
    return list(SyncStore(session).unread(athlete, START))


def file_of(athlete: UUID, started_at: datetime, distance_m: float) -> Activity:
    return Activity(
        athlete_id=athlete,
        provenance="user_file",
        content_hash="0" * 64,
        sport_type="run",
        sport="run",
        started_at=started_at,
        distance_m=distance_m,
        moving_time_s=3190.0,
        elapsed_time_s=3300.0,
        gain_m=310.0,
        features=features().to_bytes(),
        features_source="file",
        read_at=START,
    )


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements that reach the database meanwhile."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


async def new_athlete(database: Database, telegram_id: str = "42") -> UUID:
    with database.transaction() as session:
        return AthleteStore(session).find_or_create(telegram_id, START).id


async def test_a_listed_activity_is_new_then_the_same_then_updated(database: Database):
    athlete = await new_athlete(database)
    with database.transaction() as session:
        store = ActivityStore(session)
        assert upsert(store, athlete, ROW) == "new"
        assert upsert(store, athlete, ROW) == "same"
        assert upsert(store, athlete, replace(ROW, sport_type="Run", sport="run")) == "updated"
        assert upsert(store, athlete, replace(ROW, sport_type="Run", sport="run")) == "same"


async def test_a_changed_activity_is_read_again(database: Database):
    athlete = await new_athlete(database)
    with database.transaction() as session:
        store = ActivityStore(session)
        upsert(store, athlete, ROW)
        [waiting] = unread(session, athlete)
        store.set_features(waiting.id, features(), "streams", START)
        assert (store.counts(athlete), unread(session, athlete)) == (ActivityCounts(1, 1, 1), [])
    with database.transaction() as session:
        store = ActivityStore(session)
        upsert(store, athlete, replace(ROW, distance_m=8100.0))
    with database.transaction() as session:
        store = ActivityStore(session)
        assert (store.counts(athlete), len(unread(session, athlete))) == (ActivityCounts(1, 0, 0), 1)


async def test_the_newest_unread_activity_comes_first(database: Database):
    athlete = await new_athlete(database)
    with database.transaction() as session:
        store = ActivityStore(session)
        for number in (2, 5, 3):
            upsert(store, athlete, replace(ROW, strava_activity_id=number, started_at=START + timedelta(days=number)))
        assert [each.strava_activity_id for each in unread(session, athlete)] == [5, 3, 2]


async def test_features_come_back_bit_for_bit_and_oldest_first(database: Database):
    athlete = await new_athlete(database)
    mine = features()
    with database.transaction() as session:
        store = ActivityStore(session)
        upsert(store, athlete, ROW)
        [waiting] = unread(session, athlete)
        store.set_features(waiting.id, mine, "streams", START)
    with database.reading() as session:
        assert [each.to_bytes() for each in ActivityStore(session).features_of(athlete)] == [mine.to_bytes()]
        assert ActivityStore(session).settle_twins(athlete).provenances() == {("trail_run", "strava_api")}


async def test_an_activity_that_a_file_brought_is_linked_and_not_counted_twice(database: Database):
    athlete = await new_athlete(database)
    with database.transaction() as session:
        store = ActivityStore(session)
        file = file_of(athlete, START + timedelta(seconds=5), 8050.0)
        assert store.add_file(file) is None
        assert upsert(store, athlete, ROW) == "same"
        assert upsert(store, athlete, replace(ROW, distance_m=8049.0)) == "same"
        assert (store.counts(athlete), unread(session, athlete)) == (ActivityCounts(1, 1, 1), [])
        assert store.settle_twins(athlete).provenances() == {("run", "user_file")}


async def test_athletes_do_not_share_activities(database: Database):
    first, second = await new_athlete(database), await new_athlete(database, "43")
    with database.transaction() as session:
        store = ActivityStore(session)
        assert upsert(store, first, ROW) == "new"
        assert upsert(store, second, ROW) == "new"
        assert store.counts(first).known == 1


async def test_a_page_is_stored_in_a_number_of_statements_that_does_not_grow_with_it(database: Database):
    counts = {}
    page = [replace(ROW, strava_activity_id=n, started_at=START + timedelta(hours=n)) for n in range(1, 201)]
    for size in (2, 200):
        athlete = await new_athlete(database, str(size))
        with database.transaction() as session, counted(database) as statements:
            store = ActivityStore(session)
            assert set(store.upsert_strava(athlete, page[:size]).values()) == {"new"}
            edited = [replace(row, gain_m=row.gain_m + size) for row in page[:size]]
            assert set(store.upsert_strava(athlete, edited).values()) == {"updated"}
        counts[size] = len(statements)
    assert counts[200] == counts[2] <= 8


async def test_a_page_with_an_activity_of_each_kind_tells_them_apart(database: Database):
    athlete = await new_athlete(database)
    known, edited, filed, new = (
        replace(ROW, strava_activity_id=n, started_at=START + timedelta(days=n)) for n in (1, 2, 3, 4)
    )
    with database.transaction() as session:
        store = ActivityStore(session)
        store.upsert_strava(athlete, [known, edited])
        store.add_file(file_of(athlete, filed.started_at, filed.distance_m))
        page = [known, replace(edited, gain_m=400.0), filed, new, replace(filed, strava_activity_id=5)]
        outcomes = store.upsert_strava(athlete, page)
        assert outcomes == {1: "same", 2: "updated", 3: "same", 4: "new", 5: "new"}, "a file has one twin"
        assert store.known(athlete, range(10)) == {1, 2, 3, 4, 5}
        assert store.counts(athlete).known == 5


@pytest.mark.parametrize("read", [False, True], ids=["nothing was usable", "streams"])
async def test_what_strava_told_becomes_the_files_when_the_file_of_it_comes(database: Database, read: bool):
    athlete = await new_athlete(database)
    with database.transaction() as session:
        store = ActivityStore(session)
        upsert(store, athlete, ROW)
        [waiting] = unread(session, athlete)
        if read:
            store.set_features(waiting.id, features(), "streams", START)
        else:
            store.set_features(waiting.id, None, None, START, left_out="contradicts_summary")
            assert store.left_out(athlete) == {"contradicts_summary": 1}
    with database.transaction() as session:
        store = ActivityStore(session)
        known = store.add_file(file_of(athlete, START + timedelta(seconds=5), 8050.0))
        assert known is not None
        assert session.is_modified(known)
        session.flush()
        assert (known.id, known.strava_activity_id, known.provenance) == (waiting.id, 1, "user_file")
        assert store.counts(athlete) == ActivityCounts(1, 1, 1)
        assert store.left_out(athlete) == {}
        assert upsert(store, athlete, replace(ROW, distance_m=8049.0)) == "same", "it stays the file's"


async def test_a_file_finds_its_outing_behind_a_hidden_start_whoever_comes_first(database: Database):
    hidden = replace(ROW, started_at=START.replace(hour=0, minute=0, second=1))
    for number, file_first in enumerate((True, False)):
        athlete = await new_athlete(database, str(50 + number))
        with database.transaction() as session:
            store, file = ActivityStore(session), file_of(athlete, START, 8050.0)
            if file_first:
                store.add_file(file)
            upsert(store, athlete, hidden)
            if not file_first:
                assert store.add_file(file) is not None
            session.flush()
            assert store.counts(athlete).known == 1
            assert unread(session, athlete) == []


async def test_a_list_that_sets_an_activity_aside_or_takes_it_back_changes_it(database: Database):
    athlete = await new_athlete(database)
    with database.transaction() as session:
        store = ActivityStore(session)
        assert upsert(store, athlete, ROW) == "new"
        assert upsert(store, athlete, replace(ROW, aside="indoors")) == "updated"
        assert store.left_out(athlete) == {"indoors": 1}
        assert upsert(store, athlete, ROW) == "updated"
        assert store.left_out(athlete) == {}
