"""What activities teach is told by the rows by which twins are settled, and is what a second look would say."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import msgspec
import pytest
from sqlalchemy import select

from predictor_service.activities.models import Activity
from predictor_service.activities.store import ActivityStore
from predictor_service.activities.twins import TOLD_TWICE
from servicekit.data.columns import uuid7
from servicekit.data.database import Database
from tests.predictor.activities.test_store import START, features, new_athlete


@pytest.mark.parametrize("seed", range(6))
async def test_what_counts_is_told_without_asking_again(database: Database, seed: int):
    chance, athlete = Random(seed), await new_athlete(database)
    with database.transaction() as session:
        for number in range(14):
            source = chance.choice(["file", "streams", "splits"])
            began = START + timedelta(seconds=100 * chance.randrange(12))
            session.add(
                Activity(
                    id=uuid7(),
                    athlete_id=athlete,
                    provenance="user_file" if source == "file" else "strava_api",
                    sport_type="Run",
                    sport=chance.choice(["run", "hike"]),
                    started_at=began,
                    distance_m=chance.choice([5000.0, 9000.0]),
                    moving_time_s=1800.0,
                    elapsed_time_s=1800.0,
                    gain_m=0.0,
                    features=msgspec.structs.replace(features(), day=float(number)).to_bytes(),
                    features_source=source,
                    read_at=START,
                    left_out=chance.choice([None, None, TOLD_TWICE]),
                    switched_off_at=chance.choice([None, None, None, START]),
                )
            )
        session.flush()
        store = ActivityStore(session)
        taught, counting = store.settle_twins(athlete), store.features_of(athlete)
        assert [each.to_bytes() for each in taught.features()] == [each.to_bytes() for each in counting]
        on = Activity.athlete_id == athlete, Activity.left_out.is_(None), Activity.switched_off_at.is_(None)
        rows = session.execute(select(Activity.sport, Activity.provenance).where(*on)).all()
        assert taught.provenances() == {(sport, provenance) for sport, provenance in rows}
        assert store.settle_twins(athlete).again == taught.again
