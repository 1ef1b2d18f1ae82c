"""The menu button says in each chat's own language that it opens the app, and is set no oftener than that changes."""

from __future__ import annotations

import pytest
from aiogram.exceptions import TelegramForbiddenError
from aiogram.methods import SetChatMenuButton

from tests.ayda.bot.answered import press
from tests.ayda.bot.support import GROUP, Chatting
from tests.ayda.support import MEMBER

APP = "https://ayda.test/app"


def menus(chat: Chatting) -> list[tuple[int, str, str]]:
    """Which chat's button was set, what it says and where it leads."""
    own = [each for each in chat.telegram.sent(SetChatMenuButton) if each.chat_id is not None]
    return [(each.chat_id, each.menu_button.text, each.menu_button.web_app.url) for each in own]


@pytest.mark.parametrize(
    ("language", "text"), [("en", "Open Ayda"), ("ru-RU", "Открыть Ayda"), ("ko", "Ayda 열기"), ("de", "Open Ayda")]
)
async def test_the_button_speaks_as_the_persons_telegram_does_and_is_set_once(chat: Chatting, language: str, text: str):
    for command in ("/start", "/help", "/start"):
        await chat.write(command, language=language)
    assert menus(chat) == [(MEMBER, text, APP)]


async def test_it_follows_a_language_chosen_in_the_chat(chat: Chatting):
    await chat.write("/language")
    await press(chat, "한국어")
    await chat.write("/start")
    assert [text for _, text, _ in menus(chat)] == ["Open Ayda", "Ayda 열기"]


async def test_it_follows_a_language_chosen_on_the_page(chat: Chatting):
    await chat.write("/start")
    headers = chat.ayda.as_member()
    chosen = await chat.ayda.http.put("/api/v1/me/preferences", json={"language": "ru"}, headers=headers)
    assert chosen.status_code == 200
    await chat.settle()
    assert [text for _, text, _ in menus(chat)] == ["Open Ayda", "Открыть Ayda"]


async def test_groups_have_no_such_button(chat: Chatting):
    await chat.write("/help", chat=GROUP)
    assert menus(chat) == []


async def test_who_blocked_the_bot_and_comes_back_gets_it_again(chat: Chatting):
    def blocked(method: object) -> None:
        raise TelegramForbiddenError(method=method, message="Forbidden: bot was blocked by the user")  # type: ignore[arg-type]

    chat.telegram.trouble = blocked
    await chat.write("/start")
    assert menus(chat) == []
    chat.telegram.trouble = lambda _method: None
    await chat.write("/start")
    assert menus(chat) == [(MEMBER, "Open Ayda", APP)]
