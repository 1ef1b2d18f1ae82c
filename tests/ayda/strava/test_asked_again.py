"""A browser that comes back to the callback is told how its authorization ended; nobody else learns anything new."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.ayda.strava.test_elsewhere import address as address_elsewhere
from tests.ayda.strava.test_elsewhere import at_strava, claim_on, complete
from tests.ayda.support import MEMBER, Ayda
from tests.drills.vault_world import browser_of

CONNECTED, NOT_CONNECTED = "<h1>Strava is connected.</h1>", "<h1>Strava is not connected.</h1>"


@pytest.fixture
async def other_browser(ayda: Ayda) -> AsyncIterator[httpx.AsyncClient]:
    async with browser_of(ayda) as browser:
        yield browser


async def test_a_browser_that_has_connected_is_told_so_however_often_it_asks(ayda: Ayda):
    back = await ayda.consent(await ayda.begin(), ayda.simulator.add_athlete())
    for _ in range(3):
        answer = await ayda.http.get(back)
        assert answer.status_code == 200
        assert CONNECTED in answer.text
    assert [path for path, _grant in ayda.strava.requests].count("/oauth/token") == 1


async def test_of_two_requests_at_once_both_are_told_and_one_connects(ayda: Ayda):
    back = await ayda.consent(await ayda.begin(), ayda.simulator.add_athlete())
    answers = await asyncio.gather(*(ayda.http.get(back) for _ in range(4)))
    assert [CONNECTED in answer.text for answer in answers] == [True] * 4
    assert [path for path, _grant in ayda.strava.requests].count("/oauth/token") == 1


async def test_another_browser_gets_nothing_of_it(ayda: Ayda, other_browser: httpx.AsyncClient):
    back = await ayda.consent(await ayda.begin(), ayda.simulator.add_athlete())
    await ayda.http.get(back)
    answer = await other_browser.get(back)
    assert answer.status_code == 400
    assert NOT_CONNECTED in answer.text


async def test_another_code_in_the_same_browser_gets_nothing_of_it(ayda: Ayda):
    url = await ayda.begin()
    await ayda.http.get(await ayda.consent(url, ayda.simulator.add_athlete()))
    answer = await ayda.http.get(await ayda.consent(url, ayda.simulator.add_athlete()))
    assert (answer.status_code, NOT_CONNECTED in answer.text) == (400, True)


async def test_it_is_told_as_long_as_the_state_lives(ayda: Ayda):
    back = await ayda.consent(await ayda.begin(), ayda.simulator.add_athlete())
    await ayda.http.get(back)
    ayda.clock.advance(599)
    assert (await ayda.http.get(back)).status_code == 200
    ayda.clock.advance(1)
    assert (await ayda.http.get(back)).status_code == 400


async def test_who_has_disconnected_meanwhile_is_not_told_otherwise(ayda: Ayda):
    back = await ayda.consent(await ayda.begin(), ayda.simulator.add_athlete())
    await ayda.http.get(back)
    await ayda.http.post("/api/v1/strava/disconnect", headers=ayda.as_member())
    answer = await ayda.http.get(back)
    assert (answer.status_code, NOT_CONNECTED in answer.text) == (400, True)


async def test_a_refusal_that_is_shown_again_is_still_one(ayda: Ayda):
    back = await ayda.consent(await ayda.begin(), ayda.simulator.add_athlete(), decision="deny")
    for _ in range(2):
        answer = await ayda.http.get(back)
        assert answer.status_code == 400
        assert "did not allow" in answer.text


async def test_on_the_way_through_another_browser_the_page_comes_again_and_one_claim_connects(
    ayda: Ayda, other_browser: httpx.AsyncClient
):
    back = await ayda.consent(
        await at_strava(other_browser, await address_elsewhere(ayda)), ayda.simulator.add_athlete()
    )
    claims = [claim_on(await other_browser.get(back)) for _ in range(2)]
    assert (await complete(ayda, claims[1])).status_code == 200
    assert (await complete(ayda, claims[0])).status_code == 400
    assert (await ayda.status(MEMBER))["state"] == "connected"
    answer = await other_browser.get(back)
    assert (answer.status_code, CONNECTED in answer.text) == (200, True)


@pytest.mark.parametrize("header", ["Purpose", "Sec-Purpose", "X-Moz"])
async def test_a_look_ahead_of_the_click_uses_nothing_up(ayda: Ayda, other_browser: httpx.AsyncClient, header: str):
    opened = await address_elsewhere(ayda)
    for look in ({"headers": {header: "prefetch;prerender"}}, {"method": "HEAD"}):
        asked: dict[str, object] = {"method": "GET", **look}
        assert (await other_browser.request(url=opened, **asked)).status_code in {204, 405}  # type: ignore[arg-type]
    back = await ayda.consent(await at_strava(other_browser, opened), ayda.simulator.add_athlete())
    for look in ({"headers": {header: "prefetch"}}, {"method": "HEAD"}):
        asked = {"method": "GET", **look}
        assert (await other_browser.request(url=back, **asked)).status_code in {204, 405}  # type: ignore[arg-type]
    assert (await complete(ayda, claim_on(await other_browser.get(back)))).status_code == 200
