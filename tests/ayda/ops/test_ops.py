from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import insert

from ayda_service.audit.models import TokenHandOut
from ayda_service.settings import Settings
from servicekit.base.settings import Secret
from servicekit.jobs import Job
from servicekit.ops.door import SESSION_S
from servicekit.ops.lists import MOST
from tests.ayda.ops.support import KEY, Operator
from tests.ayda.support import MEMBER, OTHER, Ayda, World, assert_problem


@pytest.fixture
async def ayda(world: World, settings: Settings) -> AsyncIterator[Ayda]:
    async with world.running(replace(settings, operator_key=Secret(KEY))) as running:
        yield running


@pytest.fixture
async def operator(ayda: Ayda) -> Operator:
    visiting = Operator(ayda.http)
    assert (await visiting.sign_in()).status_code == 303
    return visiting


LISTS = ("jobs", "events", "uploads", "connections", "tokens", "actions")


@pytest.mark.parametrize("path", ["/ops", "/ops/lists/jobs", "/ops/lists/none"])
async def test_a_stranger_sees_a_form_for_the_key_and_nothing_else(ayda: Ayda, path: str):
    answer = await Operator(ayda.http).get(path)
    assert answer.status_code == 401
    assert 'type="password"' in answer.text
    assert "/ops/lists/" not in answer.text
    assert_problem(await ayda.http.get(path), 401, "operator_unknown")


@pytest.mark.parametrize("key", ["", KEY[:-1], KEY + "0", KEY.upper(), "0" * 2000, "ключ"])
async def test_no_other_key_opens(ayda: Ayda, key: str):
    visiting = Operator(ayda.http)
    answer = await visiting.sign_in(key)
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert (await visiting.get()).status_code == 401


async def test_without_a_key_nobody_gets_in(world: World):
    async with world.running() as ayda:
        visiting = Operator(ayda.http)
        for key in ("", KEY):
            assert (await visiting.sign_in(key)).status_code == 401
        assert "OPERATOR_KEY is not set" in (await visiting.get()).text


async def test_the_cookie_is_for_these_pages_alone_and_for_an_hour(ayda: Ayda):
    cookie = (await Operator(ayda.http).sign_in()).headers["set-cookie"]
    said = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"path=/ops", "httponly", "samesite=strict", f"max-age={SESSION_S}"} <= said
    assert KEY not in cookie


async def test_a_session_ends_after_its_hour_whatever_is_done_in_it(ayda: Ayda, operator: Operator):
    for _ in range(4):
        ayda.clock.advance(SESSION_S / 4 - 1)
        assert (await operator.get()).status_code == 200
    ayda.clock.advance(5)
    assert (await operator.get()).status_code == 401


async def test_a_session_that_was_left_is_over_for_whoever_has_a_copy(ayda: Ayda, operator: Operator):
    kept = dict(ayda.http.cookies)
    assert (await operator.post("/ops/logout", form=await operator.form())).status_code == 303
    ayda.http.cookies = httpx.Cookies(kept)
    assert (await operator.get()).status_code == 401


async def test_another_key_ends_every_session(world: World, settings: Settings, ayda: Ayda, operator: Operator):
    kept = dict(ayda.http.cookies)
    async with world.running(replace(settings, operator_key=Secret(KEY[::-1]))) as other:
        other.http.cookies = httpx.Cookies(kept)
        assert (await Operator(other.http).get()).status_code == 401


@pytest.mark.parametrize("changed", ["id", "end", "signature"])
async def test_a_changed_session_is_none(ayda: Ayda, operator: Operator, changed: str):
    assert (await operator.get()).status_code == 200
    ((name, value),) = dict(ayda.http.cookies).items()
    session_id, end, signature = value.split(".")
    made_up = {
        "id": f"{'0' * 32}.{end}.{signature}",
        "end": f"{session_id}.{int(end) + 9999}.{signature}",
        "signature": f"{session_id}.{end}.{'A' * 43}",
    }
    ayda.http.cookies = httpx.Cookies({name: made_up[changed]})
    assert (await operator.get()).status_code == 401


