from __future__ import annotations

import base64
from typing import Any

import httpx
import pytest

from tests.simulators.strava.conformance import ALL_SCOPES, fault, strava_with

DEAD_REFRESH = (400, "Bad Request", "RefreshToken", "refresh_token", "invalid")
DEAD_CODE = (400, "Bad Request", "AuthorizationCode", "code", "invalid")
BAD_CLIENT = (400, "Bad Request", "Application", "client_id", "invalid")


async def test_the_page_lists_the_athletes_and_a_box_for_each_scope() -> None:
    strava = strava_with()
    athlete = strava.simulator.add_athlete(firstname="Ann <b>")
    query = {"client_id": "4242", "redirect_uri": "http://localhost/cb", "response_type": "code", "scope": ALL_SCOPES}
    page = await strava.http.get("/oauth/authorize", params=query | {"state": '"><script>'})
    assert page.status_code == 200
    assert f'value="{athlete}"' in page.text
    assert page.text.count('type="checkbox"') == 4
    assert "Ann &lt;b&gt;" in page.text
    assert "<script>" not in page.text


async def test_consent_redirects_with_state_code_and_only_the_ticked_scopes() -> None:
    strava = strava_with()
    athlete = strava.simulator.add_athlete()
    answer = await strava.consent(athlete, scope="read,activity:read_all,activity:write", granted=["activity:write"])
    assert answer.status_code == 302
    params = httpx.URL(answer.headers["location"]).params
    assert params["state"] == "s1"
    assert params["scope"] == "read,activity:write"
    assert len(params["code"]) == 40


async def test_denial_redirects_with_access_denied_and_no_code() -> None:
    strava = strava_with()
    answer = await strava.consent(strava.simulator.add_athlete(), decision="deny")
    assert dict(httpx.URL(answer.headers["location"]).params) == {"state": "s1", "error": "access_denied"}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"client_id": "1"}, "client_id"),
        ({"redirect_uri": "https://evil.test/cb"}, "redirect_uri"),
        ({"redirect_uri": "https://evil-runs.example/cb"}, "redirect_uri"),
        ({"redirect_uri": "javascript://localhost/x"}, "redirect_uri"),
        ({"response_type": "token"}, "response_type"),
        ({"scope": "read,everything"}, "requested scope"),
    ],
)
async def test_a_wrong_authorization_request_is_refused_without_a_redirect(changed: dict[str, str], field: str) -> None:
    strava = strava_with(callback_domain="runs.example")
    form = {"client_id": "4242", "redirect_uri": "http://localhost/", "response_type": "code", "scope": "read"}
    answer = await strava.http.get("/oauth/authorize", params=form | changed)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:9", "runs.example", "bot.runs.example"])
async def test_loopback_and_the_callback_domain_may_receive_the_code(host: str) -> None:
    strava = strava_with(callback_domain="runs.example")
    answer = await strava.consent(strava.simulator.add_athlete(), redirect_uri=f"http://{host}/cb?a=1")
    assert answer.headers["location"].startswith(f"http://{host}/cb?a=1&state=s1&code=")


async def test_a_full_application_shows_its_own_page_and_does_not_redirect() -> None:
    strava = strava_with(athlete_capacity=1)
    first, second = strava.simulator.add_athlete(), strava.simulator.add_athlete()
    assert (await strava.consent(first)).status_code == 302
    refused = await strava.consent(second)
    assert refused.status_code == 403
    assert "Limit of connected athletes exceeded" in refused.text
    assert "location" not in refused.headers
    assert (await strava.consent(first)).status_code == 302


async def test_a_code_gives_tokens_for_six_hours_and_the_athlete() -> None:
    strava = strava_with()
    athlete = strava.simulator.add_athlete()
    tokens = await strava.connect(athlete)
    assert tokens["expires_in"] == 21_600
    assert tokens["expires_at"] == int(strava.simulator.clock.now_s()) + 21_600
    assert tokens["token_type"] == "Bearer"
    assert tokens["athlete"]["id"] == athlete
    assert tokens["athlete"]["resource_state"] == 2


async def test_a_code_works_once() -> None:
    strava = strava_with()
    code = await strava.code(strava.simulator.add_athlete())
    assert (await strava.token(grant_type="authorization_code", code=code)).status_code == 200
    assert fault(await strava.token(grant_type="authorization_code", code=code)) == DEAD_CODE


async def test_a_code_dies_after_ten_minutes() -> None:
    strava = strava_with()
    code = await strava.code(strava.simulator.add_athlete())
    strava.simulator.clock.advance(600)
    assert fault(await strava.token(grant_type="authorization_code", code=code)) == DEAD_CODE


