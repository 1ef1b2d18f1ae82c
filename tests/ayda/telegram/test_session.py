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


async def test_a_session_opens_no_session(ayda: Ayda):
    headers = {"Authorization": f"Bearer {await open_session(ayda)}"}
    assert_problem(await ayda.http.post("/api/v1/session", headers=headers), 401, "invalid_init_data")


async def test_a_session_says_how_long_it_really_lives(ayda: Ayda):
    headers = {"Authorization": f"tma {init_data(ayda.clock, age_s=3500)}"}
    opened = (await ayda.http.post("/api/v1/session", headers=headers)).json()
    assert opened["expires_in_s"] == 100
    ayda.clock.advance(99)
    assert (await status(ayda, opened["token"])).status_code == 200
    ayda.clock.advance(1)
    assert_problem(await status(ayda, opened["token"]), 401, "init_data_expired")


async def erase(ayda: Ayda, headers: dict[str, str]) -> str:
    answer = await ayda.http.delete("/api/v1/me", headers=headers)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


@pytest.mark.parametrize("ahead_s", [0, 50])
async def test_a_session_dies_with_its_member_whatever_telegrams_clock_says(ayda: Ayda, ahead_s: int):
    proof = {"Authorization": f"tma {init_data(ayda.clock, age_s=-ahead_s)}"}
    token = (await ayda.http.post("/api/v1/session", headers=proof)).json()["token"]
    ayda.clock.advance(5)
    await erase(ayda, ayda.as_member())
    ayda.clock.advance(60)
    assert_problem(await status(ayda, token), 401, "erased_since")


async def test_what_telegram_said_before_an_erasure_opens_nothing_after_it(ayda: Ayda):
    proof = ayda.as_member()
    ayda.clock.advance(1)
    await erase(ayda, ayda.as_member())
    for method, path in [("POST", "/api/v1/session"), ("GET", STATUS), ("GET", "/api/v1/strava/auth")]:
        assert_problem(await ayda.http.request(method, path, headers=proof), 401, "erased_since")
    member = await ayda.http.post("/api/v1/predictions", json={"gpx_file_id": "x"}, headers=proof)
    assert_problem(member, 401, "erased_since")
    assert_problem(await ayda.token(), 404, "user_not_found")


async def test_who_did_not_hear_that_they_were_erased_may_ask_again(ayda: Ayda):
    """The answer was lost, and 401 would leave open what has become of it."""
    proof = ayda.as_member()
    await erase(ayda, proof)
    await erase(ayda, proof)


async def test_the_receipt_of_an_erasure_stays_readable_to_whom_it_was_given(ayda: Ayda):
    token = await open_session(ayda)
    receipt = await erase(ayda, ayda.as_member())
    answer = await ayda.http.get(f"/api/v1/me/erasures/{receipt}", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200


async def test_who_was_erased_may_come_back_by_opening_the_app_again(ayda: Ayda):
    await erase(ayda, ayda.as_member())
    ayda.clock.advance(1)
    assert (await status(ayda, await open_session(ayda))).status_code == 200


async def test_ending_a_connection_and_erasing_somebody_else_end_no_session(ayda: Ayda):
    await ayda.connect()
    token = await open_session(ayda)
    ended = await ayda.http.post("/api/v1/strava/disconnect", headers=ayda.as_member())
    await erase(ayda, ayda.as_member(OTHER))
    assert ended.status_code == 200
    assert (await status(ayda, token)).status_code == 200


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
