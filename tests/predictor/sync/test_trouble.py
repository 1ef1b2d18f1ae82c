from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from predictor_service.errors import SyncStopped
from predictor_service.neighbours import AYDA_TIMEOUT_S
from predictor_service.settings import Settings
from predictor_service.sync.jobs import SPREAD_S
from predictor_service.sync.jobs import TIMEOUT_S as JOB_TIMEOUT_S
from predictor_service.sync.lease import BEAT_S, LEASE
from predictor_service.sync.listing import Pages
from predictor_service.sync.models import ReadTroubleRow
from servicekit.data.database import Database
from servicekit.jobs.queue import LEASE_S, RERUN_WITHIN_S, upkeep_s
from servicekit.strava.access import Retries
from servicekit.strava.asked import FRESH_S
from servicekit.strava.client import TIMEOUT_S as STRAVA_TIMEOUT_S
from servicekit.strava.errors import NotConnected, ReauthRequired
from simulators.strava import RateLimits
from simulators.strava.application.fault_menu import PlannedFault
from tests.predictor.sync.world import MEMBER, World, world

ACTIVITIES = "/api/v3/activities/"
TRIES = 4
"""Of one call: brief 003 repeats it three times."""


def troubles(here: World) -> int:
    """How many activities were blamed."""
    with here.database.reading() as session:
        return len(session.scalars(select(ReadTroubleRow)).all())


async def test_an_empty_quota_waits_for_the_window_and_loses_nothing(database: Database, sync_settings: Settings):
    limits = RateLimits(overall_quarter=200, overall_day=2000, read_quarter=20, read_day=1000)
    async with world(database, sync_settings, limits=limits) as here:
        athlete_id, strava_id = await here.athlete(30)
        snooze = await here.run_job("sync_athlete", athlete_id=athlete_id)
        assert snooze is not None
        state = await here.sync.service.state(strava_id)
        assert state.status == "waiting"
        assert state.detail is not None
        assert "goes on" in state.detail
        assert 0 < state.activities_read < 20
        assert here.profiles.fitted_with[-1] == state.activities_read, "what was read so far makes a profile"
        for _ in range(12):
            here.clock.pass_(seconds=snooze.delay_s)
            snooze = await here.run_job("sync_athlete", athlete_id=athlete_id)
            if snooze is None:
                break
        assert sorted(here.stream_reads()) == sorted(set(here.stream_reads())), "nothing is read twice"
        assert len(here.stream_reads()) == 30
        assert [entry for entry in here.simulator.request_log if entry.status == 429] == []


async def test_those_who_wait_for_the_same_window_come_back_one_after_the_other(here: World):
    athletes = [(await here.athlete(3, telegram_id=str(7000 + number)))[0] for number in range(12)]
    here.simulator.faults.order(PlannedFault("rate_limited", ACTIVITIES))
    snoozes = [await here.run_job("sync_athlete", athlete_id=each) for each in athletes]
    delays_s = [snooze.delay_s for snooze in snoozes if snooze is not None]
    assert len(delays_s) == len(athletes)
    assert len({round(each, 2) for each in delays_s}) > len(athletes) // 2
    assert 0.5 < max(delays_s) - min(delays_s) < SPREAD_S


async def test_newcomers_leave_reads_for_what_their_events_will_name(database: Database, sync_settings: Settings):
    limits = RateLimits(overall_quarter=200, overall_day=2000, read_quarter=100, read_day=100)
    async with world(database, sync_settings, limits=limits) as here:
        athletes = [(await here.athlete(telegram_id=str(7000 + number)))[0] for number in range(60)]
        for athlete_id in athletes[:30]:
            assert await here.run_job("sync_athlete", athlete_id=athlete_id) is None
        here.clock.pass_(seconds=FRESH_S + 1)
        for athlete_id in athletes[30:]:
            await here.run_job("sync_athlete", athlete_id=athlete_id)
        assert 30 <= here.reads() < 45, "56 would be read if a part alone were kept back"


