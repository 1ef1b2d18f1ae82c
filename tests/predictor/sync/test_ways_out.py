"""No state of a sync is without a way out: whatever waits has a job, or is found by its time."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any, get_args
from uuid import UUID

import pytest

from kernel.contracts.sync import SyncStatus
from predictor_service.errors import AthleteUnknown, SyncStopped
from predictor_service.events.models import DoubtKind
from predictor_service.events.store import DoubtStore
from predictor_service.sync.lease import SyncLease
from predictor_service.sync.listing import Pages
from predictor_service.sync.schedule import window_after
from predictor_service.sync.store import SyncStore
from servicekit.jobs.queue import LEASE_S, upkeep_s
from servicekit.strava import errors as strava
from simulators.strava.application.fault_menu import PlannedFault
from tests.predictor.sync.world import MEMBER, World

LIST = "/api/v3/athlete/activities"
OVERDUE: dict[str, dict[str, Any]] = {
    "queued": {},
    "running": {"lease_until": timedelta(seconds=30)},
    "waiting": {"retry_at": timedelta(hours=3)},
    "failed": {"retry_at": timedelta(days=1)},
}
"""What a state that goes on by itself has beside its name: how long after now its time is."""
AT_REST = {"never", "success"}
"""Nothing is to be done; a connection, an event, a visit or somebody who asks begins anew."""


async def put_in(here: World, athlete_id: UUID, status: str) -> None:
    """The athlete's sync is in this state and no job of it is left."""
    with here.database.transaction() as session:
        store = SyncStore(session)
        store.ask(athlete_id, here.clock())
        times = {name: here.clock() + later for name, later in OVERDUE[status].items()}
        store.show(athlete_id, status=status, **times)
    here.queue.put_jobs.clear()
    here.queue.keys.clear()


def test_every_state_of_a_sync_is_accounted_for():
    assert set(get_args(SyncStatus)) == AT_REST | OVERDUE.keys()


@pytest.mark.parametrize("status", OVERDUE)
async def test_a_state_whose_job_is_lost_goes_on_when_its_time_is_over_and_not_before(here: World, status: str):
    athlete_id, _ = await here.athlete(3)
    await put_in(here, athlete_id, status)
    until = max(OVERDUE[status].values(), default=timedelta(0))
    here.clock.at += until - timedelta(seconds=1)
    assert await here.sync.service.rescue() == 0
    here.clock.pass_(minutes=3)
    assert await here.sync.service.rescue() == 1
    ((name, args, delay_s, _),) = here.queue.put_jobs
    assert (name, delay_s) == ("sync_athlete", 0)
    assert await here.run_job(name, **args) is None
    assert (await here.state(athlete_id)).status == "success"


@pytest.mark.parametrize("status", OVERDUE)
async def test_one_whose_job_waits_is_not_queued_again(here: World, status: str):
    athlete_id, _ = await here.athlete(1)
    await put_in(here, athlete_id, status)
    with here.database.transaction() as session:
        here.sync.schedule.go_on(session, athlete_id)
    here.clock.pass_(days=2)
    assert await here.sync.service.rescue() == 0


@pytest.mark.parametrize(
    "fault",
    [
        PlannedFault("html", LIST, count=4, status=500),
        PlannedFault("rate_limited", LIST),
        PlannedFault("html", "/api/v3/", count=9, status=503),
        PlannedFault("html", LIST, count=9, status=403),
    ],
    ids=["this request fails", "429", "Strava is away", "an odd refusal"],
)
async def test_a_sync_that_somebody_asked_for_and_that_met_trouble_goes_on_by_itself(here: World, fault: PlannedFault):
    athlete_id, strava_id = await here.athlete(3)
    here.simulator.faults.order(fault)
    with suppress(SyncStopped):
        assert (await here.sync.service.sync_now(strava_id, Pages())).retry_at is not None
    state = await here.sync.service.state(strava_id)
    assert state.retry_at is not None
    ((name, args, delay_s, _),) = here.queue.put_jobs
    assert here.clock() + timedelta(seconds=delay_s) == state.retry_at
    here.simulator.faults.clear()
    here.clock.pass_(seconds=delay_s)
    await here.run_job(name, **args)
    assert (await here.sync.service.state(strava_id)).status == "success"
    assert len(await here.activities(athlete_id)) == 3


