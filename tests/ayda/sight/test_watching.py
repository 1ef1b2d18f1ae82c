"""The administrator is told once when an alarm has lasted, and once when it is over, whichever process sees it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import text

from ayda_service.chats.store import ChatPlace, ChatStore
from ayda_service.settings import Settings
from ayda_service.telegram.settings import TelegramSettings
from ayda_service.webhooks.models import WebhookEvent
from servicekit.base.settings import Secret
from servicekit.web.enumeration import MOST
from tests.ayda.bot.support import SECRET, Chatting, FakeTelegram
from tests.ayda.support import Ayda, World
from tests.service_database import ON_POSTGRES

ADMIN = 777_000
ALARMS = ("GET", "/api/v1/internal/alarms")


@pytest.fixture
async def house(world: World, settings: Settings) -> AsyncIterator[Chatting]:
    telegram = FakeTelegram(world.clock.now)
    listening = TelegramSettings("webhook", Secret(SECRET), admin_chat_id=ADMIN)
    told = replace(settings, telegram=listening, public_url="https://ayda.test")
    async with world.running(told, telegram_session=telegram) as ayda:
        place, now = ChatPlace(ADMIN, "private", ADMIN), world.clock.now()
        database = ayda.app.litestar.state["parts"].database
        await database.write(lambda session: ChatStore(session).meet(place, "en", "metric", now))
        yield Chatting(ayda, telegram)


async def strava_fails(house: Chatting, times: int) -> None:
    """What all processes know of Strava's API."""

    def write(session: object) -> None:
        session.execute(text("DELETE FROM strava_outage"))  # type: ignore[attr-defined]
        session.execute(  # type: ignore[attr-defined]
            text("INSERT INTO strava_outage (id, failures, shut_until_s, changes) VALUES (2, :times, 0, 1)"),
            {"times": times},
        )

    await house.ayda.app.litestar.state["parts"].database.write(write)


async def look(house: Chatting, *, after_s: float = 0) -> list[str]:
    """One process looks; what the administrator's chat has heard since."""
    before = len(house.telegram.said(ADMIN))
    house.ayda.clock.advance(after_s)
    await house.ayda.app.litestar.state["parts"].watchman.look()
    await house.work("send_messages", chat_id=ADMIN)
    return house.telegram.said(ADMIN)[before:]


async def test_an_alarm_that_lasts_is_told_once_and_its_end_too(house: Chatting):
    await strava_fails(house, 4)
    assert await look(house) == []
    assert await look(house, after_s=60) == []
    [told] = await look(house, after_s=61)
    assert told == "🔴 Strava fails: 4 calls in a row got no answer."
    assert await look(house, after_s=30) == []
    await strava_fails(house, 0)
    assert await look(house, after_s=60) == []
    [over] = await look(house, after_s=300)
    assert over == "🟢 Strava answers again."
    assert await look(house, after_s=30) == []


async def test_an_alarm_that_comes_and_goes_is_told_of_once_an_hour(house: Chatting):
    told: list[str] = []
    for _ in range(3):
        await strava_fails(house, 4)
        told += await look(house)
        told += await look(house, after_s=130)
        await strava_fails(house, 0)
        told += await look(house, after_s=310)
    # jobs wait here for nobody, of which there is an alarm of its own
    assert [line[0] for line in told if "Strava" in line] == ["🔴", "🟢"]
    house.ayda.clock.advance(3600)
    await strava_fails(house, 4)
    await look(house)
    assert [line[0] for line in await look(house, after_s=130) if "Strava" in line] == ["🔴"]


async def test_what_one_look_does_not_see_is_not_over_at_once(house: Chatting):
    await strava_fails(house, 4)
    await look(house)
    await strava_fails(house, 0)
    assert await look(house, after_s=90) == []
    await strava_fails(house, 4)
    assert len(await look(house, after_s=40)) == 1


async def test_a_key_that_goes_through_people_is_told_of_for_an_hour(house: Chatting):
    for person in range(1, MOST + 1):
        await house.ayda.token(person)
    assert await look(house) == []
    for person in range(MOST + 1, MOST + 12):
        await house.ayda.token(person)
    assert await look(house) == ["🟡 An API key has asked about 71 people within a minute; who holds it?"]
    assert await look(house, after_s=3500) == []
    await look(house, after_s=101)
    [told] = await look(house, after_s=301)
    assert "🟢 No API key asks about so many people any more." in told  # beside jobs that nobody works on here


