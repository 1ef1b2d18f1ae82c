from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from ayda_service.settings import Settings
from simulators.strava.application.fault_menu import PlannedFault
from tests.ayda.support import MEMBER, OTHER, Ayda, World

CALLBACK = "/api/v1/strava/callback"
EXPIRED_IN_KOREAN = "인증이 만료되었습니다"
LIFE_S = 6 * 3600


async def test_consent_ends_in_a_connection_with_the_scope_that_was_granted(ayda: Ayda):
    athlete_id = ayda.simulator.add_athlete()
    back = await ayda.consent(await ayda.begin(), athlete_id, granted="activity:read_all")
    answer = await ayda.http.get(back)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    status = await ayda.status()
    assert (status["state"], status["athlete_id"]) == ("connected", athlete_id)
    assert set(status["scope"].split(",")) == {"read", "activity:read_all"}


async def test_the_page_leads_back_to_telegram_and_runs_nothing(ayda: Ayda):
    back = await ayda.consent(await ayda.begin(), ayda.simulator.add_athlete())
    answer = await ayda.http.get(back)
    assert "https://t.me/ayda_bot?startapp=" in answer.text
    assert "<script" not in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert answer.headers["cache-control"] == "no-store"


async def test_refusing_at_strava_connects_nothing(ayda: Ayda):
    back = await ayda.consent(await ayda.begin(), ayda.simulator.add_athlete(), decision="deny")
    answer = await ayda.http.get(back)
    assert answer.status_code == 400
    assert "did not allow" in answer.text
    assert (await ayda.status())["state"] == "not_connected"


@pytest.mark.parametrize("granted", ["read", "read,profile:read_all", ""])
async def test_a_consent_without_activities_connects_nothing(ayda: Ayda, granted: str):
    back = await ayda.consent(await ayda.begin(), ayda.simulator.add_athlete(), granted=granted)
    answer = await ayda.http.get(back)
    assert answer.status_code == 400
    assert "permission" in answer.text
    assert (await ayda.status())["state"] == "not_connected"
    assert not [path for path, _grant in ayda.strava.requests if path == "/oauth/token"]


async def test_a_state_works_once_even_with_a_fresh_code(ayda: Ayda):
    url, athlete_id = await ayda.begin(), ayda.simulator.add_athlete()
    assert (await ayda.http.get(await ayda.consent(url, athlete_id))).status_code == 200
    again = await ayda.http.get(await ayda.consent(url, ayda.simulator.add_athlete()))
    assert again.status_code == 400
    assert EXPIRED_IN_KOREAN in again.text
    assert (await ayda.status())["athlete_id"] == athlete_id


async def test_a_state_is_used_up_by_a_refusal(ayda: Ayda):
    url, athlete_id = await ayda.begin(), ayda.simulator.add_athlete()
    await ayda.http.get(await ayda.consent(url, athlete_id, decision="deny"))
    assert (await ayda.http.get(await ayda.consent(url, athlete_id))).status_code == 400


async def test_two_callbacks_at_once_with_one_state_connect_once(ayda: Ayda):
    url = await ayda.begin()
    backs = [await ayda.consent(url, ayda.simulator.add_athlete()) for _ in range(5)]
    answers = await asyncio.gather(*(ayda.http.get(back) for back in backs))
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400, 400]


@pytest.mark.parametrize(("age_s", "status"), [(599, 200), (600, 400)])
async def test_a_state_lives_ten_minutes_however_fresh_the_code_is(ayda: Ayda, age_s: int, status: int):
    url = await ayda.begin()
    ayda.clock.advance(age_s)
    answer = await ayda.http.get(await ayda.consent(url, ayda.simulator.add_athlete()))
    assert answer.status_code == status
    assert (EXPIRED_IN_KOREAN in answer.text) == (status == 400)


