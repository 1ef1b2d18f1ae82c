"""Files outside of Telegram: an address that is good once, for five minutes, for what its member has."""

from __future__ import annotations

import json
from typing import Any

import pytest

from takealong.crew_sheet import POLICY
from tests.ayda.plans.conftest import FILES, ID, Owner, predicted
from tests.ayda.support import AYDA_URL, MEMBER, OTHER, Ayda, assert_problem

PATH = "/api/v1/downloads"
TYPES = {
    "card.png": "image/png",
    "plan.gpx": "application/gpx+xml",
    "plan.csv": "text/csv",
    "course.tcx": "application/vnd.garmin.tcx+xml",
    "crew.html": "text/html",
}


@pytest.fixture
async def owner(ayda: Ayda) -> Owner:
    return await predicted(ayda)


async def address(ayda: Ayda, what: str, telegram_id: int = MEMBER, prediction_id: str | None = ID) -> Any:
    wanted = {"what": what, "prediction_id": prediction_id}
    return await ayda.http.post(PATH, json=wanted, headers=ayda.as_member(telegram_id))


async def url_of(ayda: Ayda, what: str) -> str:
    answer = await address(ayda, what)
    assert answer.status_code == 201, answer.text
    url = str(answer.json()["url"])
    assert url.startswith(f"{AYDA_URL}{PATH}/file?ticket=")
    assert str(MEMBER) not in url
    assert ID not in url
    return url


@pytest.mark.parametrize("what", FILES)
async def test_a_browser_that_knows_no_member_gets_the_file_as_the_member_would(owner: Owner, what: str):
    own = await owner.take(what)
    answer = await owner.ayda.http.get(await url_of(owner.ayda, what))
    assert answer.status_code == 200, answer.text
    assert answer.content == own.content
    assert answer.headers["content-type"].partition(";")[0] == TYPES[what]
    assert answer.headers["cache-control"] == "private, no-store"
    if what in {"card.png", "crew.html"}:
        assert "content-disposition" not in answer.headers, "to be looked at"
    else:
        assert answer.headers["content-disposition"] == f'attachment; filename="{what}"'
    assert (answer.headers.get("content-security-policy") == POLICY) is (what == "crew.html")


async def test_everything_about_a_member_comes_the_same_way(owner: Owner):
    answer = await owner.ayda.http.get(await url_of(owner.ayda, "export"))
    assert answer.headers["content-disposition"] == 'attachment; filename="ayda-export.json"'
    assert json.loads(answer.content)["telegram_id"] == str(MEMBER)


async def test_an_address_is_good_once(owner: Owner):
    url = await url_of(owner.ayda, "plan.csv")
    assert (await owner.ayda.http.get(url)).status_code == 200
    again = await owner.ayda.http.get(url)
    assert again.status_code == 404
    assert again.headers["content-type"].startswith("text/html")
    assert "once, for five minutes" in again.text
    assert "https://t.me/ayda_bot?startapp=" in again.text


async def test_an_address_is_good_for_five_minutes(owner: Owner):
    url = await url_of(owner.ayda, "plan.csv")
    owner.ayda.clock.advance(300)
    assert (await owner.ayda.http.get(url)).status_code == 404


async def test_a_browser_that_only_looks_ahead_uses_nothing_up(owner: Owner):
    url = await url_of(owner.ayda, "plan.csv")
    assert (await owner.ayda.http.get(url, headers={"Sec-Purpose": "prefetch"})).status_code == 204
    assert (await owner.ayda.http.get(url)).status_code == 200


@pytest.mark.parametrize("what", FILES)
async def test_of_another_members_prediction_there_is_no_address(owner: Owner, what: str):
    assert_problem(await address(owner.ayda, what, OTHER), 404, "prediction_not_found")
    assert_problem(await address(owner.ayda, what, prediction_id=None), 404, "prediction_not_found")
    anonymous = await owner.ayda.http.post(PATH, json={"what": what, "prediction_id": ID})
    assert_problem(anonymous, 401, "invalid_init_data")


@pytest.mark.parametrize("wanted", [{}, {"what": "passwords"}, {"what": "export", "more": 1}])
async def test_what_is_no_file_has_no_address(ayda: Ayda, wanted: dict[str, Any]):
    assert_problem(await ayda.http.post(PATH, json=wanted, headers=ayda.as_member()), 422, "validation_failed")


@pytest.mark.parametrize("ticket", ["", "A" * 43, "A" * 5_000, "%00", "<script>"])
async def test_a_ticket_that_nobody_was_given_opens_nothing(ayda: Ayda, ticket: str):
    answer = await ayda.http.get(f"{PATH}/file", params={"ticket": ticket})
    assert answer.status_code == 404
    assert "<script>" not in answer.text


async def test_a_ticket_to_strava_opens_no_file_nor_the_other_way_round(owner: Owner):
    ayda = owner.ayda
    headers = ayda.as_member(Accept="application/json")
    begun = await ayda.http.get("/api/v1/strava/auth", params={"elsewhere": "true"}, headers=headers)
    ticket = begun.json()["authorization_url"].partition("ticket=")[2]
    assert (await ayda.http.get(f"{PATH}/file", params={"ticket": ticket})).status_code == 404
    other = (await url_of(ayda, "export")).partition("ticket=")[2]
    assert (await ayda.http.get("/api/v1/strava/enter", params={"ticket": other})).status_code == 400


async def test_an_erasure_ends_every_address(owner: Owner):
    url = await url_of(owner.ayda, "export")
    assert (await owner.ayda.http.delete("/api/v1/me", headers=owner.ayda.as_member())).status_code == 200
    assert (await owner.ayda.http.get(url)).status_code == 404