async def test_what_only_the_athlete_can_mend_goes_on_when_they_connect_again(here: World):
    athlete_id, strava_id = await here.athlete(2)
    here.simulator.authorizations.revoke_athlete(strava_id)
    await here.run(athlete_id)
    failed = await here.sync.service.state(strava_id)
    assert (failed.status, failed.code, failed.retry_at) == ("failed", "reauth_required", None)
    here.clock.pass_(days=3)
    assert await here.sync.service.rescue() == 0, "nobody knocks where nobody opens"
    here.ayda.connect(MEMBER, strava_id)
    assert here.sync.ayda is not None
    here.sync.ayda.drop(MEMBER)
    with here.database.transaction() as session:
        here.sync.start(session, athlete_id)
    assert (await here.run(athlete_id)).status == "success"


async def test_strava_refusing_a_good_token_twice_ends_no_connection(here: World):
    athlete_id, strava_id = await here.athlete(2)
    here.simulator.faults.order(PlannedFault("empty", LIST, count=2, status=401))
    snooze = await here.run_job("sync_athlete", athlete_id=athlete_id)
    assert snooze is not None
    state = await here.sync.service.state(strava_id)
    assert (state.status, state.code) == ("waiting", "strava_refuses_token")
    here.clock.pass_(seconds=snooze.delay_s)
    assert await here.run_job("sync_athlete", athlete_id=athlete_id) is None
    assert (await here.sync.service.state(strava_id)).status == "success"


async def test_a_killed_first_look_goes_on_within_a_minute(here: World):
    athlete_id, _ = await here.athlete(3)
    killed = SyncLease(athlete_id, here.database, here.clock)
    await killed.take(0)
    killed_at = here.clock()
    # when the queue gives the dead worker's job to another one
    here.clock.pass_(seconds=LEASE_S + upkeep_s(LEASE_S))
    snooze = await here.run_job("sync_athlete", athlete_id=athlete_id)
    while snooze is not None:
        here.clock.pass_(seconds=snooze.delay_s)
        snooze = await here.run_job("sync_athlete", athlete_id=athlete_id)
    assert here.clock() - killed_at < timedelta(minutes=1)
    assert len(here.stream_reads()) == 3


@pytest.mark.parametrize("kind", get_args(DoubtKind))
async def test_every_doubt_is_settled_or_has_its_next_look(here: World, kind: DoubtKind):
    athlete_id, strava_id = await here.athlete(3)
    await here.run(athlete_id)
    known = here.simulator.activities_of(strava_id)[0].id
    doubtful = 77 if kind == "awaited" else known
    if kind != "awaited":
        here.simulator.delete_activity(known)
    with here.database.transaction() as session:
        DoubtStore(session).name_all({(athlete_id, doubtful): kind}, here.clock())
    looks = 0
    while True:
        here.queue.put_jobs.clear()
        await here.run_job("sync_athlete", athlete_id=athlete_id, looks=True)
        with here.database.reading() as session:
            left = DoubtStore(session).of(athlete_id)
        if not left:
            break
        looks += 1
        delays = [delay_s for _, args, delay_s, _ in here.queue.put_jobs if args.get("looks")]
        assert delays, "a doubt without a look"
        assert here.clock() + timedelta(seconds=delays[0]) >= left[0].due_at
        here.clock.pass_(seconds=delays[0])
    assert looks == (5 if kind == "awaited" else 1)


async def test_a_look_that_strava_does_not_answer_comes_again_in_the_next_window(here: World):
    athlete_id, strava_id = await here.athlete(2)
    await here.run(athlete_id)
    named = here.simulator.activities_of(strava_id)[0].id
    with here.database.transaction() as session:
        DoubtStore(session).name_all({(athlete_id, named): "changed"}, here.clock())
    here.simulator.faults.order(PlannedFault("html", f"/api/v3/activities/{named}", count=4))
    await here.run_job("sync_athlete", athlete_id=athlete_id, looks=True)
    assert here.clock() + timedelta(seconds=here.queue.put_jobs[-1][2]) == window_after(here.clock())


async def test_the_latest_import_takes_one_who_has_a_token(here: World):
    _, first = await here.athlete(2, telegram_id="111")
    here.clock.pass_(hours=1)
    await here.athlete(1, telegram_id="222")
    del here.ayda.members["222"]
    told = await here.sync.service.import_latest(None, incremental=True)
    assert len(told.activities) == 2
    del here.ayda.members["111"]
    assert here.sync.ayda is not None
    here.sync.ayda.drop("111")
    with pytest.raises(strava.NotConnected):
        await here.sync.service.import_latest(None, incremental=True)
    assert first > 0


async def test_without_anybody_connected_there_is_nothing_to_import(here: World):
    with pytest.raises(AthleteUnknown):
        await here.sync.service.import_latest(None, incremental=True)
