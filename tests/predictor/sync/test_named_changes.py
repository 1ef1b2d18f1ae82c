"""What becomes of an activity at Strava after it was read, whatever its age: an event names it, its id is asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from simulators.strava.world.activity import Activity, ManualEntry, Visibility
from simulators.strava.world.recording import RecordingPlan
from tests.predictor.sync.test_named import asked, look, synced
from tests.predictor.sync.world import World, tell

MORE_THAN_A_PAGE = 203


async def told(here: World, athlete_id: UUID, strava_id: int, activity_id: int, aspect: str = "update") -> None:
    """An event, and the look that it causes."""
    await tell(here, strava_id, activity_id, aspect)
    await look(here, athlete_id)


async def gone(here: World, athlete_id: UUID, strava_id: int, activity_id: int) -> None:
    """An event that tells of a deletion, and both looks."""
    await told(here, athlete_id, strava_id, activity_id, "delete")
    here.clock.pass_(seconds=61)
    await here.run_job("sync_athlete", athlete_id=athlete_id, looks=True)


def cropped(here: World, activity: Activity) -> float:
    """Half of it is cut off at Strava; what is left of its kilometres."""
    plan = activity.source
    assert isinstance(plan, RecordingPlan)
    here.simulator.edit_activity(activity.id, source=replace_length(plan, plan.length_m / 2))
    return plan.length_m / 2000


def replace_length(plan: RecordingPlan, length_m: float) -> RecordingPlan:
    return type(plan)(**{name: getattr(plan, name) for name in plan.__struct_fields__} | {"length_m": length_m})


async def test_an_old_recording_behind_more_than_a_page_of_newer_ones_costs_two_reads(here: World):
    athlete_id, strava_id = await here.athlete(0)
    newer = here.simulator.generate_activities(strava_id, MORE_THAN_A_PAGE, days=200)
    for each in newer:
        here.simulator.edit_activity(each, sport_type="Run", source=ManualEntry(8000.0, 2880))
    await here.run(athlete_id)
    (late,) = here.simulator.generate_activities(strava_id, 1, days=5)
    here.simulator.edit_activity(late, started_at=here.clock() - timedelta(days=900), sport_type="TrailRun")
    before, opened = len(asked(here)), here.clock().replace(minute=0, second=0)
    await told(here, athlete_id, strava_id, late, "create")
    assert asked(here)[before:] == [f"/api/v3/activities/{late}", f"/api/v3/activities/{late}/streams"]
    assert (await here.activities(athlete_id))[late].features is not None
    assert here.clock() - opened < timedelta(minutes=15), "in the same quota window"


async def test_a_crop_is_followed_whatever_the_age(here: World):
    athlete_id, strava_id, ids = await synced(here, 6)
    oldest = here.simulator.activity(ids[-1])
    assert oldest is not None
    before = (await here.activities(athlete_id))[oldest.id]
    km = cropped(here, oldest)
    await told(here, athlete_id, strava_id, oldest.id)
    after = (await here.activities(athlete_id))[oldest.id]
    assert after.distance_m == pytest.approx(km * 1000, rel=0.1)
    assert after.features != before.features
    assert here.profiles.fitted_with[-1] == 6


async def test_an_activity_that_was_split_becomes_its_parts(here: World):
    athlete_id, strava_id, ids = await synced(here, 4)
    whole = here.simulator.activity(ids[-1])
    assert whole is not None
    cropped(here, whole)
    rest = replace(
        whole, id=here.simulator.standing.new_activity_id(), started_at=whole.started_at + timedelta(hours=2)
    )
    here.simulator.add_activity(rest)
    cropped(here, rest)
    await told(here, athlete_id, strava_id, whole.id)
    await told(here, athlete_id, strava_id, rest.id, "create")
    known = await here.activities(athlete_id)
    assert {whole.id, rest.id} <= known.keys()
    assert len(known) == 5
    assert all(known[each].features is not None for each in (whole.id, rest.id))


async def test_a_deletion_is_followed_whatever_the_age(here: World):
    athlete_id, strava_id, ids = await synced(here, 5)
    here.simulator.delete_activity(ids[-1])
    await gone(here, athlete_id, strava_id, ids[-1])
    assert (await here.activities(athlete_id)).keys() == set(ids[:-1])


@pytest.mark.parametrize("hidden", ["only_me", "followers_only"])
async def test_privacy_is_followed_there_and_back_where_only_what_is_visible_was_granted(
    here: World, hidden: Visibility
):
    here.ayda.scope = "read,activity:read"
    athlete_id, strava_id, ids = await synced(here, 4)
    here.simulator.edit_activity(ids[-1], visibility=hidden)
    await gone(here, athlete_id, strava_id, ids[-1])
    assert (ids[-1] in await here.activities(athlete_id)) is (hidden == "followers_only")
    here.clock.pass_(minutes=15)
    here.simulator.edit_activity(ids[-1], visibility="everyone")
    await told(here, athlete_id, strava_id, ids[-1], "create")
    assert (await here.activities(athlete_id))[ids[-1]].features is not None


async def test_what_its_owner_alone_may_see_is_read_where_they_granted_that(here: World):
    athlete_id, strava_id, ids = await synced(here, 3)
    here.simulator.edit_activity(ids[-1], visibility="only_me")
    await told(here, athlete_id, strava_id, ids[-1])
    assert ids[-1] in await here.activities(athlete_id)
