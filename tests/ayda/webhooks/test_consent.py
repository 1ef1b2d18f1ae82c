from __future__ import annotations

import json

from ayda_service.webhooks.consent import BATCH
from tests.ayda.support import MEMBER, Ayda
from tests.ayda.webhooks.support import DISCONNECTED, deauthorisation, event, run_job, send, states, told

CHECK = "check_consent"
HOUR_S = 3600


async def test_an_athlete_who_left_at_strava_is_disconnected_and_the_predictor_erases(hooked: Ayda):
    athlete_id = await hooked.connect()
    hooked.clock.advance(HOUR_S)
    hooked.simulator.authorizations.revoke_athlete(athlete_id)
    await send(hooked, deauthorisation(athlete_id))
    assert await run_job(hooked, CHECK, owner_id=athlete_id) is None
    assert (await hooked.status())["state"] == "not_connected"
    assert (await hooked.queue.stats()).by_name["notify_disconnected"] == 1
    await run_job(hooked, "notify_disconnected", telegram_id=str(MEMBER), athlete_id=athlete_id)
    (notice,) = [json.loads(request.content) for request in hooked.predictor.asked(DISCONNECTED)]
    assert notice == {"telegram_id": str(MEMBER), "athlete_id": athlete_id}
    assert await states(hooked) == []


async def test_a_forged_deauthorisation_ends_nothing(hooked: Ayda):
    athlete_id = await hooked.connect()
    hooked.clock.advance(HOUR_S)
    await send(hooked, deauthorisation(athlete_id))
    await run_job(hooked, CHECK, owner_id=athlete_id)
    assert (await hooked.status())["state"] == "connected"
    assert (await hooked.token()).status_code == 200
    assert await states(hooked) == ["ignored"]
    assert "notify_disconnected" not in (await hooked.queue.stats()).by_name


async def test_forged_deauthorisations_cost_one_refresh_in_a_quarter_of_an_hour(hooked: Ayda):
    athlete_id = await hooked.connect()
    hooked.clock.advance(5 * HOUR_S + 60)
    for second in range(30):
        await send(hooked, deauthorisation(athlete_id, event_time=1_000_000 + second))
        snooze = await run_job(hooked, CHECK, owner_id=athlete_id)
        assert (snooze is None) == (second == 0)
        hooked.clock.advance(20)
    assert hooked.strava.refreshes() == 1


async def test_one_answer_of_strava_settles_however_many_events(hooked: Ayda):
    athlete_id = await hooked.connect()
    hooked.clock.advance(HOUR_S)
    for second in range(BATCH + 20):
        await send(hooked, deauthorisation(athlete_id, event_time=1_000_000 + second))
    assert await run_job(hooked, CHECK, owner_id=athlete_id) is None
    assert set(await states(hooked)) == {"ignored"}
    assert hooked.strava.refreshes() == 1


async def test_during_an_outage_nothing_is_decided(hooked: Ayda):
    athlete_id = await hooked.connect()
    hooked.clock.advance(HOUR_S)
    hooked.strava.down = True
    await send(hooked, deauthorisation(athlete_id))
    assert await run_job(hooked, CHECK, owner_id=athlete_id) is not None
    assert (await hooked.status())["state"] == "connected"
    assert await states(hooked) == ["new"]


async def test_whoever_connects_again_before_the_notice_keeps_their_data(hooked: Ayda):
    athlete_id = await hooked.connect()
    hooked.clock.advance(HOUR_S)
    hooked.simulator.authorizations.revoke_athlete(athlete_id)
    await send(hooked, deauthorisation(athlete_id))
    await run_job(hooked, CHECK, owner_id=athlete_id)
    await hooked.connect(athlete_id=athlete_id)
    await run_job(hooked, "notify_disconnected", telegram_id=str(MEMBER), athlete_id=athlete_id)
    assert hooked.predictor.asked(DISCONNECTED) == []


async def test_a_check_that_waits_does_not_hold_up_activities(hooked: Ayda):
    athlete_id = await hooked.connect()
    await send(hooked, deauthorisation(athlete_id))
    assert await run_job(hooked, CHECK, owner_id=athlete_id) is not None
    await send(hooked, event(athlete_id))
    await run_job(hooked, "forward_events", owner_id=athlete_id)
    assert len(told(hooked)) == 1
