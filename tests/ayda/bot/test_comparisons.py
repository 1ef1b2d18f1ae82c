"""A comparison with the wrong course is taken back below the message that told it, and that may be taken back too."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ayda_service.bot.taps import MAX_BYTES, Tap, short
from kernel.contracts.ids import parse_id
from tests.ayda.accuracy.test_news import AT_PREDICTOR, tell
from tests.ayda.bot.answered import press
from tests.ayda.bot.support import GROUP, Chatting
from tests.ayda.support import ACCURACY, MEMBER, OUTING, problem
from trackfiles.drawn import draw_course

WRONG = "That was not this course"
AFTER_ALL = "It was this course after all"


async def compared(chat: Chatting) -> None:
    """The member is told of an outing of theirs."""
    chat.ayda.predictor.answers["PUT", AT_PREDICTOR] = (200, ACCURACY)
    await chat.send(draw_course())  # who has sent something is a member
    await tell(chat.ayda)
    await chat.tell()


def links(chat: Chatting) -> list[dict[str, Any]]:
    """What the predictor was told."""
    return [json.loads(request.content) for request in chat.ayda.predictor.asked(AT_PREDICTOR)]


async def test_a_wrong_comparison_is_taken_back_by_the_button_below_it(chat: Chatting):
    await compared(chat)
    assert "you took 3:52" in chat.telegram.said()[-1]
    await press(chat, WRONG)
    assert chat.telegram.said()[-1].startswith("Done: I no longer compare it with what I had said.")
    assert links(chat) == [{"activity_id": None}]


async def test_what_was_taken_back_may_be_said_again(chat: Chatting):
    await compared(chat)
    await press(chat, WRONG, AFTER_ALL)
    assert chat.telegram.said()[-1] == "Done: it is compared again. /accuracy says how right I was."
    assert links(chat)[1:] == [{"activity_id": OUTING["activity_id"]}]
    assert list(chat.telegram.buttons()) == [WRONG]


async def test_a_comparison_is_taken_back_by_its_member_alone(chat: Chatting):
    await compared(chat)
    await chat.press(chat.telegram.buttons()[WRONG], sender=MEMBER + 1)
    assert chat.telegram.noticed() == ["This button is somebody else's."]
    assert links(chat) == []


async def test_in_a_group_nothing_is_said_of_it(chat: Chatting):
    await compared(chat)
    place = {"chat": {"id": GROUP, "type": "supergroup", "title": "Club"}}
    await chat.press(chat.telegram.buttons()[WRONG], **place)
    assert chat.telegram.said(GROUP) == ["That is between you and me: ask me in our own chat."]
    assert links(chat) == []


async def test_a_forecast_that_is_gone_is_said_to_be_gone(chat: Chatting):
    await compared(chat)
    chat.ayda.predictor.answers["PUT", AT_PREDICTOR] = (404, problem(404, "forecast_not_found", "Gone."))
    await press(chat, WRONG)
    assert chat.telegram.said()[-1] == "Gone."


@pytest.mark.parametrize("rest", ["", "x", "AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA.2"])
async def test_a_button_of_another_make_does_nothing(chat: Chatting, rest: str):
    await chat.press(f"n.-.{rest}")
    assert chat.telegram.noticed() == ["This button no longer does anything."]


def test_the_button_fits_for_the_largest_id_telegram_gives():
    ids = [parse_id(OUTING[name]) for name in ("prediction_id", "activity_id")]
    data = Tap("n", (*(short(each) for each in ids if each is not None), "0"), 2**52 - 1).data()
    assert len(data.encode()) <= MAX_BYTES