async def test_a_refresh_that_was_under_way_does_not_overwrite_a_new_connection(ayda: Ayda):
    athlete_id = await ayda.connect()
    ayda.clock.advance(LIFE_S)
    ayda.strava.refresh_answers.clear()
    asking = asyncio.create_task(ayda.token())
    await ayda.strava.asked()
    await ayda.connect(athlete_id=athlete_id)
    ayda.strava.refresh_answers.set()
    assert (await asking).status_code == 200
    ayda.clock.advance(LIFE_S)  # what is stored now must be what Strava accepts now
    assert (await ayda.token()).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?state=",
        "?code=c",
        "?state=made-up&code=c&scope=read,activity:read_all",
        "?state=%00%ff&code=c",
        "?error=x",
        "?state=a&state=b&code=c&code=d",
        f"?state={'A' * 5000}&code=c",
        f"?code={'A' * 5000}",
        f"?scope={'A' * 5000}",
        f"?error={'A' * 5000}",
    ],
)
async def test_a_callback_nobody_began_is_refused_with_a_page(ayda: Ayda, query: str):
    answer = await ayda.http.get(f"{CALLBACK}{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("text/html")
    assert EXPIRED_IN_KOREAN in answer.text
    assert ayda.strava.requests == []


async def test_a_code_that_strava_refuses_is_told_as_expired(ayda: Ayda):
    back = await ayda.consent(await ayda.begin(), ayda.simulator.add_athlete())
    code = back.partition("code=")[2].partition("&")[0]
    answer = await ayda.http.get(back.replace(code, "0" * 40))
    assert answer.status_code == 400
    assert EXPIRED_IN_KOREAN in answer.text


@pytest.mark.parametrize("kind", ["html", "empty", "reset", "rate_limited"])
async def test_trouble_at_strava_is_a_page_that_says_to_try_again(ayda: Ayda, kind: str):
    back = await ayda.consent(await ayda.begin(), ayda.simulator.add_athlete())
    ayda.simulator.faults.order(PlannedFault(kind=kind, path="/oauth/token"))  # type: ignore[arg-type] - a parameter
    answer = await ayda.http.get(back)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["content-type"].startswith("text/html")
    assert "try again" in answer.text
    assert (await ayda.status())["state"] == "not_connected"
    await ayda.connect()


async def test_a_wrong_client_secret_is_told_as_an_outage(world: World, settings: Settings):
    world.simulator.client_secret = "rotated-at-strava"
    async with world.running(settings) as ayda:
        answer = await ayda.http.get(await ayda.consent(await ayda.begin(), ayda.simulator.add_athlete()))
    assert answer.status_code == 503


async def test_a_state_is_bound_to_the_member_who_began(ayda: Ayda):
    mine, theirs = await ayda.begin(MEMBER), await ayda.begin(OTHER)
    first, second = ayda.simulator.add_athlete(), ayda.simulator.add_athlete()
    assert (await ayda.http.get(await ayda.consent(theirs, second))).status_code == 200
    assert (await ayda.http.get(await ayda.consent(mine, first))).status_code == 200
    assert (await ayda.status(MEMBER))["athlete_id"] == first
    assert (await ayda.status(OTHER))["athlete_id"] == second


async def test_an_athlete_of_another_member_is_refused_and_their_connection_lives_on(ayda: Ayda):
    athlete_id = await ayda.connect(MEMBER)
    answer = await ayda.http.get(await ayda.consent(await ayda.begin(OTHER), athlete_id))
    assert answer.status_code == 409
    assert "another member" in answer.text
    assert (await ayda.status(OTHER))["state"] == "not_connected"
    assert (await ayda.token(OTHER)).json()["code"] == "strava_not_connected"
    ayda.clock.advance(LIFE_S)  # the second consent has rotated the first one's refresh token at Strava
    assert (await ayda.token(MEMBER)).status_code == 200


async def test_members_who_connect_one_athlete_at_once_get_one_connection_and_honest_pages(ayda: Ayda):
    members = (MEMBER, OTHER, OTHER + 1, OTHER + 2)
    for _ in range(5):
        athlete_id = ayda.simulator.add_athlete()
        backs = [await ayda.consent(await ayda.begin(member), athlete_id) for member in members]
        answers = await asyncio.gather(*(ayda.http.get(back) for back in backs))
        linked = [(await ayda.status(member))["athlete_id"] == athlete_id for member in members]
        assert [answer.status_code for answer in answers] == [200 if owns else 409 for owns in linked]
        assert sum(linked) == 1


async def test_connecting_again_renews_the_connection(ayda: Ayda):
    athlete_id = await ayda.connect()
    ayda.simulator.authorizations.revoke_athlete(athlete_id)
    ayda.clock.advance(LIFE_S)
    assert (await ayda.token()).json()["code"] == "reauth_required"
    assert (await ayda.status())["state"] == "reauth_required"
    await ayda.connect(athlete_id=athlete_id)
    assert (await ayda.status())["state"] == "connected"
    assert (await ayda.token()).status_code == 200


async def test_a_member_who_connects_another_athlete_has_that_one_alone(ayda: Ayda):
    await ayda.connect()
    second = await ayda.connect()
    assert (await ayda.status())["athlete_id"] == second
    assert (await ayda.token()).json()["athlete_id"] == second


async def test_two_begun_connections_of_one_member_both_work(ayda: Ayda):
    athlete_id = ayda.simulator.add_athlete()
    first, second = await ayda.begin(), await ayda.begin()
    assert (await ayda.http.get(await ayda.consent(first, athlete_id))).status_code == 200
    assert (await ayda.http.get(await ayda.consent(second, athlete_id))).status_code == 200


async def test_names_from_outside_are_escaped_on_the_page(world: World, settings: Settings):
    async with world.running(replace(settings, bot_name='"><script>alert(1)</script>')) as ayda:
        answer = await ayda.http.get(f"{CALLBACK}?error=%3Cscript%3E&state=%3Cscript%3E")
    assert "<script" not in answer.text
