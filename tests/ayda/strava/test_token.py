from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import text

from ayda_service.settings import Settings
from servicekit.web.api_keys import ApiKeys
from tests.ayda.support import KEY_IN, MEMBER, OTHER, Ayda, World, assert_problem

TOKEN = "/api/internal/strava/token"
HOUR_S = 3600
LIFE_S = 6 * HOUR_S


async def test_a_connected_member_has_a_token(ayda: Ayda):
    athlete_id = await ayda.connect()
    answer = await ayda.token()
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"access_token", "athlete_id", "scope", "expires_at", "client_id"}
    assert body["client_id"] == ayda.app.litestar.state["parts"].settings.strava_client_id
    assert body["athlete_id"] == athlete_id
    assert set(body["scope"].split(",")) == {"read", "activity:read_all"}
    assert body["expires_at"] == ayda.clock.now().timestamp() + LIFE_S
    assert answer.headers["cache-control"] == "no-store"


async def test_the_scope_is_the_granted_one_and_not_the_requested_one(ayda: Ayda):
    back = await ayda.consent(await ayda.begin(), ayda.simulator.add_athlete())
    await ayda.http.get(back.replace("activity:read_all", "activity:read"))
    assert set((await ayda.token()).json()["scope"].split(",")) == {"read", "activity:read"}


async def test_a_token_near_its_end_is_refreshed_first(ayda: Ayda):
    await ayda.connect()
    before = (await ayda.token()).json()
    ayda.clock.advance(LIFE_S - HOUR_S)
    after = (await ayda.token()).json()
    assert after["access_token"] != before["access_token"]
    assert after["expires_at"] - ayda.clock.now().timestamp() > HOUR_S


async def test_200_requests_at_expiry_cause_one_refresh_at_strava(ayda: Ayda):
    await ayda.connect()
    ayda.clock.advance(LIFE_S)
    answers = await asyncio.gather(*(ayda.token() for _ in range(200)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["access_token"] for answer in answers}) == 1
    log = ayda.simulator.request_log.matching("POST", "/oauth/token")
    assert [entry.grant_type for entry in log].count("refresh_token") == 1


async def test_requests_cancelled_at_expiry_leave_one_refresh(ayda: Ayda):
    await ayda.connect()
    ayda.clock.advance(LIFE_S)
    ayda.strava.gate.clear()
    asking = [asyncio.create_task(ayda.token()) for _ in range(60)]
    await ayda.strava.asked()
    for request in asking[::3]:
        request.cancel()
    ayda.strava.gate.set()
    answers = await asyncio.gather(*asking, return_exceptions=True)
    assert sum(not isinstance(answer, BaseException) for answer in answers) == 40
    assert ayda.strava.refreshes() == 1
    assert (await ayda.token()).status_code == 200


async def test_two_aydas_on_one_database_refresh_once(world: World, settings: Settings):
    async with world.running(settings) as one, world.running(settings) as other:
        await one.connect()
        world.clock.advance(LIFE_S)
        asked = [ayda.token() for _ in range(20) for ayda in (one, other)]
        answers = await asyncio.gather(*asked)
    assert len({answer.json()["access_token"] for answer in answers}) == 1
    assert world.strava.refreshes() == 1


async def test_force_refreshes_a_token_that_looks_alive(ayda: Ayda):
    await ayda.connect()
    ayda.clock.advance(60)
    assert (await ayda.token(force="1")).status_code == 200
    assert ayda.strava.refreshes() == 1


async def test_a_stranger_is_not_found(ayda: Ayda):
    assert_problem(await ayda.token(), 404, "user_not_found")


async def test_a_member_without_strava_is_told_apart_from_a_stranger(ayda: Ayda):
    await ayda.begin()
    assert_problem(await ayda.token(), 404, "strava_not_connected")


async def test_a_dead_connection_is_a_conflict_and_strava_is_asked_once(ayda: Ayda):
    athlete_id = await ayda.connect()
    ayda.simulator.authorizations.revoke_athlete(athlete_id)
    ayda.clock.advance(LIFE_S)
    for _ in range(3):
        assert_problem(await ayda.token(), 409, "reauth_required")
    assert_problem(await ayda.token(force="1"), 409, "reauth_required")
    assert ayda.strava.refreshes() == 1
    assert (await ayda.status())["state"] == "reauth_required"