async def test_events_that_are_given_up_are_told(house: Chatting):
    database = house.ayda.app.litestar.state["parts"].database
    now = house.ayda.clock.now()
    dead = WebhookEvent(
        id=uuid4(),
        subscription_id=1,
        object_type="activity",
        object_id=5,
        aspect_type="create",
        event_time_s=1,
        updates_digest="",
        owner_id=7,
        updates={},
        signed=False,
        state="dead",
        tries=4,
        error="refused",
        received_at=now,
    )
    assert await look(house) == []
    await database.write(lambda session: session.add(dead))
    [told] = await look(house, after_s=30)
    assert told.endswith("1 events of Strava's were given up within an hour; the operations page has them.")


@pytest.mark.skipif(ON_POSTGRES, reason="the queue on PostgreSQL counts by the database's clock, which no test moves")
async def test_that_jobs_are_stuck_is_told_without_a_worker(house: Chatting):
    parts = house.ayda.app.litestar.state["parts"]
    await house.ayda.queue.put("nobody_does_this", {})
    house.ayda.clock.advance(601)
    await parts.watchman.look()
    house.ayda.clock.advance(301)
    await parts.watchman.look()
    [told] = [said for said in house.telegram.said(ADMIN) if said.startswith("🔴 Jobs are stuck")]
    assert "902" in told


async def test_a_predictor_that_does_not_answer_is_an_alarm(house: Chatting):
    house.ayda.predictor.down = True
    await look(house)
    assert await look(house, after_s=121) == ["🔴 The predictor does not answer."]


async def test_what_has_lasted_at_the_predictor_is_told_at_once_in_the_language_of_the_chat(house: Chatting):
    place = ChatPlace(ADMIN, "private", ADMIN)
    parts, now = house.ayda.app.litestar.state["parts"], house.ayda.clock.now()
    await parts.database.write(lambda session: ChatStore(session).meet(place, "ru", "metric", now))
    alarm = {"name": "JobsWait", "severity": "critical", "figure": 1234.0, "since": "2026-01-01T00:00:00Z"}
    unknown = {**alarm, "name": "OfALaterVersion"}
    house.ayda.predictor.answers[ALARMS] = 200, {"alarms": [alarm, unknown]}
    [told] = await look(house)
    assert told.startswith("🔴 Предсказатель: Задачи стоят: самая старая ждёт")
    assert await look(house, after_s=301) == []


async def test_a_predictor_of_another_version_is_no_alarm(house: Chatting):
    house.ayda.predictor.answers[ALARMS] = 404, {"code": "not_found"}
    await look(house)
    assert await look(house, after_s=500) == []


async def test_alarms_and_figures_are_measured_and_name_nobody(ayda: Ayda):
    athlete_id = await ayda.connect()
    await ayda.token()
    await strava_fails(Chatting(ayda, FakeTelegram(ayda.clock.now)), 4)
    for _ in range(2):
        await ayda.app.litestar.state["parts"].watchman.look()
        ayda.clock.advance(121)
    shown = (await ayda.http.get("/metrics")).text
    assert 'alarms{name="StravaFails",severity="critical"} 1.0' in shown
    assert 'strava_failures_in_a_row{address="api"} 4.0' in shown
    assert 'token_operations_last_hour{operation="connected"} 1.0' in shown
    assert 'things{state="active",thing="connections"} 1.0' in shown
    assert 'endpoint="POST /oauth/token"' in shown
    assert str(athlete_id) not in shown


async def test_an_ayda_without_a_chat_for_alarms_tells_its_log_alone(world: World):
    async with world.running() as ayda:
        chat = Chatting(ayda, FakeTelegram(world.clock.now))
        await strava_fails(chat, 4)
        watchman = ayda.app.litestar.state["parts"].watchman
        await watchman.look()
        ayda.clock.advance(121)
        [change] = await watchman.look()
        assert (change.name, change.over) == ("StravaFails", False)
        assert [each.name for each in await watchman.standing()] == ["StravaFails"]