async def test_the_other_token_path_gives_tokens_too() -> None:
    strava = strava_with()
    code = await strava.code(strava.simulator.add_athlete())
    form = {"client_id": "4242", "client_secret": "simulated-secret", "grant_type": "authorization_code", "code": code}
    answer = await strava.http.post("/api/v3/oauth/token", data=form)
    assert answer.status_code == 200
    assert "x-ratelimit-limit" not in answer.headers


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({}, BAD_CLIENT),
        ({"client_id": "1", "client_secret": "simulated-secret", "grant_type": "refresh_token"}, BAD_CLIENT),
        ({"client_id": "4242", "grant_type": "refresh_token"}, BAD_CLIENT),
        ({"client_id": "4242", "client_secret": "simulated-secret"}, BAD_CLIENT),
        ({"client_id": "4242", "client_secret": "simulated-secret", "grant_type": "password"}, BAD_CLIENT),
        (
            {"client_id": "4242", "client_secret": "wrong", "grant_type": "refresh_token"},
            (401, "Authorization Error", "Application", "", "invalid"),
        ),
        ({"client_id": "4242", "client_secret": "simulated-secret", "grant_type": "refresh_token"}, DEAD_REFRESH),
        ({"client_id": "4242", "client_secret": "simulated-secret", "grant_type": "authorization_code"}, DEAD_CODE),
    ],
)
async def test_each_token_mistake_has_its_own_fault(form: dict[str, str], expected: tuple[Any, ...]) -> None:
    assert fault(await strava_with().http.post("/oauth/token", data=form)) == expected


async def test_a_refresh_with_more_than_an_hour_left_gives_the_same_tokens_back() -> None:
    strava = strava_with()
    first = await strava.connect(strava.simulator.add_athlete())
    strava.simulator.clock.advance(21_600 - 3_601)
    again = (await strava.refresh(first["refresh_token"])).json()
    assert again["access_token"] == first["access_token"]
    assert again["refresh_token"] == first["refresh_token"]
    assert again["expires_in"] == 3_601
    assert "athlete" not in again


async def test_a_refresh_with_an_hour_left_gives_new_tokens_and_the_old_access_token_lives_on() -> None:
    strava = strava_with()
    first = await strava.connect(strava.simulator.add_athlete())
    strava.simulator.clock.advance(21_600 - 3_600)
    second = (await strava.refresh(first["refresh_token"])).json()
    assert second["access_token"] != first["access_token"]
    assert second["expires_in"] == 21_600
    for token in (first["access_token"], second["access_token"]):
        assert (await strava.get("/athlete", token)).status_code == 200
    strava.simulator.clock.advance(3_600)
    assert (await strava.get("/athlete", first["access_token"])).status_code == 401
    assert (await strava.get("/athlete", second["access_token"])).status_code == 200


async def test_strict_rotation_kills_the_old_refresh_token_at_once() -> None:
    strava = strava_with(rotation="strict")
    first = await strava.connect(strava.simulator.add_athlete())
    strava.simulator.clock.advance(20_000)
    second = (await strava.refresh(first["refresh_token"])).json()
    assert fault(await strava.refresh(first["refresh_token"])) == DEAD_REFRESH
    assert (await strava.refresh(second["refresh_token"])).status_code == 200


async def test_grace_rotation_lets_the_old_refresh_token_work_for_a_while() -> None:
    strava = strava_with(rotation="grace", grace_s=300)
    first = await strava.connect(strava.simulator.add_athlete())
    strava.simulator.clock.advance(20_000)
    second = (await strava.refresh(first["refresh_token"])).json()
    assert second["refresh_token"] != first["refresh_token"]
    strava.simulator.clock.advance(299)
    assert (await strava.refresh(first["refresh_token"])).json()["access_token"] == second["access_token"]
    strava.simulator.clock.advance(1)
    assert fault(await strava.refresh(first["refresh_token"])) == DEAD_REFRESH


async def test_stable_rotation_keeps_the_refresh_token() -> None:
    strava = strava_with(rotation="stable")
    first = await strava.connect(strava.simulator.add_athlete())
    strava.simulator.clock.advance(20_000)
    assert (await strava.refresh(first["refresh_token"])).json()["refresh_token"] == first["refresh_token"]


async def test_revoking_either_token_kills_the_pair_and_frees_the_slot() -> None:
    for which in ("access_token", "refresh_token"):
        strava = strava_with(athlete_capacity=1)
        tokens = await strava.connect(strava.simulator.add_athlete())
        basic = (4242, "simulated-secret")
        answer = await strava.http.post("/oauth/revoke", data={"token": tokens[which]}, headers=_basic(*basic))
        assert (answer.status_code, answer.content) == (200, b"")
        assert fault(await strava.refresh(tokens["refresh_token"])) == DEAD_REFRESH
        assert (await strava.get("/athlete", tokens["access_token"])).status_code == 401
        assert (await strava.consent(strava.simulator.add_athlete())).status_code == 302


async def test_revoking_an_unknown_token_succeeds_and_a_wrong_client_does_not() -> None:
    strava = strava_with()
    right, wrong = _basic(4242, "simulated-secret"), _basic(4242, "other")
    assert (await strava.http.post("/oauth/revoke", data={"token": "f" * 40}, headers=right)).status_code == 200
    assert (await strava.http.post("/oauth/revoke", headers=right)).status_code == 400
    refused = await strava.http.post("/oauth/revoke", data={"token": "f" * 40}, headers=wrong)
    assert (refused.status_code, refused.json()) == (401, {"message": "Authorization Error", "errors": []})


async def test_deauthorizing_returns_the_token_counts_and_ends_the_consent() -> None:
    strava = strava_with()
    tokens = await strava.connect(strava.simulator.add_athlete())
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    answer = await strava.http.post("/oauth/deauthorize", headers=headers)
    assert answer.json() == {"access_token": tokens["access_token"]}
    assert answer.headers["x-ratelimit-usage"] == "1,1"
    again = await strava.http.post("/oauth/deauthorize", headers=headers)
    assert fault(again) == (401, "Authorization Error", "Athlete", "access_token", "invalid")


def _basic(client_id: int, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}