async def test_a_429_out_of_the_blue_stops_at_once_until_the_window_resets(here: World):
    athlete_id, _ = await here.athlete(10)
    here.simulator.faults.order(PlannedFault("rate_limited", ACTIVITIES))
    snooze = await here.run_job("sync_athlete", athlete_id=athlete_id)
    assert snooze is not None
    quarter_end = here.clock.at.replace(minute=15, second=0)
    assert timedelta(0) <= here.clock() + timedelta(seconds=snooze.delay_s) - quarter_end < timedelta(seconds=15)
    knocks = here.reads()
    assert await here.run_job("sync_athlete", athlete_id=athlete_id) is not None
    assert here.reads() == knocks, "nobody knocks on a shut door"
    here.clock.pass_(seconds=snooze.delay_s)
    assert await here.run_job("sync_athlete", athlete_id=athlete_id) is None


async def test_a_used_up_day_waits_for_midnight(here: World):
    athlete_id, _ = await here.athlete(10)
    here.simulator.quota.set_usage(here.clock().timestamp(), overall=None, read=(0, 3000))
    outcome = await here.run(athlete_id)
    assert outcome.retry_at is not None
    midnight = here.clock.at.replace(hour=0, minute=0, second=0) + timedelta(days=1)
    assert timedelta(0) <= outcome.retry_at - midnight < timedelta(seconds=15)


async def test_a_refused_token_is_renewed_once_and_the_sync_goes_on(here: World):
    athlete_id, _ = await here.athlete(5)
    here.ayda.old_token = "0" * 40
    outcome = await here.run(athlete_id)
    assert outcome.status == "success"
    assert [query.get("force") for query in here.ayda.asked] == [None, "1"]


async def test_a_revoked_connection_asks_to_reconnect_and_does_not_loop(here: World):
    athlete_id, strava_id = await here.athlete(5)
    await here.run(athlete_id)
    here.simulator.authorizations.revoke_athlete(strava_id)
    before = here.reads()
    assert await here.run_job("sync_athlete", athlete_id=athlete_id) is None
    state = await here.sync.service.state(strava_id)
    assert state.status == "failed"
    assert state.detail == "Strava no longer accepts this connection; please reconnect Strava."
    assert here.reads() - before <= 2
    with pytest.raises(SyncStopped, match="please reconnect Strava"):
        await here.sync.service.sync_now(strava_id, Pages())


async def test_a_member_ayda_does_not_know_is_skipped_with_a_sentence(here: World):
    athlete_id, strava_id = await here.athlete(5)
    here.ayda.members.clear()
    assert await here.run_job("sync_athlete", athlete_id=athlete_id) is None
    assert (await here.sync.service.state(strava_id)).detail == str(NotConnected())
    assert here.reads() == 0


def test_a_silent_strava_does_not_outlast_the_job():
    usual = Retries()
    longest_waits_s = sum(usual.waits_s()) * 1.25
    call_s = (usual.most + 1) * STRAVA_TIMEOUT_S + longest_waits_s
    read_s = AYDA_TIMEOUT_S + 2 * call_s + STRAVA_TIMEOUT_S  # a token, streams, kilometres, and the simplest question
    assert read_s < JOB_TIMEOUT_S


def test_another_run_takes_over_from_a_dead_one_within_a_minute_and_from_no_living_one():
    assert LEASE.total_seconds() + upkeep_s(LEASE_S) < RERUN_WITHIN_S
    assert LEASE.total_seconds() > 2 * BEAT_S


async def test_a_grant_without_activities_costs_no_read(here: World):
    athlete_id, strava_id = await here.athlete(5)
    here.ayda.scope = "read"
    assert (await here.run(athlete_id)).status == "failed"
    assert "permission" in ((await here.sync.service.state(strava_id)).detail or "")
    assert here.reads() == 0


async def test_a_grant_that_shrinks_in_the_middle_is_no_activitys_fault(here: World):
    athlete_id, strava_id = await here.athlete(5)
    await here.sync.service.sync_now(strava_id, Pages())
    assert here.sync.ayda is not None
    here.sync.ayda.drop(MEMBER)
    here.ayda.scope = "read"
    assert await here.run_job("sync_athlete", athlete_id=athlete_id, goes_on=True) is None
    assert "permission" in ((await here.sync.service.state(strava_id)).detail or "")
    assert troubles(here) == 0


