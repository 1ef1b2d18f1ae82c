"""An authorization belongs to the browser in which it was begun."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from ayda_service.settings import Settings
from tests.ayda.support import AYDA_URL, MEMBER, OTHER, Ayda, World
from tests.drills.vault_world import browser_of
from tests.servicekit.strava.support import StravaTransport

AUTH = "/api/v1/strava/auth"


@pytest.fixture
async def elsewhere(ayda: Ayda) -> AsyncIterator[httpx.AsyncClient]:
    async with browser_of(ayda) as browser:
        yield browser


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites_and_short_lived(ayda: Ayda):
    answer = await ayda.http.get(AUTH, headers=ayda.as_member())
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("ayda_browser=")
    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/", "max-age=600"} <= attributes
    assert "secure" not in attributes


async def test_over_https_the_cookie_is_secure_and_of_this_host_alone(world: World, settings: Settings):
    async with world.running(replace(settings, public_url="https://club.example")) as ayda:
        cookie = (await ayda.http.get(AUTH, headers=ayda.as_member())).headers["set-cookie"]
    assert cookie.startswith("__Host-ayda_browser=")
    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert "secure" in attributes
    assert not [each for each in attributes if each.startswith("domain")]


async def test_another_browser_connects_nothing_and_is_told_why(ayda: Ayda, elsewhere: httpx.AsyncClient):
    back = await ayda.consent(await ayda.begin(), ayda.simulator.add_athlete())
    answer = await elsewhere.get(back)
    assert answer.status_code == 400
    assert "another browser" in answer.text
    assert "другом браузере" in answer.text
    assert (await ayda.status())["state"] == "not_connected"
    assert "oauth/token" not in str(ayda.strava.requests)


async def test_a_state_shown_in_another_browser_is_used_up(ayda: Ayda, elsewhere: httpx.AsyncClient):
    back = await ayda.consent(await ayda.begin(), ayda.simulator.add_athlete())
    await elsewhere.get(back)
    assert (await ayda.http.get(back)).status_code == 400
    assert (await ayda.status())["state"] == "not_connected"


async def with_a_state_of_their_own(ayda: Ayda, seen: str) -> int:
    """What somebody gets who brings the code of another one's history with a fresh state in the right browser."""
    code = parse_qs(urlsplit(seen).query)["code"][0]
    state = parse_qs(urlsplit(await ayda.begin(OTHER)).query)["state"][0]
    query = {"state": state, "code": code, "scope": "read,activity:read_all"}
    return (await ayda.http.get(f"{AYDA_URL}/api/v1/strava/callback", params=query)).status_code


async def test_a_code_refused_in_another_browser_is_worth_nothing(ayda: Ayda, elsewhere: httpx.AsyncClient):
    lured = await ayda.consent(await ayda.begin(OTHER), ayda.simulator.add_athlete())
    await elsewhere.get(lured)
    assert await with_a_state_of_their_own(ayda, lured) == 400
    assert (await ayda.status(OTHER))["state"] == "not_connected"


async def test_a_code_that_came_too_late_is_worth_nothing_to_others(ayda: Ayda, elsewhere: httpx.AsyncClient):
    url = await ayda.begin(MEMBER)
    ayda.clock.advance(600)
    late = await ayda.consent(url, ayda.simulator.add_athlete())
    await elsewhere.get(late)
    assert await with_a_state_of_their_own(ayda, late) == 400
    assert (await ayda.status(OTHER))["state"] == "not_connected"


async def test_a_code_of_a_link_that_somebody_wrote_is_worth_nothing(ayda: Ayda, elsewhere: httpx.AsyncClient):
    parts = urlsplit(await ayda.begin(OTHER))
    state = parse_qs(parts.query)["state"][0]
    written = parts._replace(query=parts.query.replace(state, "made-up")).geturl()
    lured = await ayda.consent(written, ayda.simulator.add_athlete())
    await elsewhere.get(lured)
    assert await with_a_state_of_their_own(ayda, lured) == 400
    assert (await ayda.status(OTHER))["state"] == "not_connected"


async def test_two_tabs_of_one_browser_may_connect_two_members(ayda: Ayda):
    first, second = await ayda.begin(MEMBER), await ayda.begin(OTHER)
    one, other = ayda.simulator.add_athlete(), ayda.simulator.add_athlete()
    assert (await ayda.http.get(await ayda.consent(second, other))).status_code == 200
    assert (await ayda.http.get(await ayda.consent(first, one))).status_code == 200


async def test_an_authorization_survives_a_restart(world: World, settings: Settings):
    async with world.running(settings) as ayda:
        back = await ayda.consent(await ayda.begin(), ayda.simulator.add_athlete())
        cookies = dict(ayda.http.cookies)
    async with world.running(settings) as ayda, browser_of(ayda, cookies) as browser:
        assert (await browser.get(back)).status_code == 200


