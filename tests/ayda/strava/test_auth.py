from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from tests.ayda.support import AYDA_URL, Ayda, assert_problem, init_data

AUTH = "/api/v1/strava/auth"


async def test_a_browser_is_redirected_to_strava(ayda: Ayda):
    answer = await ayda.http.get(AUTH, headers=ayda.as_member())
    assert answer.status_code == 302
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert query["redirect_uri"] == [f"{AYDA_URL}/api/v1/strava/callback"]
    assert query["scope"] == ["read,activity:read_all"]
    assert query["client_id"] == ["4242"]
    assert len(query["state"][0]) >= 32


async def test_a_mini_app_gets_the_address_to_open(ayda: Ayda):
    answer = await ayda.http.get(AUTH, headers=ayda.as_member(Accept="application/json"))
    assert answer.status_code == 200
    assert answer.json()["authorization_url"].startswith("http://strava.test/oauth/authorize?")
    assert answer.headers["cache-control"] == "no-store"


async def test_no_two_states_are_the_same(ayda: Ayda):
    states = {parse_qs(urlsplit(await ayda.begin()).query)["state"][0] for _ in range(20)}
    assert len(states) == 20


async def test_strangers_are_not_sent_to_strava(ayda: Ayda):
    assert_problem(await ayda.http.get(AUTH), 401, "invalid_init_data")


async def test_connecting_needs_a_proof_of_the_last_five_minutes(ayda: Ayda):
    stale = {"Authorization": f"tma {init_data(ayda.clock, age_s=301)}"}
    assert_problem(await ayda.http.get(AUTH, headers=stale), 401, "init_data_expired")
    assert (await ayda.http.get("/api/v1/strava/status", headers=stale)).status_code == 200


async def test_a_session_connects_within_five_minutes_of_the_proof_behind_it(ayda: Ayda):
    opened = await ayda.http.post("/api/v1/session", headers=ayda.as_member())
    bearer = {"Authorization": f"Bearer {opened.json()['token']}"}
    ayda.clock.advance(299)
    assert (await ayda.http.get(AUTH, headers=bearer)).status_code == 302
    ayda.clock.advance(2)
    assert_problem(await ayda.http.get(AUTH, headers=bearer), 401, "init_data_expired")
