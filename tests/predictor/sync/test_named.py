"""What an event names is read by its id, whatever its age, in the same quota window."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from predictor_service.events.store import DoubtStore
from predictor_service.sync.listing import Pages
from simulators.strava.application.fault_menu import PlannedFault
from simulators.strava.world.activity import ManualEntry
from tests.predictor.sync.world import World, tell


async def look(here: World, athlete_id: UUID) -> None:
    """Runs what an event has just queued."""
    assert here.queue.put_jobs[-1][2] == 0.0, "nothing has to be waited for"
    assert await here.run_job("sync_athlete", athlete_id=athlete_id, looks=True) is None


def asked(here: World) -> list[str]:
    return [entry.path for entry in here.simulator.request_log.matching("GET", "/api/v3/")]


async def synced(here: World, activities: int, *, days: float = 100.0) -> tuple[UUID, int, list[int]]:
    """An athlete who is up to date: our id, Strava's, and their activities, the newest first."""
    athlete_id, strava_id = await here.athlete(activities, days=days)
    await here.run(athlete_id)
    return athlete_id, strava_id, [each.id for each in here.simulator.activities_of(strava_id)]


async def test_a_late_upload_of_an_old_recording_is_read_by_its_id_at_once(here: World):
    athlete_id, strava_id, _ = await synced(here, 6)
    (late,) = here.simulator.generate_activities(strava_id, 1, days=5)
    here.simulator.edit_activity(late, started_at=here.clock() - timedelta(days=900), sport_type="TrailRun")
    before = len(asked(here))
    await tell(here, strava_id, late)
    await look(here, athlete_id)
    assert asked(here)[before:] == [f"/api/v3/activities/{late}", f"/api/v3/activities/{late}/streams"]
    assert (await here.activities(athlete_id))[late].features is not None
    assert here.profiles.fitted_with[-1] == 7


async def test_without_streams_the_details_that_are_there_are_used_and_not_asked_for_again(here: World):
    athlete_id, strava_id, _ = await synced(here, 2)
    (new,) = here.simulator.generate_activities(strava_id, 1, days=5)
    here.simulator.edit_activity(new, started_at=here.clock() - timedelta(hours=3), sport_type="Run")
    here.strip_streams(new)
    await tell(here, strava_id, new)
    await look(here, athlete_id)
    assert asked(here).count(f"/api/v3/activities/{new}") == 1
    assert (await here.activities(athlete_id))[new].features_source == "splits"


@pytest.mark.parametrize(("became", "stored"), [("Ride", False), ("Hike", True)])
async def test_a_changed_type_is_followed_whatever_the_age(here: World, became: str, stored: bool):
    athlete_id, strava_id, ids = await synced(here, 5)
    here.simulator.edit_activity(ids[-1], sport_type=became)
    await tell(here, strava_id, ids[-1], "update")
    await look(here, athlete_id)
    known = await here.activities(athlete_id)
    assert (ids[-1] in known) is stored
    if stored:
        assert (known[ids[-1]].sport, known[ids[-1]].read_at) == ("hike", here.clock())


async def test_a_ride_that_became_a_run_is_read(here: World):
    athlete_id, strava_id = await here.athlete(4)
    ride = here.simulator.activities_of(strava_id)[-1].id
    here.simulator.edit_activity(ride, sport_type="Ride")
    await here.run(athlete_id)
    here.simulator.edit_activity(ride, sport_type="Run")
    await tell(here, strava_id, ride, "update")
    await look(here, athlete_id)
    assert (await here.activities(athlete_id))[ride].features is not None


@pytest.mark.parametrize("first", [True, False])
async def test_the_trainer_flag_is_followed_both_ways(here: World, first: bool):
    athlete_id, strava_id = await here.athlete(3)
    labelled = here.simulator.activities_of(strava_id)[1].id
    here.simulator.edit_activity(labelled, trainer=first)
    await here.run(athlete_id)
    assert ((await here.activities(athlete_id))[labelled].features is None) is first
    here.simulator.edit_activity(labelled, trainer=not first)
    await tell(here, strava_id, labelled, "update")
    await look(here, athlete_id)
    row = (await here.activities(athlete_id))[labelled]
    assert ((row.features is None), row.read_at is not None) == (not first, True)


async def test_a_list_follows_the_trainer_flag_too(here: World):
    athlete_id, _, ids = await synced(here, 3)
    here.simulator.edit_activity(ids[1], trainer=True)
    here.clock.pass_(hours=1)
    await here.run(athlete_id)
    assert (await here.activities(athlete_id))[ids[1]].features is None


