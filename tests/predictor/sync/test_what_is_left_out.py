"""What contradicts itself teaches nothing, and its owner is told why."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from predictor_service.activities.models import Activity
from predictor_service.activities.store import ActivityStore
from predictor_service.profiles.service import ProfileService
from tests.predictor.sync.world import World


async def left_out(here: World, strava_id: int) -> Any:
    return (await here.sync.service.state(strava_id)).left_out


def learned(here: World, athlete_id: UUID) -> int:
    """How many activities a profile rests on."""
    with here.database.transaction() as session:
        ActivityStore(session).settle_twins(athlete_id)
        return len(ActivityStore(session).features_of(athlete_id))


async def test_a_label_that_is_corrected_later_counts_both_ways(here: World):
    athlete_id, strava_id = await here.athlete(3)
    await here.run(athlete_id)
    labelled = here.simulator.activities_of(strava_id)[0].id
    fitted = len(here.profiles.fitted_with)
    here.simulator.edit_activity(labelled, trainer=True)
    here.clock.pass_(days=1)
    await here.run(athlete_id)
    assert here.profiles.fitted_with[fitted:] == [2], "the profile rests on it no longer"
    assert await left_out(here, strava_id) == {"indoors": 1}
    here.simulator.edit_activity(labelled, trainer=False)
    here.clock.pass_(days=1)
    await here.run(athlete_id)
    assert learned(here, athlete_id) == 3
    assert await left_out(here, strava_id) == {}


async def test_an_outing_under_two_ids_counts_once_until_one_of_them_is_gone(here: World):
    athlete_id, strava_id = await here.athlete(2)
    one = here.simulator.activities_of(strava_id)[0]
    other = replace(one, id=here.simulator.standing.new_activity_id(), started_at=one.started_at + timedelta(seconds=7))
    here.simulator.add_activity(other)
    await here.run(athlete_id)
    assert learned(here, athlete_id) == 2
    assert await left_out(here, strava_id) == {"same_outing": 1}
    with here.database.transaction() as session:
        kept = session.scalars(
            select(Activity).where(Activity.strava_activity_id.in_([one.id, other.id]), Activity.left_out.is_(None))
        )
        session.delete(kept.one())
    assert learned(here, athlete_id) == 2
    assert await left_out(here, strava_id) == {}


async def test_a_profile_is_fitted_without_what_is_told_twice(here: World):
    athlete_id, strava_id = await here.athlete(1)
    one = here.simulator.activities_of(strava_id)[0]
    here.simulator.add_activity(replace(one, id=here.simulator.standing.new_activity_id()))
    await here.run(athlete_id)
    with here.database.transaction() as session:
        ProfileService(here.database, here.clock).rebuild(session, athlete_id)
        assert ActivityStore(session).counts(athlete_id).usable == 1


async def test_a_distance_that_begins_anew_teaches_what_it_would_have_taught(here: World):
    athlete_id, strava_id = await here.athlete(1)
    await here.run(athlete_id)
    with here.database.reading() as session:
        [before] = ActivityStore(session).features_of(athlete_id)
    activity = here.simulator.activities_of(strava_id)[0]

    def anew(streams: Any) -> Any:
        told = streams["distance"]["data"]
        half = len(told) // 2
        streams["distance"]["data"] = [*told[:half], *(each - told[half] for each in told[half:])]
        return streams

    here.change_streams(activity.id, anew)
    here.simulator.edit_activity(activity.id, sport_type="Run" if activity.sport_type != "Run" else "TrailRun")
    here.clock.pass_(hours=1)
    await here.run(athlete_id)
    with here.database.reading() as session:
        [after] = ActivityStore(session).features_of(athlete_id)
    assert after.km == pytest.approx(before.km, rel=0.01)
    assert after.moving_s == pytest.approx(before.moving_s, rel=0.01)


async def test_streams_of_another_outing_are_left_out_and_the_kilometres_are_read(here: World):
    athlete_id, strava_id = await here.athlete(1)
    activity = here.simulator.activities_of(strava_id)[0]

    def doubled(streams: Any) -> Any:
        for name in ("distance", "time"):
            streams[name]["data"] = [3 * each for each in streams[name]["data"]]
        del streams["latlng"]
        return streams

    here.change_streams(activity.id, doubled)
    await here.run(athlete_id)
    (stored,) = (await here.activities(athlete_id)).values()
    assert stored.features_source == "splits"


@pytest.mark.parametrize("without", [1, 3])
async def test_kilometres_without_heights_lend_their_time_to_no_others(here: World, without: int):
    athlete_id, strava_id = await here.athlete(1)
    (activity,) = here.simulator.activities_of(strava_id)

    def bare(detail: Any) -> Any:
        for split in detail["splits_metric"][:without]:
            split["elevation_difference"] = None
        return detail

    here.change_details(activity.id, bare)
    await here.run(athlete_id)
    listed = (await here.activities(athlete_id))[activity.id]
    with here.database.reading() as session:
        [told] = ActivityStore(session).features_of(athlete_id)
    assert told.moving_s / told.km == pytest.approx(1000 * listed.moving_time_s / listed.distance_m, rel=0.1)


async def test_kilometres_that_are_nearly_all_without_heights_teach_nothing(here: World):
    athlete_id, strava_id = await here.athlete(1)
    (activity,) = here.simulator.activities_of(strava_id)

    def bare(detail: Any) -> Any:
        for split in detail["splits_metric"][1:]:
            split["elevation_difference"] = None
        return detail

    here.change_details(activity.id, bare)
    here.clock.pass_(days=2)
    await here.run(athlete_id)
    assert learned(here, athlete_id) == 0
    assert await left_out(here, strava_id) == {"no_heights": 1}


async def test_one_odd_value_hides_nothing(here: World):
    athlete_id, strava_id = await here.athlete(2)
    activity = here.simulator.activities_of(strava_id)[0]

    def odd(streams: Any) -> Any:
        streams["altitude"]["data"][5] = "high"
        streams["latlng"]["data"][7] = {"lat": 1}
        streams["time"]["data"][9] = None
        return streams

    here.change_streams(activity.id, odd)
    assert (await here.run(athlete_id)).status == "success"
    assert {each.features_source for each in (await here.activities(athlete_id)).values()} == {"streams"}


async def test_an_old_activity_without_details_says_so(here: World):
    athlete_id, strava_id = await here.athlete(1, days=200)
    here.clock.pass_(days=2)
    here.strip_streams(here.simulator.activities_of(strava_id)[0].id, splits=True)
    await here.run(athlete_id)
    assert await left_out(here, strava_id) == {"no_details": 1}