async def test_another_athletes_token_is_never_used(here: World):
    athlete_id, strava_id = await here.athlete(5)
    await here.known(strava_id + 1)
    outcome = await here.run(athlete_id)
    assert isinstance(outcome.error, ReauthRequired)
    assert here.reads() == 0


async def test_ayda_down_waits_longer_each_time_and_costs_strava_nothing(here: World):
    athlete_id, strava_id = await here.athlete(5)
    here.ayda.status = 503
    waits = []
    for _ in range(3):
        snooze = await here.run_job("sync_athlete", athlete_id=athlete_id)
        assert snooze is not None
        waits.append(snooze.delay_s)
        here.clock.pass_(seconds=snooze.delay_s)
    assert waits[0] < waits[1] < waits[2]
    assert here.reads() == 0
    assert (await here.sync.service.state(strava_id)).status == "waiting"
    here.ayda.status = None
    assert await here.run_job("sync_athlete", athlete_id=athlete_id) is None
    assert (await here.state(athlete_id)).outages == 0


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_strava_down_waits_and_blames_no_activity(here: World, status: int):
    athlete_id, strava_id = await here.athlete(12)
    await here.sync.service.sync_now(strava_id, Pages())
    for _ in range(3):
        here.simulator.faults.order(PlannedFault("html", "/api/v3/", count=100, status=status))
        snooze = await here.run_job("sync_athlete", athlete_id=athlete_id, goes_on=True)
        assert snooze is not None
        here.simulator.faults.clear()
        here.clock.pass_(seconds=snooze.delay_s)
    assert troubles(here) == 0
    assert (await here.run(athlete_id)).status == "success"
    assert {each.features_source for each in (await here.activities(athlete_id)).values()} == {"streams"}


async def test_an_outage_in_the_middle_of_a_portion_does_not_fall_on_those_that_failed_before_it(here: World):
    athlete_id, strava_id = await here.athlete(12)
    await here.sync.service.sync_now(strava_id, Pages())
    here.simulator.faults.order(PlannedFault("html", ACTIVITIES, count=100))
    here.simulator.faults.order(PlannedFault("delay", "/api/v3/athlete", count=2))  # Strava still answers this twice
    here.simulator.faults.order(PlannedFault("html", "/api/v3/athlete", count=100))
    assert await here.run_job("sync_athlete", athlete_id=athlete_id, goes_on=True) is not None
    assert troubles(here) == 0


async def test_an_inactive_application_is_no_athletes_fault(here: World):
    athlete_id, strava_id = await here.athlete(5)
    here.simulator.switches.inactive = True
    outcome = await here.run(athlete_id)
    assert outcome.status == "waiting"
    assert "operator" in ((await here.sync.service.state(strava_id)).detail or "")


async def test_an_activity_that_always_fails_is_given_up_after_three_tries_and_the_others_go_on(here: World):
    athlete_id, strava_id = await here.athlete(12)
    poison = here.simulator.activities_of(strava_id)[4].id
    tries = 0
    for _ in range(5):
        here.simulator.faults.clear()
        here.simulator.faults.order(PlannedFault("html", f"{ACTIVITIES}{poison}/", count=TRIES, status=500))
        outcome = await here.run(athlete_id)
        assert outcome.status == "success"
        tries = here.stream_reads().count(poison)
        here.clock.pass_(hours=1)
    assert tries == 3 * TRIES
    state = await here.sync.service.state(strava_id)
    assert state.activities_read == 11
    assert state.detail == "1 of the activities could not be read and were left out; a full sync tries them again."
    here.simulator.faults.clear()
    await here.sync.service.sync_now(strava_id, Pages(incremental=False))
    await here.run(athlete_id)
    assert (await here.sync.service.state(strava_id)).activities_read == 12


async def test_without_any_source_of_tokens_nobody_is_synced_and_the_state_says_why(
    database: Database, settings: Settings
):
    async with world(database, settings) as here:
        _, strava_id = await here.athlete(3)
        assert [job.name for job in here.sync.jobs] == ["sync_athlete"], "nobody is visited"
        with pytest.raises(SyncStopped, match="No source of Strava tokens"):
            await here.sync.service.sync_now(strava_id, Pages())
        assert "No source of Strava tokens" in ((await here.sync.service.state(strava_id)).detail or "")