async def test_a_strava_that_is_down_is_said_with_the_time_to_come_back(ayda: Ayda):
    await ayda.connect()
    ayda.clock.advance(LIFE_S)
    ayda.strava.down = True
    answer = await ayda.token()
    assert_problem(answer, 503, "strava_unavailable")
    assert int(answer.headers["retry-after"]) >= 1
    assert (await ayda.status())["state"] == "connected"


async def test_a_strava_that_is_down_does_not_matter_while_the_token_lives(ayda: Ayda):
    await ayda.connect()
    ayda.clock.advance(LIFE_S - 1800)
    ayda.strava.down = True
    assert (await ayda.token()).status_code == 200


@pytest.mark.parametrize(
    "telegram_id",
    [
        "",
        "0",
        "007",
        "1_000",
        " 42",
        "42 ",
        "42\n",
        "+7",
        "-1",
        "\uff14\uff12",
        "\u0664\u0662",
        "1e3",
        "4.0",
        "abc",
        "1" * 20,
        "1" * 10_000,
        "1\x00",
    ],
)
async def test_no_alias_of_a_telegram_id_is_understood(ayda: Ayda, telegram_id: str):
    body = assert_problem(await ayda.token(telegram_id), 422, "validation_failed")
    assert body["errors"][0]["field"] == "telegram_id"


async def test_a_telegram_id_must_be_given(ayda: Ayda):
    answer = await ayda.http.get(TOKEN, headers={"X-API-Key": KEY_IN})
    assert_problem(answer, 422, "validation_failed")


@pytest.mark.parametrize("telegram_id", [str(2**63 - 1), str(2**63), "9" * 19])
async def test_an_id_beyond_the_databases_numbers_is_nobody(ayda: Ayda, telegram_id: str):
    assert_problem(await ayda.token(telegram_id), 404, "user_not_found")


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=30))
async def test_no_text_is_answered_with_a_crash(ayda: Ayda, telegram_id: str):
    try:
        answer = await ayda.token(telegram_id)
    except UnicodeEncodeError:
        return  # a lone surrogate is no text that can be sent
    assert answer.status_code in {404, 422}


@pytest.mark.parametrize("key", [None, "", "wrong", KEY_IN[:-1], KEY_IN + "x", KEY_IN.upper()])
async def test_only_the_key_opens(ayda: Ayda, key: str | None):
    await ayda.connect()
    headers = {} if key is None else {"X-API-Key": key}
    answer = await ayda.http.get(TOKEN, params={"telegram_id": str(MEMBER)}, headers=headers)
    assert_problem(answer, 401, "invalid_api_key")


async def test_a_members_own_credentials_do_not_open_the_internal_api(ayda: Ayda):
    await ayda.connect()
    answer = await ayda.http.get(TOKEN, params={"telegram_id": str(MEMBER)}, headers=ayda.as_member())
    assert_problem(answer, 401, "invalid_api_key")


async def test_without_a_configured_key_nobody_is_let_in(world: World, settings: Settings):
    async with world.running(replace(settings, api_keys=ApiKeys())) as ayda:
        assert_problem(await ayda.token(), 503, "internal_api_not_configured")


async def test_the_key_is_checked_before_the_question(ayda: Ayda):
    assert_problem(await ayda.http.get(TOKEN), 401, "invalid_api_key")


async def test_each_hand_out_is_written_down(ayda: Ayda):
    athlete_id = await ayda.connect()
    answer = await ayda.token()
    await ayda.token(OTHER)
    database = ayda.app.litestar.state["parts"].database
    with database.reading() as session:
        asked = "SELECT athlete_id, api_key_id, reason, request_id FROM token_hand_out WHERE reason = 'asked'"
        rows = session.execute(text(asked)).all()
    assert [tuple(row) for row in rows] == [(athlete_id, "default", "asked", answer.headers["x-request-id"])]
