from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from predictor_service.activities.models import Activity
from predictor_service.sync.listing import Pages
from simulators.strava.world.activity import ManualEntry
from tests.predictor.sync.world import World


async def only_activity(here: World, athlete_id: object) -> Activity:
    (stored,) = (await here.activities(athlete_id)).values()  # type: ignore[arg-type]  # our id
    return stored


@pytest.mark.parametrize("sport", ["Ride", "Swim", "VirtualRun", "Snowshoe", "QuantumJogging", ""])
async def test_a_sport_that_tells_nothing_about_trails_is_left_out(here: World, sport: str):
    athlete_id, strava_id = await here.athlete(3)
    stranger = here.simulator.activities_of(strava_id)[0].id
    here.simulator.edit_activity(stranger, sport_type=sport)
    outcome = await here.run(athlete_id)
    assert outcome.status == "success"
    assert stranger not in await here.activities(athlete_id)
    assert len(here.stream_reads()) == 2


async def test_a_typed_in_activity_is_kept_and_never_asked_for(here: World):
    athlete_id, strava_id = await here.athlete(1)
    here.simulator.edit_activity(
        here.simulator.activities_of(strava_id)[0].id, sport_type="Run", source=ManualEntry(8000.0, 2880)
    )
    await here.run(athlete_id)
    stored = await only_activity(here, athlete_id)
    assert stored.read_at is not None
    assert stored.features is None
    assert here.reads("/api/v3/activities/") == 0


async def test_without_heights_in_the_streams_the_kilometres_are_read(here: World):
    athlete_id, strava_id = await here.athlete(1)
    activity = here.simulator.activities_of(strava_id)[0]
    track = activity.track
    assert track is not None
    here.strip_streams(activity.id)
    await here.run(athlete_id)
    stored = await only_activity(here, athlete_id)
    assert stored.features_source == "splits"
    assert here.reads("/api/v3/activities/") == 2


async def test_an_old_activity_without_any_details_is_read_and_useless(here: World):
    athlete_id, strava_id = await here.athlete(1, days=200)
    activity = here.simulator.activities_of(strava_id)[0]
    here.clock.pass_(days=2)
    here.strip_streams(activity.id, splits=True)
    assert (await here.run(athlete_id)).status == "success"
    stored = await only_activity(here, athlete_id)
    assert stored.read_at is not None
    assert stored.features is None


async def test_a_young_activity_without_details_is_tried_again_until_strava_has_filled_it_in(here: World):
    athlete_id, strava_id = await here.athlete(1, days=200)
    activity = here.simulator.activities_of(strava_id)[0]
    here.simulator.edit_activity(activity.id, started_at=here.clock() - timedelta(hours=8))
    here.strip_streams(activity.id, splits=True)
    await here.run(athlete_id)
    assert [(name, delay_s) for name, _, delay_s, _ in here.queue.put_jobs] == [("sync_athlete", 300.0)]
    assert (await only_activity(here, athlete_id)).read_at is None
    here.clock.pass_(minutes=5)
    here.restore_streams()
    await here.run(athlete_id)
    assert (await only_activity(here, athlete_id)).features_source == "streams"


async def test_an_activity_edited_at_strava_is_read_again(here: World):
    athlete_id, strava_id = await here.athlete(4)
    await here.run(athlete_id)
    edited = here.simulator.activities_of(strava_id)[2].id
    here.simulator.edit_activity(edited, sport_type="Hike")
    here.clock.pass_(hours=1)
    await here.run(athlete_id)
    assert here.stream_reads().count(edited) == 2
    assert len(here.stream_reads()) == 5


async def test_an_activity_uploaded_weeks_late_is_found(here: World):
    athlete_id, strava_id = await here.athlete(20, days=100)
    late = here.simulator.activities_of(strava_id)[10]
    here.simulator.delete_activity(late.id)
    await here.run(athlete_id)
    here.simulator.add_activity(late)
    here.clock.pass_(hours=1)
    outcome = await here.run(athlete_id)
    assert outcome.tally.new == 1
    assert late.id in await here.activities(athlete_id)


async def test_a_hidden_start_time_is_found_by_the_overlap(here: World):
    athlete_id, strava_id = await here.athlete(10)
    await here.run(athlete_id)
    today = here.simulator.activities_of(strava_id)[0]
    hidden = replace(
        today,
        id=here.simulator.standing.new_activity_id(),
        started_at=here.clock() - timedelta(hours=11),
        hidden_start=True,
    )
    here.simulator.add_activity(hidden)
    await here.run(athlete_id)
    assert hidden.id in await here.activities(athlete_id)


async def test_a_recording_from_the_future_does_not_hide_what_comes_before_it(here: World):
    athlete_id, strava_id = await here.athlete(5)
    ahead = here.simulator.activities_of(strava_id)[0]
    here.simulator.edit_activity(ahead.id, started_at=here.clock() + timedelta(days=300))
    await here.run(athlete_id)
    watermark = (await here.state(athlete_id)).watermark
    assert watermark is not None
    assert watermark <= here.clock()


async def test_an_up_to_date_list_stops_after_the_overlap(here: World):
    athlete_id, strava_id = await here.athlete(30, days=300)
    await here.run(athlete_id)
    here.clock.pass_(hours=2)
    result = await here.sync.service.sync_now(strava_id, Pages(per_page=5))
    assert result.pages_fetched < 4
    assert result.new_count == 0
    full = await here.sync.service.sync_now(strava_id, Pages(incremental=False, per_page=5))
    assert (full.synced_count, full.updated_count, full.pages_fetched) == (30, 30, 7)


async def test_the_list_reaches_two_weeks_back_past_the_newest_known_start(here: World):
    athlete_id, strava_id = await here.athlete(40, days=40)
    activities = here.simulator.activities_of(strava_id)
    late = next(each for each in activities if here.clock() - each.started_at > timedelta(days=9))
    here.simulator.delete_activity(late.id)
    await here.run(athlete_id)
    here.simulator.add_activity(late)
    result = await here.sync.service.sync_now(strava_id, Pages(per_page=2))
    assert result.new_count == 1
    assert result.synced_count < 30
