"""The ledger corrects the next band, and goes with whom it is about."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, func, select

from kernel.forecast.calibration import LEAST, MOST
from predictor_service.accuracy.models import Comparison
from predictor_service.activities.models import Activity
from predictor_service.athletes.store import AthleteStore
from predictor_service.events.store import DoubtStore
from servicekit.data.database import Database
from tests.predictor.accuracy.conftest import MEMBER, Season
from tests.predictor.support import INTERNAL


async def seasons_of(season: Season, pace_s_per_km: float, outings: int = 6) -> None:
    """Asks and goes, again and again."""
    for _ in range(outings):
        await season.ask()
        await season.go(pace_s_per_km=pace_s_per_km)


def rescored(database: Database, score: float, *, held: bool) -> None:
    """The same ledger, had every outcome lain so far off."""
    with database.transaction() as session:
        for row in session.scalars(select(Comparison)):
            row.score, row.moving_held = score, held


def width(said: Any) -> float:
    return float(said["interval"]["p90_s"]) / float(said["interval"]["p10_s"])


def emptied(database: Database) -> None:
    """As if nothing had ever been compared."""
    with database.transaction() as session:
        session.execute(delete(Comparison))


async def stretch(season: Season) -> float:
    return float((await season.accuracy())["modes"][0]["stretch"])


async def test_outcomes_far_outside_widen_the_next_band_and_near_ones_narrow_it(season: Season, database: Database):
    await season.train()
    await seasons_of(season, 350)
    rescored(database, 3.0, held=False)
    wider = await season.ask()
    assert 1 < await stretch(season) <= MOST
    rescored(database, 0.1, held=True)
    narrower = await season.ask()
    assert LEAST <= await stretch(season) < 1
    emptied(database)
    as_it_is = await season.ask()
    assert width(narrower) < width(as_it_is) < width(wider)
    middles = [each["interval"]["p50_s"] for each in (narrower, as_it_is, wider)]
    assert max(middles) <= 1.005 * min(middles), "the median stays"


async def test_the_measured_share_is_the_ledgers_once_it_has_five_outcomes(season: Season, database: Database):
    await season.train(outings=8)
    await seasons_of(season, 350, outings=4)
    assert (await season.ask())["interval"]["measured_by"] == "past"
    await season.go()
    rescored(database, 0.5, held=True)
    interval = (await season.ask())["interval"]
    assert (interval["measured_by"], interval["measured_coverage"], interval["measured_on"]) == ("ledger", 1.0, 5)


async def test_the_other_way_to_go_is_corrected_by_its_own_outcomes(season: Season, database: Database):
    await season.train()
    for number in range(3):
        await season.go(length_m=6_000 + 400 * number, pace_s_per_km=800, sport="hike")
    await seasons_of(season, 350)
    rescored(database, 3.0, held=False)
    hiked = await season.ask(mode="hiking")
    assert hiked["interval"]["measured_by"] == "past"
    assert [each["mode"] for each in (await season.accuracy())["modes"]] == ["trail_run"]


async def test_scores_are_against_the_band_before_it_was_stretched(season: Season, database: Database):
    await season.train()
    await seasons_of(season, 350, outings=5)
    rescored(database, 3.0, held=False)
    stretched = await stretch(season)
    said = await season.ask()
    await season.go(pace_s_per_km=500)
    with database.reading() as session:
        row = session.get_one(Comparison, UUID(said["prediction_id"]))
    known = said["interval"]
    as_told = math.log(row.moving_s / known["p50_s"]) / math.log(known["p90_s"] / known["p50_s"])
    assert stretched > 1
    assert row.score == pytest.approx(stretched * as_told, rel=1e-3)


def count(database: Database) -> int:
    with database.reading() as session:
        return session.execute(select(func.count()).select_from(Comparison)).scalar_one()


async def test_an_erased_athlete_leaves_nothing_in_the_ledger(season: Season, database: Database):
    await season.train()
    await seasons_of(season, 350, outings=2)
    assert count(database) == 2
    receipt = (await season.predictor.http.delete(f"{INTERNAL}/athletes/{MEMBER}")).json()
    assert receipt["erased"]["comparison"] == 2
    assert count(database) == 0
    assert (await season.accuracy())["newest"] == []


async def test_news_of_an_erased_athlete_is_forgotten_with_them(season: Season):
    await season.train()
    said = await season.ask()
    await season.go()
    await season.predictor.http.delete(f"{INTERNAL}/athletes/{MEMBER}")
    assert await season.waiting() == 0
    await season.tell(said["prediction_id"])
    assert season.ayda.told == []


async def test_what_was_compared_goes_with_the_outing(season: Season, database: Database):
    await season.train()
    said = await season.ask()
    activity_id = await season.go()
    with database.transaction() as session:
        session.delete(session.get_one(Activity, UUID(activity_id)))
    assert count(database) == 0
    assert said["prediction_id"] in [each["prediction_id"] for each in (await season.accuracy())["open"]]


async def test_an_activity_deleted_at_strava_takes_its_comparison_along(season: Season, database: Database):
    await season.train()
    await season.ask()
    activity_id = await season.go()
    with database.transaction() as session:
        athlete = AthleteStore(session).by_telegram_id(MEMBER)
        assert athlete is not None
        row = session.get_one(Activity, UUID(activity_id))
        row.provenance, row.strava_activity_id = "strava_api", 77
        session.flush()
        DoubtStore(session).forget_activities(athlete.id, [77])
    assert count(database) == 0


@pytest.mark.parametrize("from_strava", [True, False])
async def test_the_end_of_a_connection_takes_what_rests_on_strava(
    season: Season, database: Database, *, from_strava: bool
):
    await season.predictor.connected(MEMBER, 12345)
    said = await season.ask()  # nothing personal yet
    activity_id = await season.go(pace_s_per_km=380)
    assert said["personalized"] is False
    if from_strava:
        with database.transaction() as session:
            row = session.get_one(Activity, UUID(activity_id))
            row.provenance, row.strava_activity_id = "strava_api", 77
    body = {"telegram_id": MEMBER, "athlete_id": 12345}
    receipt = (await season.predictor.http.post(f"{INTERNAL}/strava/disconnected", json=body)).json()
    assert receipt["erased"]["comparison"] == int(from_strava)
    assert count(database) == int(not from_strava)


async def test_an_outing_that_ended_days_ago_is_compared_and_no_news(season: Season):
    await season.train()
    await season.ask()
    start = season.clock.now() + timedelta(days=1)
    season.clock.advance(20 * 86_400)
    await season.go(after=start - season.clock.now())
    assert (await season.accuracy())["elapsed"]["n"] == 1
    assert await season.waiting() == 0
