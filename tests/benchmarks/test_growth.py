"""The crowd of the growth benchmark has as many activities as it is said to have, all different."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import create_engine, func, select

from benchmarks.growth.rows import grow
from benchmarks.service_load.house import HISTORY, MEMBER
from predictor_service.activities.models import Activity
from predictor_service.athletes.models import Athlete
from servicekit.data.columns import uuid7
from servicekit.data.database import Database
from servicekit.data.engine import driver_url
from servicekit.data.migrations import upgrade

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def outing(athlete_id: object, number: int) -> Activity:
    told = {"sport_type": "Run", "sport": "run", "distance_m": 9_000.0, "moving_time_s": 3_000.0}
    told |= {"elapsed_time_s": 3_100.0, "gain_m": 80.0, "provenance": "strava_api"}
    return Activity(
        athlete_id=athlete_id, strava_activity_id=number + 1, started_at=NOW - timedelta(days=number), **told
    )


def test_everybody_but_the_member_gets_the_activities_that_are_wanted(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'growth.db'}"
    upgrade("predictor_service", url)
    database, engine, member = Database(url), create_engine(driver_url(url)), uuid7()
    with database.transaction() as session:
        for number, key in enumerate([member, uuid7(), uuid7()]):
            session.add(Athlete(id=key, telegram_id=str(MEMBER + number), generation=0, created_at=NOW))
        session.flush()
        session.add_all(outing(member, number) for number in range(HISTORY))
    for have, wanted in ((0, 60), (60, 2 * HISTORY + 50)):
        grow(engine, have, wanted)
        with database.reading() as session:
            counted = select(Athlete.telegram_id, func.count(), func.count(func.distinct(Activity.started_at)))
            counted = counted.join(Activity, Activity.athlete_id == Athlete.id).group_by(Athlete.telegram_id)
            found = {telegram_id: (count, starts) for telegram_id, count, starts in session.execute(counted)}
        assert found == {
            str(MEMBER): (HISTORY, HISTORY),
            str(MEMBER + 1): (wanted, wanted),
            str(MEMBER + 2): (wanted, wanted),
        }
        with database.reading() as session:
            newest = select(Activity).where(Activity.athlete_id != member).order_by(Activity.started_at).limit(1)
            assert session.scalars(newest).one().started_at.tzinfo is not None
    for each in (engine, database.engine):
        each.dispose()
