"""A Mini App cannot show Strava's page itself: the way leads through another browser and ends in Telegram."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import text

from ayda_service.settings import Settings
from tests.ayda.support import AYDA_URL, MEMBER, OTHER, Ayda, World, assert_problem, init_data
from tests.drills.vault_world import browser_of

AUTH, COMPLETE = "/api/v1/strava/auth", "/api/v1/strava/complete"


@pytest.fixture
async def outside(ayda: Ayda) -> AsyncIterator[httpx.AsyncClient]:
    """The browser that a Mini App opens: it shares no cookie with it."""
    async with browser_of(ayda) as browser:
        yield browser


async def address(ayda: Ayda, telegram_id: int = MEMBER, query: str = "") -> str:
    """What the Mini App opens."""
    headers = ayda.as_member(telegram_id, Accept="application/json")
    answer = await ayda.http.get(f"{AUTH}?elsewhere=true{query}", headers=headers)
    assert "set-cookie" not in answer.headers
    return str(answer.json()["authorization_url"])


async def at_strava(browser: httpx.AsyncClient, url: str) -> str:
    answer = await browser.get(url)
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


def claim_on(page: httpx.Response) -> str:
    found = re.search(r'https://t\.me/ayda_bot\?startapp=strava_([A-Za-z0-9_-]{43})"', page.text)
    assert found, page.text
    return found[1]


async def consented(ayda: Ayda, browser: httpx.AsyncClient, athlete_id: int, telegram_id: int = MEMBER) -> str:
    """The claim that the browser is left with."""
    url = await at_strava(browser, await address(ayda, telegram_id))
    return claim_on(await browser.get(await ayda.consent(url, athlete_id)))


async def complete(ayda: Ayda, claim: str, telegram_id: int = MEMBER) -> httpx.Response:
    return await ayda.http.post(COMPLETE, json={"claim": claim}, headers=ayda.as_member(telegram_id))


async def test_a_member_goes_from_telegram_through_a_browser_back_to_telegram(ayda: Ayda, outside: httpx.AsyncClient):
    athlete_id = ayda.simulator.add_athlete()
    opened = await address(ayda)
    assert opened.startswith(f"{AYDA_URL}/api/v1/strava/enter?ticket=")
    page = await outside.get(await ayda.consent(await at_strava(outside, opened), athlete_id))
    assert page.status_code == 200
    assert "pass it on to nobody" in page.text
    assert "Завершить в Telegram" in page.text
    assert (await ayda.status())["state"] == "not_connected"
    answer = await complete(ayda, claim_on(page))
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["athlete_id"]) == ("connected", athlete_id)


async def test_nothing_is_exchanged_before_telegram_has_confirmed(ayda: Ayda, outside: httpx.AsyncClient):
    await consented(ayda, outside, ayda.simulator.add_athlete())
    assert "/oauth/token" not in str(ayda.strava.requests)


async def test_who_was_lured_into_consenting_is_refused_in_their_own_telegram(ayda: Ayda, outside: httpx.AsyncClient):
    victims = ayda.simulator.add_athlete()
    claim = await consented(ayda, outside, victims, telegram_id=OTHER)
    answer = await complete(ayda, claim, MEMBER)
    assert_problem(answer, 400, "authorization_foreign")
    assert "do not use it" in answer.json()["detail"]
    assert_problem(await complete(ayda, claim, OTHER), 400, "authorization_expired")
    for member in (MEMBER, OTHER):
        assert (await ayda.status(member))["state"] == "not_connected"
    assert "/oauth/token" not in str(ayda.strava.requests)


async def test_the_callback_is_wanted_in_the_browser_that_the_ticket_was_opened_in(
    ayda: Ayda, outside: httpx.AsyncClient
):
    url = await at_strava(outside, await address(ayda))
    answer = await ayda.http.get(await ayda.consent(url, ayda.simulator.add_athlete()))
    assert answer.status_code == 400
    assert "another browser" in answer.text


@pytest.mark.parametrize("query", ["", "?ticket=", "?ticket=x", f"?ticket={'A' * 5000}", "?ticket=%00", "?ticket=%ff"])
async def test_a_ticket_that_nobody_was_given_ends_on_a_page(outside: httpx.AsyncClient, query: str):
    page = await outside.get(f"/api/v1/strava/enter{query}")
    assert page.status_code == 400
    assert page.headers["content-type"].startswith("text/html")
    assert "Начать заново" in page.text
    assert "set-cookie" not in page.headers


async def test_a_ticket_works_once(ayda: Ayda, outside: httpx.AsyncClient):
    opened = await address(ayda)
    await at_strava(outside, opened)
    again = await ayda.http.get(opened)
    assert again.status_code == 400
    assert "Начать заново" in again.text


async def test_a_claim_works_once_even_at_the_same_moment(ayda: Ayda, outside: httpx.AsyncClient):
    claim = await consented(ayda, outside, ayda.simulator.add_athlete())
    answers = await asyncio.gather(*(complete(ayda, claim) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400, 400]


async def test_ticket_and_claim_live_five_minutes(ayda: Ayda, outside: httpx.AsyncClient):
    opened = await address(ayda)
    claim = await consented(ayda, outside, ayda.simulator.add_athlete())
    ayda.clock.advance(300)
    assert (await outside.get(opened)).status_code == 400
    assert_problem(await complete(ayda, claim), 400, "authorization_expired")
    assert (await ayda.status())["state"] == "not_connected"


async def test_a_ticket_is_no_claim_and_a_claim_no_ticket(ayda: Ayda, outside: httpx.AsyncClient):
    ticket = parse_qs(urlsplit(await address(ayda)).query)["ticket"][0]
    assert_problem(await complete(ayda, ticket), 400, "authorization_expired")
    claim = await consented(ayda, outside, ayda.simulator.add_athlete())
    assert (await outside.get(f"/api/v1/strava/enter?ticket={claim}")).status_code == 400


@pytest.mark.parametrize("claim", ["", "x", "A" * 43, "\0", "ы", "strava_"])
async def test_a_claim_that_nobody_was_given_connects_nothing(ayda: Ayda, claim: str):
    assert_problem(await complete(ayda, claim), 400, "authorization_expired")


async def test_completing_needs_a_proof_of_the_last_five_minutes(ayda: Ayda, outside: httpx.AsyncClient):
    claim = await consented(ayda, outside, ayda.simulator.add_athlete())
    stale = {"Authorization": f"tma {init_data(ayda.clock, age_s=301)}"}
    assert_problem(await ayda.http.post(COMPLETE, json={"claim": claim}, headers=stale), 401, "init_data_expired")
    assert_problem(await ayda.http.post(COMPLETE, json={"claim": claim}), 401, "invalid_init_data")
    assert (await complete(ayda, claim)).status_code == 200


async def test_the_way_survives_a_restart_at_every_step(world: World, settings: Settings):
    athlete_id, cookies = world.simulator.add_athlete(), dict[str, str]()
    async with world.running(settings) as ayda:
        opened = await address(ayda)
    async with world.running(settings) as ayda, browser_of(ayda) as browser:
        back = await ayda.consent(await at_strava(browser, opened), athlete_id)
        cookies |= dict(browser.cookies)
    async with world.running(settings) as ayda, browser_of(ayda, cookies) as browser:
        claim = claim_on(await browser.get(back))
    async with world.running(settings) as ayda:
        assert (await complete(ayda, claim)).json()["athlete_id"] == athlete_id


async def test_two_processes_share_the_way(world: World, settings: Settings):
    athlete_id = world.simulator.add_athlete()
    async with world.running(settings) as one, world.running(settings) as other, browser_of(other) as browser:
        opened = await address(one)
        back = await one.consent(await at_strava(browser, opened), athlete_id)
        async with browser_of(one, dict(browser.cookies)) as same:
            claim = claim_on(await same.get(back))
        assert (await complete(other, claim)).json()["athlete_id"] == athlete_id


async def test_refusing_at_strava_ends_the_way_with_a_page(ayda: Ayda, outside: httpx.AsyncClient):
    url = await at_strava(outside, await address(ayda))
    page = await outside.get(await ayda.consent(url, ayda.simulator.add_athlete(), decision="deny"))
    assert page.status_code == 400
    assert "startapp=strava_" not in page.text


async def test_uploads_can_be_asked_for_on_this_way_too(ayda: Ayda, outside: httpx.AsyncClient):
    url = await at_strava(outside, await address(ayda, query="&uploads=true"))
    claim = claim_on(await outside.get(await ayda.consent(url, ayda.simulator.add_athlete())))
    assert "activity:write" in (await complete(ayda, claim)).json()["scope"]


async def test_without_a_bot_there_is_no_way_back(world: World, settings: Settings):
    async with world.running(replace(settings, bot_name=None)) as ayda:
        answer = await ayda.http.get(f"{AUTH}?elsewhere=true", headers=ayda.as_member())
        assert_problem(answer, 503, "bot_not_configured")


async def rows(ayda: Ayda) -> list[Any]:
    with ayda.app.litestar.state["parts"].database.reading() as session:
        return [*session.execute(text("SELECT * FROM oauth_handover")).mappings()]


async def test_the_database_alone_opens_no_ticket_and_no_code(ayda: Ayda, outside: httpx.AsyncClient):
    url = await at_strava(outside, await address(ayda))
    back = await ayda.consent(url, ayda.simulator.add_athlete())
    claim = claim_on(await outside.get(back))
    code = parse_qs(urlsplit(back).query)["code"][0]
    (row,) = await rows(ayda)
    assert claim not in str(row)
    assert code not in str(row)


async def test_an_erased_member_leaves_nothing_on_the_way(ayda: Ayda, outside: httpx.AsyncClient):
    claim = await consented(ayda, outside, ayda.simulator.add_athlete())
    await ayda.http.delete("/api/v1/me", headers=ayda.as_member())
    ayda.clock.advance(1)  # whoever is back has opened the app anew
    assert await rows(ayda) == []
    assert_problem(await complete(ayda, claim), 400, "authorization_expired")
