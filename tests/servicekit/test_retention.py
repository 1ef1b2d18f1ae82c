from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from ayda_service.models import JOB_TABLE, Base, OAuthState
from ayda_service.retention import RULES as OF_AYDA
from predictor_service.models import Base as PredictorBase
from predictor_service.retention import RULES as OF_PREDICTOR
from servicekit.data.database import Database
from servicekit.data.migrations import upgrade
from servicekit.jobs.in_process import open_queue
from servicekit.jobs.retention import DAY_S, Keep, retention_job
from tests.servicekit.strava.support import START


async def test_what_is_older_than_its_rule_goes_once_a_day_and_nothing_else(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'ayda.db'}"
    upgrade("ayda_service", url)
    database = Database(url)
    job = retention_job(
        database, open_queue(database, JOB_TABLE, now=lambda: START), Base.metadata, OF_AYDA, now=lambda: START
    )
    ages = {"new": 1, **{f"old {number}": -1 for number in range(2_500)}}
    row = {"telegram_id": 1, "browser_digest": "b"}
    rows = [{**row, "digest": name, "expires_at": START + timedelta(hours=hours)} for name, hours in ages.items()]
    with database.transaction() as session:
        session.execute(insert(OAuthState), rows)
    await job.run({})
    with database.reading() as session:
        assert list(session.scalars(select(OAuthState.digest))) == ["new"]
    await database.close()
    assert job.every_s == DAY_S


def test_the_rules_name_columns_that_are_there(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path / 'none.db'}")
    queue = open_queue(database, JOB_TABLE, now=lambda: START)
    retention_job(database, queue, PredictorBase.metadata, OF_PREDICTOR, now=lambda: START)
    with pytest.raises(ValueError, match=r"no member\.age"):
        retention_job(database, queue, Base.metadata, [Keep("member", "age", timedelta(1), "w")], now=lambda: START)


@pytest.mark.parametrize("metadata", [Base.metadata, PredictorBase.metadata])
def test_no_table_stores_raw_answers_of_strava_without_a_rule(metadata: object):
    words = ("raw", "payload", "body", "streams", "polyline")
    kept = {rule.table for rule in (*OF_AYDA, *OF_PREDICTOR)} | {"idempotency_key"}  # purged hourly
    suspicious = {
        table.name
        for table in metadata.sorted_tables  # type: ignore[attr-defined] - a MetaData
        for column in table.columns
        if any(word in column.name for word in words)
    }
    assert suspicious <= kept


async def test_dead_letters_go_after_their_time_and_what_waits_stays(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'ayda.db'}"
    upgrade("ayda_service", url)
    database = Database(url)
    queue = open_queue(database, JOB_TABLE, now=lambda: START)
    for name in ("waits", "died long ago", "died lately"):
        await queue.put(name, {})
    with database.transaction() as session:
        for name, days in (("died long ago", 91), ("died lately", 89)):
            dead = update(JOB_TABLE).where(JOB_TABLE.c.name == name)
            session.execute(dead.values(status="dead", died_at=START - timedelta(days=days)))
    await retention_job(database, queue, Base.metadata, OF_AYDA, now=lambda: START).run({})
    with database.reading() as session:
        assert set(session.scalars(select(JOB_TABLE.c.name))) == {"waits", "died lately"}
    await database.close()
