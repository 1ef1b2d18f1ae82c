from __future__ import annotations

import asyncio
from typing import Any

from ayda_service.settings import Settings
from servicekit.strava.revocations.service import REVOKE_AT_STRAVA
from simulators.strava.application.fault_menu import PlannedFault
from tests.ayda.support import MEMBER, OTHER, Ayda, World, assert_problem, eventually, init_data, prediction

DISCONNECT = "/api/v1/strava/disconnect"
TOLD = "/api/v1/internal/strava/disconnected"
DAY_S = 24 * 3600


async def disconnect(ayda: Ayda, telegram_id: int = MEMBER) -> dict[str, Any]:
    answer = await ayda.http.post(DISCONNECT, headers=ayda.as_member(telegram_id))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def receipt_of(ayda: Ayda, receipt: dict[str, Any], telegram_id: int = MEMBER) -> dict[str, Any]:
    answer = await ayda.http.get(f"/api/v1/me/erasures/{receipt['id']}", headers=ayda.as_member(telegram_id))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_disconnecting_ends_the_consent_at_strava_and_forgets_the_tokens(ayda: Ayda):
    athlete_id = await ayda.connect()
    await ayda.token()
    receipt = await disconnect(ayda)
    assert (receipt["what"], receipt["strava"], receipt["predictor"]) == ("strava", "revoked", "pending")
    assert receipt["erased_in_ayda"] == {"strava_token": 1, "token_hand_out": 2, "job": 1}
    assert (await ayda.status())["state"] == "not_connected"
    assert ayda.simulator.authorizations.of(athlete_id) is None
    assert_problem(await ayda.token(), 404, "strava_not_connected")


async def test_the_predictor_is_told_and_the_receipt_then_has_its_counts(world: World, with_worker: Settings):
    async with world.running(with_worker) as ayda:
        athlete_id = await ayda.connect()
        receipt = await disconnect(ayda)
        await eventually(lambda: bool(world.predictor.asked(TOLD)))
        await settled(ayda, receipt)
        shown = await receipt_of(ayda, receipt)
    assert world.predictor.asked(TOLD)[0].content == f'{{"telegram_id":"{MEMBER}","athlete_id":{athlete_id}}}'.encode()
    assert shown["predictor"] == "done"
    assert shown["erased_in_predictor"] == {"activity": 3}
    assert shown["finished_at"] is not None


async def settled(ayda: Ayda, receipt: dict[str, Any], telegram_id: int = MEMBER, *, step_s: float = 0) -> None:
    """Returns once nothing of the receipt is pending; time goes on by `step_s` between two looks."""
    async with asyncio.timeout(30):
        while (await receipt_of(ayda, receipt, telegram_id))["finished_at"] is None:
            ayda.clock.advance(step_s)
            await asyncio.sleep(0.02)


async def test_answers_that_a_profile_was_used_for_go_with_the_connection(ayda: Ayda, world: World):
    await ayda.connect()
    ids = []
    for number, personalized in enumerate((True, False)):
        prediction_id = f"018f6b2a-0000-7000-8000-00000000000{number}"
        answer = {**prediction(prediction_id), "personalized": personalized}
        world.predictor.answers["POST", "/api/v1/internal/predict"] = (200, answer)
        await ayda.http.post("/api/v1/predictions", json={"gpx_file_id": "x"}, headers=ayda.as_member())
        ids.append(prediction_id)
    assert (await disconnect(ayda))["erased_in_ayda"]["prediction"] == 1
    shown = [(await ayda.http.get(f"/api/v1/predictions/{each}", headers=ayda.as_member())).status_code for each in ids]
    assert shown == [404, 200]


async def test_disconnecting_touches_nobody_else(ayda: Ayda):
    await ayda.connect(MEMBER)
    other = await ayda.connect(OTHER)
    await disconnect(ayda, MEMBER)
    assert (await ayda.status(OTHER))["athlete_id"] == other
    assert (await ayda.token(OTHER)).status_code == 200


async def test_disconnecting_a_connection_that_is_dead_at_strava_works(ayda: Ayda):
    athlete_id = await ayda.connect()
    ayda.simulator.authorizations.revoke_athlete(athlete_id)
    assert (await disconnect(ayda))["strava"] == "revoked"
    assert (await ayda.status())["state"] == "not_connected"


