"""On the day somebody writes where they came by, and reads what is still to come."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest

from kernel.contracts.prediction import CheckpointRequest
from tests.ayda.bot.answered import COURSE, PREDICT, press
from tests.ayda.bot.support import Chatting
from tests.ayda.support import MEMBER
from tests.takealong.made import told

PLACES = (
    CheckpointRequest("Lake & hut", 5_000.0, 600.0, None),
    CheckpointRequest("Col", 12_000.0, 0.0, 9_000.0),
    CheckpointRequest("Ford", 18_000.0, 0.0, None),
)


def at(chat: Chatting, ago: timedelta) -> datetime:
    now: datetime = chat.ayda.clock.now()
    return (now - ago).replace(second=0, microsecond=0).astimezone(ZoneInfo("Asia/Almaty"))


async def begun(chat: Chatting, ago: timedelta | None, number: int = 5) -> datetime | None:
    """An answer about a day that began so long ago, or without a start."""
    start = None if ago is None else at(chat, ago)
    prediction, _ = told(checkpoints=PLACES, start_at=start, time_zone=None if start is None else "Asia/Almaty")
    answer: dict[str, Any] = msgspec.to_builtins(prediction)
    chat.ayda.predictor.answers["POST", PREDICT] = (
        200,
        answer | {"prediction_id": str(UUID(int=number)), "course": COURSE},
    )
    await press(chat, "Start time", "Now")
    return start


async def test_a_passing_says_what_is_still_to_come(answered: Chatting):
    start = await begun(answered, timedelta(hours=2))
    assert start is not None
    await answered.write(f"CP1 {start + timedelta(minutes=100):%H:%M}")
    said = answered.telegram.said()[-1]
    assert said.startswith("<b>The finish now looks like ")
    assert "Lake &amp; hut (5.0 km) at " in said
    assert "behind." in said
    lines = said.splitlines()[-2:]
    assert lines[0].startswith("Col, 12.0 km: ")
    assert "; closes " in lines[0]
    assert lines[1].startswith("Ford, 18.0 km: ")


@pytest.mark.parametrize("text", ["Ford {now}", "18 km {now}", "CP3 now", "ford at {now}", "finish {now}"])
async def test_a_place_is_written_as_people_call_it(answered: Chatting, text: str):
    start = await begun(answered, timedelta(hours=2))
    assert start is not None
    await answered.write(text.format(now=f"{start + timedelta(hours=1, minutes=50):%H:%M}"))
    assert answered.telegram.said()[-1].startswith(("<b>The finish now looks like ", "<b>Finished in 1:50."))


async def test_it_is_said_in_the_language_of_the_chat(answered: Chatting):
    await begun(answered, timedelta(hours=1))
    await answered.write("5 км сейчас", language="ru")
    assert answered.telegram.said()[-1].startswith("<b>Финиш сейчас видится в ")


async def test_of_two_days_the_one_under_way_is_meant(answered: Chatting):
    await begun(answered, timedelta(hours=1))
    await begun(answered, -timedelta(days=3), number=6)
    await answered.write("CP1 now")
    assert answered.telegram.said()[-1].startswith("<b>The finish now looks like ")


async def test_whoever_is_under_way_means_a_passing_though_a_question_is_open(answered: Chatting):
    await begun(answered, timedelta(hours=1))
    await press(answered, "My goal")
    await answered.write("CP1 now")
    assert answered.telegram.said()[-1].startswith("<b>The finish now looks like ")


async def test_a_question_that_is_open_is_answered_by_whoever_is_not_under_way(answered: Chatting):
    await press(answered, "Start time")
    await answered.write("Saturday 7:00")
    assert "start_at" in str(answered.ayda.predictor.asked(PREDICT)[-1].content)


async def test_before_the_day_it_is_said_when_it_begins(answered: Chatting):
    await begun(answered, -timedelta(days=2))
    await answered.write("CP1 12:40")
    assert answered.telegram.said()[-1].startswith("That day begins on ")


async def test_without_a_start_the_bot_asks_when_it_was(answered: Chatting):
    await answered.write("2 km 12:40")
    assert answered.telegram.said()[-1].startswith("When did you start?")
    assert list(answered.telegram.buttons()) == ["Start time"]


async def test_without_a_start_a_time_since_it_is_understood(answered: Chatting):
    await answered.write("2 km +0:40")
    assert answered.telegram.said()[-1].startswith("<b>The finish now looks like ")


async def test_an_unknown_place_is_said_to_be_one(answered: Chatting):
    await begun(answered, timedelta(hours=1))
    await answered.write("CP9 12:40")
    assert answered.telegram.said()[-1].startswith("No place of that name or number is on this course")


async def test_what_is_no_passing_is_none(answered: Chatting):
    await begun(answered, timedelta(hours=1))
    await answered.write("see you at 12:40")
    assert answered.telegram.said()[-1].startswith("Send me a GPX")


async def test_a_stranger_to_the_bot_has_no_day(chat: Chatting):
    await chat.write("CP3 12:40", sender=MEMBER + 1)
    assert chat.telegram.said(MEMBER + 1)[-1].startswith("Send me a GPX")
