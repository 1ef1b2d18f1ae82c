"""What a person sees of Telegram: who is there, and a chat as it stands."""

from __future__ import annotations

from typing import Any, Final

from simulators.telegram.mini_app import THEMES
from simulators.telegram.simulator import Telegram
from simulators.telegram.world.messages import ChatLog
from simulators.telegram.world.people import Json, Person
from simulators.telegram.world.profile import DEFAULT_MENU

_RECENT_TAPS: Final = 20


def people_view(telegram: Telegram) -> Json:
    """Everybody, the bot, the colours of a Mini App, and the chats of each person with their last messages."""
    return {
        "version": telegram.bell.rung,
        "bot": telegram.bot.user(),
        "group": telegram.group.chat(),
        "themes": THEMES,
        "people": [_person_view(telegram, person) for person in telegram.people.values()],
    }


def _person_view(telegram: Telegram, person: Person) -> Json:
    chats = [telegram.chats[person.id], telegram.chats[telegram.group.id]]
    return person.user() | {
        "started": person.started,
        "blocks_bot": person.blocks_bot,
        "chats": [_last_of(chat) for chat in chats],
    }


def _last_of(chat: ChatLog) -> Json:
    standing = chat.standing()
    return {"id": chat.id, "type": chat.chat["type"], "last": standing[-1].shown() if standing else None}


def chat_view(telegram: Telegram, chat_id: int, person_id: int) -> Json:
    """The chat with all that this person can read and press in it. Raises PersonCannot."""
    person, chat = telegram.person(person_id), telegram.chat(chat_id)
    now_s = telegram.clock.now_s()
    language = person.language_code
    return {
        "version": telegram.bell.rung,
        "chat": chat.chat,
        "messages": [message.shown() for message in chat.standing()],
        "reply_keyboard": chat.reply_keyboard(),
        "action": chat.action if now_s < chat.action_until_s else None,
        "commands": telegram.profile.commands_shown(chat.id, person.id, language, group=chat.is_group),
        # a bot's page opens from its private chats only
        "menu_button": DEFAULT_MENU if chat.is_group else telegram.profile.menu(chat.id),
        "started": person.started,
        "blocks_bot": person.blocks_bot,
        "taps": _taps(telegram, chat, person),
    }


def _taps(telegram: Telegram, chat: ChatLog, person: Person) -> list[dict[str, Any]]:
    """The last presses of this person in this chat, with the bot's answers."""
    own = [tap for tap in telegram.truth.taps.values() if tap.chat_id == chat.id and tap.person_id == person.id]
    return [
        {"id": tap.id, "message_id": tap.message_id, "data": tap.data, "answer": tap.answer}
        for tap in own[-_RECENT_TAPS:]
    ]
