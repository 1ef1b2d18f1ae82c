from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayda_service.telegram.identity import Doorkeeper, Identity
from ayda_service.telegram.init_data import InitDataExpired, InvalidInitData
from servicekit.base.settings import Secret
from tests.ayda.support import BOT_TOKEN, MEMBER, OTHER, Ayda, assert_problem, init_data
from tests.servicekit.strava.support import Clock

STATUS = "/api/v1/strava/status"


async def open_session(ayda: Ayda, telegram_id: int = MEMBER) -> str:
    answer = await ayda.http.post("/api/v1/session", headers=ayda.as_member(telegram_id))
    assert answer.status_code == 201, answer.text
    assert answer.json()["expires_in_s"] == 900
    return str(answer.json()["token"])


async def status(ayda: Ayda, token: str) -> httpx.Response:
    return await ayda.http.get(STATUS, headers={"Authorization": f"Bearer {token}"})


async def test_init_data_is_exchanged_for_a_session_of_fifteen_minutes(ayda: Ayda):
    athlete_id = await ayda.connect()
    token = await open_session(ayda)
    ayda.clock.advance(899)
    assert (await status(ayda, token)).json()["athlete_id"] == athlete_id
    ayda.clock.advance(1)
    assert_problem(await status(ayda, token), 401, "init_data_expired")


async def test_a_session_belongs_to_one_member(ayda: Ayda):
    athlete_id = await ayda.connect(OTHER)
    assert (await status(ayda, await open_session(ayda, MEMBER))).json()["athlete_id"] is None
    assert (await status(ayda, await open_session(ayda, OTHER))).json()["athlete_id"] == athlete_id


async def test_a_session_never_outlives_the_hour_of_its_proof(ayda: Ayda):
    headers = {"Authorization": f"tma {init_data(ayda.clock, age_s=3500)}"}
    token = (await ayda.http.post("/api/v1/session", headers=headers)).json()["token"]
    assert (await status(ayda, token)).status_code == 200
    ayda.clock.advance(101)
    assert_problem(await status(ayda, token), 401, "init_data_expired")


async def test_a_session_does_not_renew_itself_beyond_the_hour(ayda: Ayda):
    token = await open_session(ayda)
    for _ in range(4):
        ayda.clock.advance(890)
        headers = {"Authorization": f"Bearer {token}"}
        token = (await ayda.http.post("/api/v1/session", headers=headers)).json()["token"]
    ayda.clock.advance(60)
    assert_problem(await status(ayda, token), 401, "init_data_expired")


@pytest.mark.parametrize(
    "header",
    ["", "tma", "tma ", "Bearer", "Bearer ", "Bearer a.b.c.d", "Basic dXNlcjpwYXNz", "bearer 1.2.3", "nonsense"],
)
async def test_no_other_authorization_is_accepted(ayda: Ayda, header: str):
    assert_problem(await ayda.http.get(STATUS, headers={"Authorization": header}), 401, "invalid_init_data")


async def test_two_authorizations_are_none(ayda: Ayda):
    proof = ayda.as_member()["Authorization"]
    answer = await ayda.http.get(STATUS, headers=[("Authorization", proof), ("Authorization", proof)])
    assert_problem(answer, 401, "invalid_init_data")


async def test_the_proof_is_not_repeated_in_the_refusal(ayda: Ayda):
    raw = init_data(ayda.clock, age_s=99_999)
    answer = await ayda.http.get(STATUS, headers={"Authorization": f"tma {raw}"})
    assert raw.rpartition("hash=")[2] not in answer.text


def doorkeeper(token: str = BOT_TOKEN) -> Doorkeeper:
    return Doorkeeper(Secret(token), now=Clock().now)


NOW_S = int(Clock().now().timestamp())
SESSION, _ = doorkeeper().session(Identity(MEMBER, NOW_S))


@given(st.integers(0, len(SESSION) - 1), st.characters(max_codepoint=0x2FF))
def test_no_changed_session_is_accepted(place: int, character: str):
    changed = SESSION[:place] + character + SESSION[place + 1 :]
    if changed != SESSION:
        with pytest.raises((InvalidInitData, InitDataExpired)):
            doorkeeper().identify(f"Bearer {changed}")


@given(st.text(max_size=80))
def test_no_text_is_a_session(text: str):
    with pytest.raises(InvalidInitData):
        doorkeeper().identify(f"Bearer {text}")


def test_a_new_bot_token_ends_every_session():
    assert doorkeeper().identify(f"Bearer {SESSION}") == Identity(MEMBER, NOW_S)
    with pytest.raises(InvalidInitData):
        doorkeeper("another").identify(f"Bearer {SESSION}")