async def test_someone_without_a_connection_is_told_so(ayda: Ayda):
    assert_problem(await ayda.http.post(DISCONNECT, headers=ayda.as_member()), 404, "strava_not_connected")


async def test_where_revoking_is_shut_the_older_way_ends_the_consent(ayda: Ayda):
    athlete_id = await ayda.connect()
    ayda.simulator.faults.order(PlannedFault(kind="html", path="/oauth/revoke"))
    assert (await disconnect(ayda))["strava"] == "revoked"
    assert ayda.simulator.authorizations.of(athlete_id) is None
    assert [path for path, _ in ayda.strava.requests][-2:] == ["/oauth/revoke", "/oauth/deauthorize"]


async def test_during_an_outage_everything_is_erased_and_strava_is_asked_again_later(
    world: World, with_worker: Settings
):
    async with world.running(with_worker) as ayda:
        athlete_id = await ayda.connect()
        ayda.strava.down = True
        receipt = await disconnect(ayda)
        assert receipt["strava"] == "pending"
        assert (await ayda.status())["state"] == "not_connected"
        assert ayda.simulator.authorizations.of(athlete_id) is not None
        ayda.strava.down = False
        await settled(ayda, receipt, step_s=60)
        assert (await receipt_of(ayda, receipt))["strava"] == "revoked"
        assert ayda.simulator.authorizations.of(athlete_id) is None


async def test_a_strava_that_never_answers_is_given_up_after_a_day(world: World, with_worker: Settings):
    async with world.running(with_worker) as ayda:
        await ayda.connect()
        ayda.strava.down = True
        receipt = await disconnect(ayda)
        ayda.clock.advance(DAY_S + 1)
        await settled(ayda, receipt, step_s=60)
        assert (await receipt_of(ayda, receipt))["strava"] == "given_up"
        async with asyncio.timeout(15):
            while REVOKE_AT_STRAVA in (await ayda.queue.stats()).by_name:  # noqa: ASYNC110 - a plain condition
                await asyncio.sleep(0.02)
        assert await ayda.queue.dead() == []


async def test_a_new_consent_is_not_ended_by_an_old_revocation(world: World, settings: Settings, with_worker: Settings):
    async with world.running(settings) as ayda:
        athlete_id = await ayda.connect()
        ayda.strava.down = True
        receipt = await disconnect(ayda)
        ayda.strava.down = False
        await ayda.connect(athlete_id=athlete_id)
    async with world.running(with_worker) as ayda:
        await settled(ayda, receipt, step_s=60)
        assert (await receipt_of(ayda, receipt))["strava"] == "connected_again"
        assert (await ayda.token()).status_code == 200


async def test_a_predictor_that_was_away_forgets_once_it_is_back(world: World, with_worker: Settings):
    world.predictor.down = True
    async with world.running(with_worker) as ayda:
        await ayda.connect()
        receipt = await disconnect(ayda)
        await eventually(lambda: bool(world.predictor.asked(TOLD)))
        world.predictor.down = False
        await settled(ayda, receipt, step_s=60)
        # the notice of the connection may have been on its way; it is taken back
        await eventually(lambda: [request.url.path for request in world.predictor.requests][-1] == TOLD)


async def test_a_predictor_is_told_of_no_connection_that_has_ended(
    world: World, settings: Settings, with_worker: Settings
):
    world.predictor.down = True
    async with world.running(settings) as ayda:
        await ayda.connect()
        receipt = await disconnect(ayda)
    world.predictor.down = False
    async with world.running(with_worker) as ayda:
        await settled(ayda, receipt)
    assert world.predictor.notices() == []


async def test_disconnecting_needs_a_proof_of_the_last_five_minutes(ayda: Ayda):
    await ayda.connect()
    stale = {"Authorization": f"tma {init_data(ayda.clock, age_s=301)}"}
    assert_problem(await ayda.http.post(DISCONNECT, headers=stale), 401, "init_data_expired")
    assert_problem(await ayda.http.post(DISCONNECT), 401, "invalid_init_data")
    assert (await ayda.status())["state"] == "connected"


async def test_connecting_after_disconnecting_works(ayda: Ayda):
    athlete_id = await ayda.connect()
    await disconnect(ayda)
    await ayda.connect(athlete_id=athlete_id)
    assert (await ayda.token()).status_code == 200