async def test_a_typed_in_activity_costs_one_read(here: World):
    athlete_id, strava_id, _ = await synced(here, 2)
    (typed,) = here.simulator.generate_activities(strava_id, 1, days=5)
    here.simulator.edit_activity(typed, sport_type="Run", source=ManualEntry(8000.0, 2880))
    before = len(asked(here))
    await tell(here, strava_id, typed)
    await look(here, athlete_id)
    assert len(asked(here)) - before == 1
    assert (await here.activities(athlete_id))[typed].read_at is not None


async def test_another_athletes_activity_is_not_taken(here: World):
    athlete_id, strava_id, _ = await synced(here, 2)
    other = here.simulator.add_athlete(activities=1, specials=False)
    foreign = here.simulator.activities_of(other)[0].id
    await tell(here, strava_id, foreign)
    await look(here, athlete_id)
    assert foreign not in await here.activities(athlete_id)


async def test_several_true_events_are_all_read_in_the_same_window(here: World):
    athlete_id, strava_id, ids = await synced(here, 6)
    changed = ids[:5]
    for each in changed:
        here.simulator.edit_activity(each, sport_type="Walk")
        await tell(here, strava_id, each, "update")
    await look(here, athlete_id)
    known = await here.activities(athlete_id)
    assert {known[each].sport for each in changed} == {"walk"}
    assert here.clock().minute < 15


async def test_many_new_ones_at_once_cost_one_page_and_a_read_each(here: World):
    athlete_id, strava_id, _ = await synced(here, 3)
    new = here.simulator.generate_activities(strava_id, 6, days=5)
    for each in new:
        here.simulator.edit_activity(each, sport_type="Run")
        await tell(here, strava_id, each)
    before = here.reads()
    await look(here, athlete_id)
    assert here.reads() - before == 1 + len(new)
    known = await here.activities(athlete_id)
    assert all(known[each].features is not None for each in new)


async def test_what_is_named_while_a_portion_is_read_has_its_turn_before_the_next_activity(here: World):
    athlete_id, strava_id = await here.athlete(8)
    await here.run(athlete_id)
    here.simulator.edit_activity(here.simulator.activities_of(strava_id)[0].id, sport_type="Hike")
    (late,) = here.simulator.generate_activities(strava_id, 1, days=5)
    here.simulator.edit_activity(late, started_at=here.clock() - timedelta(days=700), sport_type="Run")
    with here.database.transaction() as session:
        DoubtStore(session).name_all({(athlete_id, late): "awaited"}, here.clock())
    await here.run_job("sync_athlete", athlete_id=athlete_id, goes_on=True)
    assert (await here.activities(athlete_id))[late].features is not None


async def test_a_look_leaves_a_sync_that_waits_for_its_time_waiting(here: World):
    athlete_id, strava_id, ids = await synced(here, 3)
    await here.run_job("sync_athlete", athlete_id=athlete_id)
    here.simulator.faults.order(PlannedFault("html", "/api/v3/athlete/activities", count=4))
    here.clock.pass_(hours=2)
    await here.run_job("sync_athlete", athlete_id=athlete_id)
    before = await here.sync.service.state(strava_id)
    assert before.status == "waiting"
    here.simulator.edit_activity(ids[0], sport_type="Hike")
    here.clock.pass_(seconds=1)
    await tell(here, strava_id, ids[0], "update")
    await look(here, athlete_id)
    after = await here.sync.service.state(strava_id)
    assert (after.status, after.retry_at, after.code) == (before.status, before.retry_at, before.code)
    assert (await here.activities(athlete_id))[ids[0]].sport == "hike"


async def test_a_page_that_is_not_full_is_not_the_end_of_the_list(here: World):
    here.simulator.switches.short_pages_by = 1
    athlete_id, strava_id = await here.athlete(12, days=100.0)
    first = await here.sync.service.sync_now(strava_id, Pages(per_page=5))
    assert len(await here.activities(athlete_id)) == 12
    assert first.pages_fetched == 4, "of four each, and one to see the end"
    for _ in range(3):
        here.clock.pass_(days=1)
        before = here.reads()
        await here.sync.service.sync_now(strava_id, Pages(per_page=5))
        assert here.reads() - before <= 4
        with here.database.reading() as session:
            assert DoubtStore(session).of(athlete_id) == [], "what is older is not taken for gone"


@pytest.mark.parametrize("odd", [1, 199])
async def test_entries_that_cannot_be_understood_do_not_move_the_end_of_the_list(here: World, odd: int):
    here.simulator.switches.odd_entries = odd
    athlete_id, _ = await here.athlete(5)
    await here.run(athlete_id)
    assert len(await here.activities(athlete_id)) == 5


async def test_a_new_title_costs_nothing(here: World):
    athlete_id, strava_id, ids = await synced(here, 2)
    queued = len(here.queue.put_jobs)
    await tell(here, strava_id, ids[0], "update", updates={"title": "Messy"})
    assert len(here.queue.put_jobs) == queued
    with here.database.reading() as session:
        assert DoubtStore(session).of(athlete_id) == []
