from __future__ import annotations

from dataclasses import replace

from predictor_service.settings import Settings
from servicekit.data.database import Database
from simulators.strava.application.fault_menu import PlannedFault
from tests.predictor.sync.world import World, world


async def test_everyone_connected_is_visited_the_longest_unvisited_first_and_spread_out(here: World):
    visited, _ = await here.athlete(1, telegram_id="111")
    await here.run(visited)
    new = [(await here.athlete(0, telegram_id=str(222 + index)))[0] for index in range(3)]
    await here.run_job("sync_all")
    assert [args["athlete_id"] for _, args, *_ in here.queue.put_jobs] == [str(each) for each in [*new, visited]]
    assert [delay_s for *_, delay_s, _ in here.queue.put_jobs] == [0.0, 10.0, 20.0, 30.0]
    assert {priority for *_, priority in here.queue.put_jobs} == {0}


async def test_visits_take_at_most_a_tenth_of_the_days_reads(here: World):
    for index in range(20):
        await here.athlete(0, telegram_id=str(1000 + index))
    assert await here.sync.service.visit_due(3600.0) == 12, "3,000 reads a day, a tenth of them, 24 visits a day"


async def test_an_athlete_who_waits_or_is_queued_is_not_visited_as_well(here: World):
    athlete_id, _ = await here.athlete(1)
    with here.database.transaction() as session:
        here.sync.start(session, athlete_id)
    assert await here.sync.service.visit_due(3600.0) == 0
    here.ayda.status = 503
    await here.run(athlete_id)
    assert await here.sync.service.visit_due(3600.0) == 0


async def test_whoever_has_no_valid_token_takes_nobodys_turn_and_is_looked_at_once_a_day(here: World):
    athlete_id, strava_id = await here.athlete(1)
    here.simulator.authorizations.revoke_athlete(strava_id)
    await here.run(athlete_id)
    assert (await here.state(athlete_id)).code == "reauth_required"
    here.clock.pass_(hours=23)
    assert await here.sync.service.visit_due(3600.0) == 0
    here.clock.pass_(hours=2)
    reads = here.reads()
    assert await here.sync.service.visit_due(3600.0) == 1
    await here.run(athlete_id)
    assert here.reads() == reads, "only ayda is asked"
    assert await here.sync.service.visit_due(3600.0) == 0


async def test_a_failed_sync_that_goes_on_by_itself_is_not_visited_as_well(here: World):
    athlete_id, _ = await here.athlete(1)
    here.simulator.faults.order(PlannedFault("html", "/api/v3/athlete/activities", count=9, status=403))
    await here.run(athlete_id)
    state = await here.state(athlete_id)
    assert (state.status, state.retry_at is None) == ("failed", False)
    here.clock.pass_(days=2)
    assert await here.sync.service.visit_due(3600.0) == 0


async def test_nobody_is_visited_when_background_sync_is_off(database: Database, sync_settings: Settings):
    async with world(database, replace(sync_settings, background_sync_enabled=False)) as here:
        assert [job.name for job in here.sync.jobs] == ["sync_athlete"]
    async with world(database, replace(sync_settings, sync_interval_minutes=30)) as here:
        assert {job.name: job.every_s for job in here.sync.jobs} == {"sync_athlete": None, "sync_all": 1800.0}


async def test_a_started_sync_is_put_once_with_the_commit_and_shown_as_queued(here: World):
    athlete_id, strava_id = await here.athlete(1)
    with here.database.transaction() as session:
        here.sync.start(session, athlete_id)
    assert [(name, priority) for name, _, _, priority in here.queue.put_jobs] == [("sync_athlete", 10)]
    assert (await here.sync.service.state(strava_id)).status == "queued"
