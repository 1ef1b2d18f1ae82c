"""Each update has its effect once, and is durable before Telegram hears so."""

from __future__ import annotations

from typing import Any

import pytest
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
)
from aiogram.methods import SendMessage, TelegramMethod

from servicekit.jobs import Snooze
from tests.ayda.bot.support import GROUP, Chatting
from tests.ayda.support import MEMBER, assert_problem

ONE_HELLO = 1


@pytest.mark.parametrize("secret", [None, "wrong-secret-000000000000000000000000000"])
async def test_only_who_knows_the_secret_is_heard(chat: Chatting, secret: str | None):
    assert_problem(await chat.deliver(chat.message(text="/start"), secret=secret), 401, "not_telegram")
    await chat.settle()
    assert chat.telegram.said() == []


async def test_what_is_no_update_is_refused(chat: Chatting):
    assert_problem(await chat.deliver({"update_id": "x"}), 400, "bad_update")


async def test_an_update_that_comes_three_times_is_answered_once(chat: Chatting):
    hello = chat.message(text="/start")
    for _ in range(3):
        assert (await chat.deliver(hello)).status_code == 200
    await chat.settle()
    assert (await chat.deliver(hello)).status_code == 200
    await chat.settle()
    assert len(chat.telegram.said()) == ONE_HELLO


async def test_updates_of_a_chat_are_answered_in_telegrams_order(chat: Chatting):
    first, second = chat.message(text="/units"), chat.message(text="/language")
    for each in (second, first):
        await chat.deliver(each)
    await chat.settle()
    assert chat.telegram.said() == ["Kilometres or miles?", "Which language?"]


async def test_an_edited_message_and_another_bot_are_not_answered(chat: Chatting):
    edited = chat.message(text="/start")
    edited["edited_message"] = edited.pop("message")
    other = chat.message(text="/start")
    other["message"]["from"]["is_bot"] = True
    for each in (edited, other):
        assert (await chat.deliver(each)).status_code == 200
    await chat.settle()
    assert chat.telegram.said() == []


def once(error: Exception) -> Any:
    """Raises it the first time a message is sent."""
    raised: list[Exception] = []

    def trouble(method: TelegramMethod[Any]) -> None:
        if isinstance(method, SendMessage) and not raised:
            raised.append(error)
            raise error

    return trouble


async def test_a_flood_limit_is_waited_out_and_nothing_is_lost(chat: Chatting):
    chat.telegram.trouble = once(TelegramRetryAfter(SendMessage(chat_id=1, text="x"), "flood", 7))
    with pytest.raises(Snooze) as snoozed:
        await chat.write("/start")
    assert snoozed.value.delay_s == 7
    await chat.settle()
    assert len(chat.telegram.said()) == ONE_HELLO


async def test_an_answer_of_telegram_that_is_lost_makes_one_message_more_and_never_one_less(chat: Chatting):
    chat.telegram.after = once(TelegramNetworkError(SendMessage(chat_id=1, text="x"), "lost"))
    with pytest.raises(Snooze):
        await chat.write("/start")
    await chat.settle()
    await chat.settle()
    assert len(chat.telegram.said()) == ONE_HELLO + 1


async def test_who_has_blocked_the_bot_is_left_alone_until_they_write_again(chat: Chatting):
    chat.telegram.trouble = once(TelegramForbiddenError(SendMessage(chat_id=1, text="x"), "blocked"))
    await chat.write("/start")
    await chat.settle()
    assert chat.telegram.said() == []
    await chat.write("/units")
    assert chat.telegram.said() == ["Kilometres or miles?"]


async def test_a_message_telegram_will_never_take_holds_up_no_other(chat: Chatting):
    chat.telegram.trouble = once(TelegramBadRequest(SendMessage(chat_id=1, text="x"), "can't parse entities"))
    await chat.deliver(chat.message(text="/start"))
    await chat.write("/units")
    assert chat.telegram.said() == ["Kilometres or miles?"]


async def test_nothing_personal_is_said_in_a_group(chat: Chatting):
    for command in ("/profile", "/connect", "/accuracy", "/delete"):
        await chat.write(command, chat=GROUP)
    assert chat.telegram.said(MEMBER) == []
    assert chat.telegram.said(GROUP) == ["That is between you and me: ask me in our own chat."] * 4
