from __future__ import annotations

import asyncio

import pytest
from sqlalchemy.orm import Session

from kernel.strava.quota import Priority
from predictor_service.athletes.store import AthleteStore
from predictor_service.strava.client import AthletesActivities
from predictor_service.strava.tokens import OrderedTokenSource
from predictor_service.sync.lease import LEASE, LeaseLost, SyncLease
from predictor_service.sync.listing import Listing, Pages
from predictor_service.sync.store import Cursor
from tests.predictor.sync.world import MEMBER, World

LIST = "/api/v3/athlete/activities"


async def read_some(here: World, least: int) -> None:
    while len(here.stream_reads()) < least:  # noqa: ASYNC110 - another task makes the progress
        await asyncio.sleep(0.005)


@pytest.mark.parametrize("after", [1, 3, 7])
async def test_a_cancelled_sync_goes_on_where_it_was(here: World, after: int):
    athlete_id, strava_id = await here.athlete(10)
    run = asyncio.create_task(here.run(athlete_id))
    await read_some(here, after)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    cancelled_at = len(here.stream_reads())
    assert (await here.sync.service.state(strava_id)).status == "queued"
    await here.run(athlete_id)
    again = [each for each in here.stream_reads() if here.stream_reads().count(each) > 1]
    assert len(set(again)) <= 1, "at most the read that was cut off is made again"
    assert cancelled_at >= after
    assert (await here.sync.service.state(strava_id)).activities_read == 10


async def test_a_killed_syncs_lease_lapses_and_its_run_is_closed(here: World):
    athlete_id, strava_id = await here.athlete(10)
    killed = SyncLease(athlete_id, here.database, here.clock)
    assert await killed.take(0)
    snooze = await here.run_job("sync_athlete", athlete_id=athlete_id)
    assert snooze is not None
    assert 0 < snooze.delay_s <= LEASE.total_seconds()
    assert here.reads() == 0
    here.clock.pass_(seconds=snooze.delay_s + 1)
    assert await here.run_job("sync_athlete", athlete_id=athlete_id) is None
    runs = (await here.sync.service.history(strava_id)).runs
    assert [each.status for each in runs] == ["success", "failed"]
    assert runs[1].finished_at is not None


async def test_who_goes_on_after_a_kill_does_not_ask_again_for_the_list_it_had(here: World):
    athlete_id, strava_id = await here.athlete(10)
    killed = SyncLease(athlete_id, here.database, here.clock)
    standing = await killed.take(0)
    activities = AthletesActivities(here.sync.strava, OrderedTokenSource(here.sync.ayda), MEMBER, strava_id)
    assert await Listing(activities, killed, standing, Priority.FIRST_LOOK).bring_up_to_date(Pages())
    asked = here.reads(LIST)
    here.clock.pass_(seconds=LEASE.total_seconds() + 1)
    assert await here.run_job("sync_athlete", athlete_id=athlete_id) is None
    assert (here.reads(LIST), len(here.stream_reads())) == (asked, 10)
    here.clock.pass_(hours=2)
    await here.run_job("sync_athlete", athlete_id=athlete_id, goes_on=True)
    assert here.reads(LIST) > asked, "a list of long ago is old"


def must_not_begin(_session: Session) -> None:
    raise AssertionError("the step must not begin")


async def test_a_run_that_lost_its_lease_writes_nothing_more(here: World):
    athlete_id, _ = await here.athlete(3)
    sleeper = SyncLease(athlete_id, here.database, here.clock)
    assert await sleeper.take(0)
    here.clock.pass_(seconds=LEASE.total_seconds() + 1)
    assert (await here.run(athlete_id)).status == "success"
    with pytest.raises(LeaseLost):
        await sleeper.step(must_not_begin, cursor=Cursor())
    with here.database.transaction() as session:
        sleeper.end(session, status="failed", detail="too late")
    assert (await here.state(athlete_id)).status == "success"


async def test_two_syncs_of_one_athlete_at_once_do_the_work_of_one(here: World):
    athlete_id, strava_id = await here.athlete(6)
    first, second = await asyncio.gather(here.run(athlete_id), here.sync.service.sync_now(strava_id, Pages()))
    assert {first.status, second.status} == {"success", "skipped"}
    skipped = first if first.status == "skipped" else second
    assert skipped.code == "sync_running"
    assert skipped.retry_at is not None
    assert skipped.retry_at > here.clock()
    if first.status == "skipped":
        await here.run(athlete_id)
    assert len(here.stream_reads()) == 6


async def test_a_list_cut_short_by_its_page_cap_is_finished_by_the_next_run(here: World):
    _, strava_id = await here.athlete(9)
    first = await here.sync.service.sync_now(strava_id, Pages(per_page=2, most=2))
    assert (first.synced_count, first.pages_fetched) == (4, 2)
    assert [name for name, *_ in here.queue.put_jobs] == ["sync_athlete"]
    newcomer = here.simulator.generate_activities(strava_id, 1, days=1)[0]
    athlete_id = await here.known(strava_id)
    await here.run(athlete_id)
    stored = await here.activities(athlete_id)
    assert len(stored) == 10
    assert newcomer in stored


async def test_an_erased_athlete_is_no_error(here: World):
    athlete_id, _ = await here.athlete(3)
    with here.database.transaction() as session:
        athlete = AthleteStore(session).get_one_or_none(id=athlete_id)
        session.delete(athlete)
    assert await here.run_job("sync_athlete", athlete_id=athlete_id) is None


async def test_an_athlete_erased_during_a_run_ends_it_quietly(here: World):
    athlete_id, _ = await here.athlete(10)
    run = asyncio.create_task(here.run(athlete_id))
    await read_some(here, 3)
    with here.database.transaction() as session:
        athlete = AthleteStore(session).get_one_or_none(id=athlete_id)
        session.delete(athlete)
    assert (await run).status == "skipped"
