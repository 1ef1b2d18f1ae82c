from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, text

from predictor_service.activities.listed import StravaActivityRow
from predictor_service.activities.store import ActivityStore
from predictor_service.athletes.store import AthleteStore
from predictor_service.models import Base
from servicekit.data.columns import uuid7
from servicekit.data.database import Database
from servicekit.data.personal_rows import erase_rows, personal_tables
from tests.predictor import states
from tests.predictor.support import INTERNAL, Predictor, assert_problem
from tests.predictor.tracks import gpx
from tests.service_database import ON_POSTGRES

MEMBER, OTHER = "279058397", "424242"
STRAVA_ID, OTHER_STRAVA_ID = 5_550_001, 5_550_002
NAMES_NOBODY = {
    "race": "the catalogue",
    "race_distance": "the catalogue",
    "route": "courses are stored without who sent them",
    "local_outage": "one row about Strava",
    "erased_member": "digests of ids that ayda made up and has forgotten",
    "job": "forgotten through the queue",
    "alarm": "names and figures of conditions",
    "operator_action": "ids of jobs and deliveries",
}


async def strava_activity(database: Database, telegram_id: str, strava_activity_id: int, *, day: int = 1) -> None:
    row = StravaActivityRow(
        strava_activity_id=strava_activity_id,
        sport_type="TrailRun",
        sport="trail_run",
        started_at=datetime(2026, 2, day, 6, tzinfo=UTC),
        distance_m=10_000.0,
        moving_time_s=4_000.0,
        elapsed_time_s=4_100.0,
        gain_m=300.0,
    )
    with database.transaction() as session:
        athlete = AthleteStore(session).by_telegram_id(telegram_id)
        assert athlete is not None
        ActivityStore(session).upsert_strava(athlete.id, [row])


async def known(database: Database, telegram_id: str) -> int:
    with database.reading() as session:
        athlete = AthleteStore(session).by_telegram_id(telegram_id)
        return 0 if athlete is None else ActivityStore(session).counts(athlete.id).known


async def athlete_id_of(database: Database, telegram_id: str) -> UUID:
    with database.reading() as session:
        athlete = AthleteStore(session).by_telegram_id(telegram_id)
    assert athlete is not None
    return athlete.id


async def test_a_connection_that_ended_leaves_nothing_from_strava_and_every_file(
    predictor: Predictor, database: Database
):
    await predictor.connected(MEMBER, STRAVA_ID)
    await predictor.upload_activity(gpx(pace_s_per_km=400), MEMBER, sport="trail_run")
    for number in range(3):
        await strava_activity(database, MEMBER, 900 + number, day=number + 1)
    with database.transaction() as session:
        erased = predictor.parts.erasure.forget_strava(session, AthleteStore(session).by_telegram_id(MEMBER).id)  # type: ignore[union-attr] - it was just made
    assert erased["activity"] == 3
    assert erased["sync_state"] == 1
    assert await known(database, MEMBER) == 1
    with database.reading() as session:
        athlete = AthleteStore(session).by_telegram_id(MEMBER)
    assert athlete is not None
    assert athlete.strava_athlete_id is None


async def test_erasing_what_is_gone_already_counts_nothing(predictor: Predictor, database: Database):
    await predictor.connected(MEMBER, STRAVA_ID)
    athlete_id = await athlete_id_of(database, MEMBER)
    for _ in range(2):
        with database.transaction() as session:
            erased = predictor.parts.erasure.forget_strava(session, athlete_id)
    assert set(erased.values()) == {0}


async def test_a_profile_made_of_strava_data_is_made_anew_from_the_files(predictor: Predictor, database: Database):
    parts = predictor.app.litestar.state.parts
    await states.athlete_has_profile(parts, MEMBER, provenance="strava_api")
    started_at = datetime(2026, 5, 1, 6, tzinfo=UTC)
    await predictor.upload_activity(
        gpx(pace_s_per_km=400, started_at=started_at, length_m=7000), MEMBER, sport="trail_run"
    )
    before = (await predictor.profile(MEMBER)).json()
    athlete_id = await athlete_id_of(database, MEMBER)
    with database.transaction() as session:
        erased = parts.erasure.forget_strava(session, athlete_id)
    after = (await predictor.profile(MEMBER)).json()
    assert erased["profile"] == 1
    assert before["total_activities"] == states.OUTINGS + 1
    assert before["shareable"] is False
    assert after["total_activities"] == 1
    assert after["shareable"] is True


async def test_another_strava_account_takes_the_former_ones_activities_away(predictor: Predictor, database: Database):
    await predictor.connected(MEMBER, STRAVA_ID)
    await strava_activity(database, MEMBER, 901)
    await predictor.connected(MEMBER, STRAVA_ID)
    assert await known(database, MEMBER) == 1
    await predictor.connected(MEMBER, OTHER_STRAVA_ID)
    assert await known(database, MEMBER) == 0


async def test_who_loses_a_strava_account_to_another_member_keeps_nothing_of_it(
    predictor: Predictor, database: Database
):
    await predictor.connected(MEMBER, STRAVA_ID)
    await strava_activity(database, MEMBER, 901)
    await predictor.connected(OTHER, STRAVA_ID)
    assert await known(database, MEMBER) == 0


