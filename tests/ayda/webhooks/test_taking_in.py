from __future__ import annotations

import asyncio
import json

import pytest
from sqlalchemy import text

from ayda_service.webhooks.models import WebhookSubscription
from tests.ayda.support import Ayda, assert_problem
from tests.ayda.webhooks.conftest import Open
from tests.ayda.webhooks.support import (
    BARE_PATH,
    EVENT_TIME,
    OFF,
    REQUIRE,
    SECRET_PATH,
    SIGNING,
    VERIFY,
    VERIFY_TOKEN,
    deliver,
    event,
    post,
    send,
    states,
    stored,
)

ASKED = {"hub.mode": "subscribe", "hub.challenge": "15f7", "hub.verify_token": VERIFY_TOKEN}


@pytest.mark.parametrize("path", [BARE_PATH, SECRET_PATH])
async def test_the_challenge_comes_back_to_whoever_knows_the_verify_token(hooked: Ayda, path: str):
    answer = await hooked.http.get(path, params=ASKED)
    assert answer.status_code == 200
    assert answer.json() == {"hub.challenge": "15f7"}


@pytest.mark.parametrize(
    "wrong", [{"hub.verify_token": "x"}, {"hub.mode": "unsubscribe"}, {"hub.challenge": ""}, {"hub.verify_token": ""}]
)
async def test_a_wrong_handshake_is_refused(hooked: Ayda, wrong: dict[str, str]):
    assert_problem(await hooked.http.get(SECRET_PATH, params={**ASKED, **wrong}), 403, "wrong_verify_token")


async def test_a_wrong_secret_in_the_path_is_an_address_without_anything(hooked: Ayda):
    wrong = f"{BARE_PATH}/{'0' * 32}"
    assert_problem(await hooked.http.get(wrong, params=ASKED), 404, "not_found")
    assert_problem(await post(hooked, event(1), wrong), 404, "not_found")
    assert await stored(hooked) == []


async def test_without_a_verify_token_there_are_no_webhooks(open_ayda: Open):
    async with open_ayda(None) as ayda:
        assert_problem(await ayda.http.get(BARE_PATH, params=ASKED), 404, "not_found")
        assert_problem(await post(ayda, event(1), BARE_PATH), 404, "not_found")


async def test_an_event_is_stored_before_it_is_acknowledged_and_then_worked_on(hooked: Ayda):
    athlete_id = await hooked.connect()
    await send(hooked, event(athlete_id, 2**53 + 1))
    (kept,) = await stored(hooked)
    assert (kept.object_id, kept.owner_id, kept.state, kept.signed) == (2**53 + 1, athlete_id, "new", False)
    assert (await hooked.queue.stats()).by_name["forward_events"] == 1


async def test_an_event_that_is_kept_is_answered_as_the_brief_prints_it(hooked: Ayda):
    answer = await deliver(hooked, event(await hooked.connect()))
    assert (answer.status_code, answer.text) == (200, "OK")
    assert answer.headers["content-type"].startswith("text/plain")


async def test_the_same_event_again_changes_nothing(hooked: Ayda):
    athlete_id = await hooked.connect()
    for _ in range(3):
        await send(hooked, event(athlete_id))
    assert len(await stored(hooked)) == 1


async def test_two_updates_of_one_second_are_two_events(hooked: Ayda):
    athlete_id = await hooked.connect()
    await send(hooked, event(athlete_id, aspect="update", updates={"title": "a"}))
    await send(hooked, event(athlete_id, aspect="update", updates={"title": "b"}))
    assert len(await stored(hooked)) == 2


async def test_the_words_of_an_athlete_are_not_kept(hooked: Ayda):
    athlete_id = await hooked.connect()
    await send(hooked, event(athlete_id, aspect="update", updates={"title": "With Dana", "private": "true"}))
    assert [each.updates for each in await stored(hooked)] == [{"title": "", "private": "true"}]


async def test_nothing_of_an_event_of_a_stranger_is_stored_and_it_leads_to_no_work(hooked: Ayda):
    await send(hooked, event(999))
    assert await states(hooked) == []
    assert (await hooked.queue.stats()).by_name.get("forward_events", 0) == 0


async def test_an_event_may_be_about_any_time(hooked: Ayda):
    athlete_id = await hooked.connect()
    await send(hooked, event(athlete_id, event_time=EVENT_TIME - 10**8))
    assert await states(hooked) == ["new"]


async def test_an_event_of_another_subscription_is_dropped(open_ayda: Open):
    async with open_ayda(OFF) as ayda:
        athlete_id = await ayda.connect()
        await _know_subscription(ayda, 120475)
        await send(ayda, event(athlete_id, subscription_id=1))
        assert await stored(ayda) == []
        await send(ayda, event(athlete_id))
        assert await states(ayda) == ["new"]