async def scopes_asked(ayda: Ayda, query: str = "") -> set[str]:
    answer = await ayda.http.get(f"{AUTH}{query}", headers=ayda.as_member())
    return set(parse_qs(urlsplit(answer.headers["location"]).query)["scope"][0].split(","))


async def test_writing_is_asked_for_only_when_uploads_are_wanted(ayda: Ayda):
    assert "activity:write" not in await scopes_asked(ayda)
    assert await scopes_asked(ayda, "?uploads=true") == {"read", "activity:read_all", "activity:write"}


async def test_who_once_allowed_uploads_is_asked_to_keep_them(ayda: Ayda):
    headers = ayda.as_member(Accept="application/json")
    url = (await ayda.http.get(f"{AUTH}?uploads=true", headers=headers)).json()["authorization_url"]
    await ayda.http.get(await ayda.consent(url, ayda.simulator.add_athlete()))
    assert "activity:write" in (await ayda.status())["scope"]
    assert "activity:write" in await scopes_asked(ayda)


async def prompt(ayda: Ayda, query: str = "") -> str:
    answer = await ayda.http.get(f"{AUTH}{query}", headers=ayda.as_member())
    return parse_qs(urlsplit(answer.headers["location"]).query)["approval_prompt"][0]


async def test_strava_is_told_to_ask_whenever_something_has_yet_to_be_granted(ayda: Ayda):
    assert await prompt(ayda) == "force"
    await ayda.connect()
    assert await prompt(ayda) == "auto"
    assert await prompt(ayda, "?uploads=true") == "force"


async def test_unticking_uploads_connects_without_them(ayda: Ayda):
    headers = ayda.as_member(Accept="application/json")
    url = (await ayda.http.get(f"{AUTH}?uploads=true", headers=headers)).json()["authorization_url"]
    back = await ayda.consent(url, ayda.simulator.add_athlete(), granted="read,activity:read_all")
    assert (await ayda.http.get(back)).status_code == 200
    assert "activity:write" not in (await ayda.status())["scope"]


class FullStrava(StravaTransport):
    """Lets nobody else in, in the words of Strava's own page."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path != "/oauth/token":
            return await super().handle_async_request(request)
        page = "<h1>Error 403: Limit of connected athletes exceeded</h1>"
        return httpx.Response(403, html=page, request=request)


async def test_an_app_that_is_full_says_so_in_every_language(world: World, settings: Settings):
    full = replace(world, strava=FullStrava(world.simulator))
    async with full.running(settings) as ayda:
        answer = await ayda.http.get(await ayda.consent(await ayda.begin(), ayda.simulator.add_athlete()))
    assert answer.status_code == 503
    assert "no further athletes" in answer.text
    assert "организатору клуба" in answer.text
    assert "클럽 운영자" in answer.text


async def test_a_full_app_whose_codes_are_refused_says_so_too(ayda: Ayda):
    ayda.simulator.switches.athlete_capacity = 0
    ayda.simulator.switches.capacity_answer = "exchange"
    answer = await ayda.http.get(await ayda.consent(await ayda.begin(), ayda.simulator.add_athlete()))
    assert answer.status_code == 503
    assert "no further athletes" in answer.text
    assert "организатору клуба" in answer.text


@pytest.mark.parametrize("query", ["?error=access_denied", "?code=c", ""])
async def test_every_page_of_failure_leads_back_to_a_new_start(ayda: Ayda, query: str):
    answer = await ayda.http.get(f"/api/v1/strava/callback{query}")
    assert "https://t.me/ayda_bot?startapp=strava" in answer.text
    assert "Начать заново" in answer.text
    assert "Start again" in answer.text


@pytest.mark.parametrize(("accepted", "first"), [("", "en"), ("ko-KR,en;q=0.5", "ko"), ("de, ru;q=0.3", "ru")])
async def test_a_page_speaks_the_browsers_language_first_and_the_others_below(ayda: Ayda, accepted: str, first: str):
    answer = await ayda.http.get("/api/v1/strava/callback", headers={"Accept-Language": accepted})
    title = {"en": "Strava is not connected.", "ru": "Strava не подключена.", "ko": "Strava가 연결되지 않았습니다."}
    assert f'<html lang="{first}">' in answer.text
    assert f"<h1>{title[first]}</h1>" in answer.text
    others = [language for language in title if language != first]
    assert re.findall(r'<aside lang="(\w+)"><h2>([^<]+)</h2>', answer.text) == [(each, title[each]) for each in others]
    assert answer.headers["vary"] == "Accept-Language"