async def test_an_erased_athlete_was_never_there(predictor: Predictor, database: Database):
    await predictor.connected(MEMBER, STRAVA_ID)
    await predictor.connected(OTHER, OTHER_STRAVA_ID)
    await predictor.upload_activity(gpx(pace_s_per_km=400), MEMBER, sport="trail_run")
    await predictor.predict({"Idempotency-Key": "k-1"}, telegram_id=MEMBER, gpx=gpx().decode())
    answer = await predictor.http.delete(f"{INTERNAL}/athletes/{MEMBER}")
    assert answer.status_code == 200
    erased = answer.json()["erased"]
    assert {name: erased[name] for name in ("athlete", "activity", "prediction", "idempotency_key", "job")} == {
        "athlete": 1,
        "activity": 1,
        "prediction": 1,
        "idempotency_key": 1,
        "job": 1,
    }
    assert (await predictor.http.delete(f"{INTERNAL}/athletes/{MEMBER}")).json() == {"status": "erased", "erased": {}}
    assert (await predictor.profile(MEMBER)).json()["has_profile"] is False
    assert (await athlete_id_of(database, OTHER)) is not None


async def test_an_export_shows_every_row_and_no_other_persons(predictor: Predictor):
    await predictor.connected(MEMBER, STRAVA_ID)
    await predictor.upload_activity(gpx(pace_s_per_km=400), MEMBER, sport="trail_run")
    await predictor.connected(OTHER, OTHER_STRAVA_ID)
    shown = (await predictor.http.get(f"{INTERNAL}/athletes/{MEMBER}/export")).json()
    assert shown["telegram_id"] == MEMBER
    assert shown["tables"]["athlete"][0]["strava_athlete_id"] == STRAVA_ID
    assert len(shown["tables"]["activity"]) == 1
    assert shown["tables"]["profile"][0]["described"]["telegram_id"] == MEMBER
    assert OTHER not in str(shown)
    stranger = (await predictor.http.get(f"{INTERNAL}/athletes/77/export")).json()
    assert stranger["tables"] == {}


@pytest.mark.parametrize("telegram_id", ["1_000", "%2042", "+7", "-1", "0", "007", "%EF%BC%94%EF%BC%92", "9" * 20])
async def test_an_alias_of_an_id_erases_nobody(predictor: Predictor, telegram_id: str):
    assert_problem(await predictor.http.delete(f"{INTERNAL}/athletes/{telegram_id}"), 422, "validation_failed")


def test_every_table_is_erased_with_its_person_or_names_nobody():
    reached = {table.name for table in personal_tables(Base.metadata, ("telegram_id", "athlete_id"))}
    assert {table.name for table in Base.metadata.sorted_tables} - reached - set(NAMES_NOBODY) == set()


async def test_a_person_is_found_by_indices_however_many_others_there_are(database: Database):
    keys = {"telegram_id": [MEMBER], "athlete_id": [uuid7(), STRAVA_ID], "strava_athlete_id": [STRAVA_ID]}
    calls: list[tuple[str, Any]] = []
    explain = "EXPLAIN " if ON_POSTGRES else "EXPLAIN QUERY PLAN "
    with database.transaction() as session:
        connection = session.connection()
        event.listen(connection, "before_cursor_execute", lambda *call: calls.append(call[2:4]))
        erase_rows(session, Base.metadata, keys)
        deletions = [call for call in calls if call[0].startswith(("DELETE", "UPDATE"))]
        if ON_POSTGRES:
            session.execute(text("SET LOCAL enable_seqscan = off"))
        plans = {sql: str(connection.exec_driver_sql(explain + sql, values).all()) for sql, values in deletions}
    assert len(plans) > 10
    scanned = {sql.split()[2].strip('"') for sql, plan in plans.items() if "SCAN " in plan or "Seq Scan" in plan}
    assert scanned <= {"local_oauth_state", "SET"}, "these wait for minutes"


async def test_a_run_that_lost_its_athlete_writes_nothing_more(predictor: Predictor, database: Database):
    from predictor_service.sync.lease import LeaseLost, SyncLease  # noqa: PLC0415 - only this test needs them

    await predictor.connected(MEMBER, STRAVA_ID)
    athlete_id = await athlete_id_of(database, MEMBER)
    now = datetime(2026, 6, 1, 12, tzinfo=UTC) + timedelta(seconds=1)
    lease = SyncLease(athlete_id, database, lambda: now, uuid7(), uuid7())
    assert await lease.take(1)
    with database.transaction() as session:
        predictor.parts.erasure.forget_strava(session, athlete_id)
    with pytest.raises(LeaseLost):
        await lease.step(lambda _session: None)


async def test_a_connection_that_ended_leaves_the_athletes_imports(predictor: Predictor, database: Database):
    await predictor.connected(MEMBER, STRAVA_ID)
    with database.transaction() as session:
        athlete = AthleteStore(session).by_telegram_id(MEMBER)
        assert athlete is not None
        assert "history_import" not in predictor.parts.erasure.forget_strava(session, athlete.id)