async def test_a_form_of_no_session_or_of_another_does_nothing(ayda: Ayda, operator: Operator):
    job = await a_dead_job(ayda)
    other = Operator(httpx.AsyncClient(transport=ayda.http._transport, base_url=ayda.http.base_url))
    await other.sign_in()
    for form in ("", await other.form()):
        answer = await operator.post("/ops/lists/jobs/replay", form=form, id=job)
        assert answer.status_code == 403
    assert [dead.id for dead in await ayda.queue.dead()] == [job]
    await other.http.aclose()


async def test_a_form_that_another_site_sends_is_not_read(ayda: Ayda, operator: Operator):
    form = await operator.form()
    foreign = {"Sec-Fetch-Site": "cross-site", "Accept": "text/html"}
    answer = await ayda.http.post("/ops/logout", data={"form": form}, headers=foreign)
    assert answer.status_code == 401
    assert (await operator.get()).status_code == 200


@pytest.mark.parametrize("path", ["/ops", *(f"/ops/lists/{name}" for name in LISTS)])
async def test_pages_run_nothing_and_reach_for_nobody(ayda: Ayda, operator: Operator, path: str):
    await ayda.connect()
    await ayda.token()
    answer = await operator.get(path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert not re.search(r"<script|\son\w+=|style=|https?://", answer.text)


async def test_pages_show_no_token_and_no_more_of_a_person_than_an_id(ayda: Ayda, operator: Operator):
    athlete_id = await ayda.connect()
    given = (await ayda.token()).json()["access_token"]
    pages = [await operator.text(), *[await operator.text(f"/ops/lists/{name}") for name in LISTS]]
    assert any(str(athlete_id) in page for page in pages)
    for page in pages:
        assert given not in page
        assert "k1:" not in page  # how seals begin
        assert "Athlete 1" not in page


async def test_the_first_page_says_how_things_stand(ayda: Ayda, operator: Operator):
    await ayda.connect()
    shown = " ".join((await operator.text()).split())
    assert "No alarm." in shown
    assert "Reads, today 0 / 1,000" in shown
    assert "active 1" in shown
    assert "connected 1" in shown


async def test_pages_speak_the_browsers_language(ayda: Ayda, operator: Operator):
    for language, title in (("ru", "Запросы к Strava"), ("ko-KR,en;q=0.5", "Strava 호출"), ("fr", "Calls to Strava")):
        answer = await ayda.http.get("/ops", headers={"Accept": "text/html", "Accept-Language": language})
        assert title in answer.text


async def a_dead_job(ayda: Ayda, number: int = 1) -> str:
    """One that was given up."""

    async def fails(_args: object) -> None:
        raise ValueError("no good <b>")

    before = {dead.id for dead in await ayda.queue.dead()}
    await ayda.queue.put("fails", {"telegram_id": MEMBER, "secret": "canary", "number": number})
    task = asyncio.create_task(ayda.queue.work([Job("fails", fails)]))
    while not (new := {dead.id for dead in await ayda.queue.dead()} - before):  # noqa: ASYNC110 - a condition
        await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return new.pop()


async def test_a_job_that_was_given_up_is_shown_without_what_it_held_and_tried_again(ayda: Ayda, operator: Operator):
    job = await a_dead_job(ayda)
    page = await operator.get("/ops/lists/jobs")
    assert "ValueError: no good &lt;b&gt;" in page.text
    assert "canary" not in page.text
    answer = await operator.post("/ops/lists/jobs/replay", form=await operator.form(), id=job)
    assert (answer.status_code, answer.headers["location"]) == (303, "/ops/lists/jobs")
    assert await ayda.queue.dead() == []
    assert (await ayda.queue.stats()).ready >= 1
    done = await operator.text("/ops/lists/actions")
    assert f"jobs {job}" in done
    assert "replayed" in done


async def test_what_is_not_given_up_is_not_tried_again_and_that_is_written_down(ayda: Ayda, operator: Operator):
    form = await operator.form()
    for name, row_id in (("jobs", "x"), ("events", "x"), ("events", "018f6b2a-0000-7000-8000-00000000ffff")):
        assert (await operator.post(f"/ops/lists/{name}/replay", form=form, id=row_id)).status_code == 303
    assert "replayed_none" in await operator.text("/ops/lists/actions")
    assert (await operator.post("/ops/lists/tokens/replay", form=form, id="1")).status_code == 404
    assert (await operator.post("/ops/lists/none/replay", form=form, id="1")).status_code == 404


async def test_lists_are_searched_sorted_and_turned_over(ayda: Ayda, operator: Operator):
    first, second = await ayda.connect(MEMBER), await ayda.connect(OTHER)
    for _ in range(30):
        await ayda.token(OTHER)
    text = await operator.text("/ops/lists/tokens")
    assert "Page 1 of 2, 32 in all" in text
    assert "Page 2 of 2" in await operator.text("/ops/lists/tokens", page="2")
    only_first = await operator.text("/ops/lists/tokens", q=str(first))
    assert (str(first) in only_first, "1 in all" in only_first) == (True, True)
    assert "30 in all" in await operator.text("/ops/lists/tokens", state="asked")
    sorted_ids = re.findall(r"\b(\d{9})\b", await operator.text("/ops/lists/connections", sort="athlete_id"))
    assert sorted_ids == sorted(sorted_ids) == [str(first), str(second)]
    back = re.findall(r"\b(\d{9})\b", await operator.text("/ops/lists/connections", sort="-athlete_id"))
    assert back == sorted_ids[::-1]


async def many_hand_outs(ayda: Ayda, count: int) -> None:
    """So many, the oldest first, each for a request of its own."""
    chain = {"subject": "s", "api_key_id": "k1", "reason": "asked", "digest": "d", "salt": "s", "athlete_id": 7}
    rows = [
        {
            "seq": seq,
            "request_id": f"request-{seq}",
            "handed_out_at": ayda.clock.now() + timedelta(seconds=seq),
            **chain,
        }
        for seq in range(1, count + 1)
    ]
    database = ayda.app.litestar.state["parts"].database
    await database.write(lambda session: session.execute(insert(TokenHandOut), rows))


async def test_of_a_long_list_the_newest_are_counted_and_looked_through_and_ids_are_found_among_all(
    ayda: Ayda, operator: Operator
):
    await many_hand_outs(ayda, MOST + 100)
    first = await operator.text("/ops/lists/tokens")
    assert "Page 1 of 80, 2,000+ in all" in first
    assert "There are more" in first
    last = await operator.text("/ops/lists/tokens", page="80")
    assert ("request-101 " in last, "request-100 " in last) == (True, False)
    for whole in ("request-5", "5"):
        found = await operator.text("/ops/lists/tokens", q=whole)
        assert ("1 in all" in found, "request-5 " in found) == (True, True)
    part = await operator.text("/ops/lists/tokens", q="uest-21")
    assert ("11 in all" in part, "There are more" in part) == (True, True), "210 to 219 and 2100; 21 is too old"
    oldest = await operator.text("/ops/lists/tokens", sort="seq")
    assert "request-1 " in oldest, "turned round, a list begins with the oldest"


async def test_what_is_part_of_a_word_is_no_pattern(ayda: Ayda, operator: Operator):
    await many_hand_outs(ayda, 3)
    assert "0 in all" in await operator.text("/ops/lists/tokens", q="request_1")
    assert "3 in all" in await operator.text("/ops/lists/tokens", q="EQUEST-")


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(
    "query",
    [
        {"page": "0"}, {"page": "-1"}, {"page": "99999999999"}, {"page": "1e3"}, {"sort": "access_sealed"},
        {"sort": "-id;drop"}, {"q": "%"}, {"q": "' OR 1=1 --"}, {"q": "9" * 30}, {"q": "<script>alert(1)</script>"},
        {"state": "none"}, {"q": "\x00\x01"},
    ],
    ids=str,
)  # fmt: skip
async def test_whatever_stands_in_the_address_a_list_is_a_list(operator: Operator, name: str, query: dict[str, str]):
    answer = await operator.get(f"/ops/lists/{name}", params=query)
    assert answer.status_code == 200
    assert "<script" not in answer.text


async def test_wrong_keys_are_counted_logged_and_soon_refused(ayda: Ayda):
    visiting = Operator(ayda.http)
    answers = [(await visiting.sign_in("wrong" * 8)).status_code for _ in range(12)]
    assert answers == [401] * 10 + [429] * 2
    assert "operator_keys_refused_total 10.0" in (await ayda.http.get("/metrics")).text