async def _know_subscription(ayda: Ayda, subscription_id: int) -> None:
    now = ayda.clock.now()
    row = WebhookSubscription(
        name="strava",
        subscription_id=subscription_id,
        callback_digest="",
        next_at=now,
        failures=0,
        day=now.date(),
        calls=0,
    )
    with ayda.app.litestar.state["parts"].database.transaction() as session:
        session.add(row)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"[" * 20_000, b'{"object_type":"activity"}'])
async def test_what_is_no_event_is_refused(hooked: Ayda, body: bytes):
    assert_problem(await post(hooked, body), 400, "bad_event")


@pytest.mark.parametrize("nul", [{"object_type": "a\0b"}, {"aspect_type": "create\0"}, {"aspect_type": "create\n"}])
async def test_an_event_that_no_database_takes_is_refused_before_it_spoils_a_batch(hooked: Ayda, nul: dict[str, str]):
    athlete_id = await hooked.connect()
    answers = await asyncio.gather(post(hooked, {**event(athlete_id), **nul}), post(hooked, event(athlete_id, 5)))
    assert_problem(answers[0], 400, "bad_event")
    assert [each.object_id for each in await stored(hooked)] == [5]


async def test_odd_text_in_updates_spoils_nothing(hooked: Ayda):
    athlete_id = await hooked.connect()
    await send(hooked, event(athlete_id, aspect="update", updates={"ti\0tle": "x", "type": "a\0b"}))
    assert await states(hooked) == ["new"]


async def test_a_body_of_more_than_32_kib_is_refused(hooked: Ayda):
    answer = await post(hooked, event(1, updates={"title": "x" * 33_000}))
    assert answer.status_code == 413
    assert await stored(hooked) == []


@pytest.mark.parametrize(
    ("mode", "path", "secret", "age_s", "status"),
    [
        ("off", SECRET_PATH, None, 0, 200),
        ("off", BARE_PATH, None, 0, 200),
        ("off", SECRET_PATH, "another-secret-0000", 0, 200),
        ("verify", SECRET_PATH, None, 0, 200),
        ("verify", BARE_PATH, None, 0, 401),
        ("verify", BARE_PATH, SIGNING[1], 0, 200),
        ("verify", SECRET_PATH, SIGNING[0], 0, 200),
        ("verify", SECRET_PATH, SIGNING[1], 0, 200),
        ("verify", SECRET_PATH, "another-secret-0000", 0, 401),
        ("verify", SECRET_PATH, SIGNING[0], 301, 401),
        ("require", SECRET_PATH, None, 0, 401),
        ("require", SECRET_PATH, SIGNING[0], 0, 200),
        ("require", SECRET_PATH, SIGNING[0], -301, 401),
    ],
)
async def test_which_events_are_taken(
    open_ayda: Open, mode: str, path: str, secret: str | None, age_s: float, status: int
):
    async with open_ayda({"off": OFF, "verify": VERIFY, "require": REQUIRE}[mode]) as ayda:
        answer = await deliver(ayda, event(await ayda.connect()), path, secret=secret, age_s=age_s)
        assert answer.status_code == status
        if status == 401:
            assert_problem(answer, 401, "bad_signature")
        assert len(await stored(ayda)) == (status == 200)
        if secret in SIGNING and status == 200:
            assert (await stored(ayda))[0].signed


async def test_while_the_database_is_held_the_answer_is_503_and_nothing_is_lost(hooked: Ayda):
    athlete_id = await hooked.connect()
    database = hooked.app.litestar.state["parts"].database
    with database.transaction() as session:
        if session.get_bind().dialect.name == "postgresql":  # on SQLite any open transaction keeps writers out
            session.execute(text("LOCK TABLE webhook_event"))
        answers = await asyncio.gather(*(post(hooked, event(athlete_id, 100 + each)) for each in range(20)))
    assert {answer.status_code for answer in answers} == {503}
    assert all(int(answer.headers["retry-after"]) > 0 for answer in answers)
    for each in range(20):
        await send(hooked, event(athlete_id, 100 + each))
    assert len(await stored(hooked)) == 20


async def test_what_became_of_events_is_counted(hooked: Ayda):
    await send(hooked, event(7))
    await post(hooked, b"{")
    shown = (await hooked.http.get("/metrics")).text
    assert 'webhook_events_total{outcome="unknown_owner"} 1.0' in shown
    assert 'webhook_events_total{outcome="BadEvent"} 1.0' in shown


async def test_an_event_without_updates_is_an_event(hooked: Ayda):
    athlete_id = await hooked.connect()
    bare = event(athlete_id)
    del bare["updates"]
    await send(hooked, json.loads(json.dumps(bare)))
    assert await states(hooked) == ["new"]
