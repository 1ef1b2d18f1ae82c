"""Methods about the bot itself, its chats and its files."""

from __future__ import annotations

from typing import Any, Final

from simulators.telegram.limits import LARGEST_DOWNLOAD_BYTES
from simulators.telegram.methods.markup import check_web_app
from simulators.telegram.methods.parameters import Parameters
from simulators.telegram.refusals import bad_request
from simulators.telegram.simulator import Telegram
from simulators.telegram.world.profile import scope_of

_FULL_CHAT: Final = {
    "accent_color_id": 0,
    "max_reaction_count": 11,
    "accepted_gift_types": {
        "unlimited_gifts": True,
        "limited_gifts": True,
        "unique_gifts": True,
        "premium_subscription": True,
        "gifts_from_channels": True,
    },
}


def get_me(telegram: Telegram, _parameters: Parameters) -> Any:
    return telegram.bot.user() | {
        "can_join_groups": True,
        "can_read_all_group_messages": telegram.sees_all_in_groups,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": bool(telegram.mini_app_url),
    }


def get_chat(telegram: Telegram, parameters: Parameters) -> Any:
    return telegram.chat_for_bot(parameters.text("chat_id"), to_write=False).chat | _FULL_CHAT


def get_chat_member(telegram: Telegram, parameters: Parameters) -> Any:
    """In the group everybody is a member and the first of the people its owner."""
    chat = telegram.chat_for_bot(parameters.text("chat_id"), to_write=False)
    user_id = parameters.whole("user_id")
    if user_id == telegram.bot.id:
        return {"status": "member", "user": telegram.bot.user()}
    person = telegram.people.get(user_id)
    if person is None or (not chat.is_group and person.id != chat.id):
        raise bad_request("user not found")
    if chat.is_group and person.id == next(iter(telegram.people)):
        return {"status": "creator", "user": person.user(), "is_anonymous": False}
    return {"status": "member", "user": person.user()}


def get_file(telegram: Telegram, parameters: Parameters) -> Any:
    file = telegram.files.find(parameters.text("file_id"))
    if file is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if file.size > LARGEST_DOWNLOAD_BYTES:
        raise bad_request("file is too big")
    return file.identity() | {"file_path": telegram.files.path_to(file, telegram.clock.now_s())}


def set_my_commands(telegram: Telegram, parameters: Parameters) -> Any:
    scope, language = _place(parameters)
    telegram.profile.set_commands(scope, language, parameters.json("commands", "commands"))
    telegram.bell.ring()
    return True


def get_my_commands(telegram: Telegram, parameters: Parameters) -> Any:
    return telegram.profile.commands(*_place(parameters))


def delete_my_commands(telegram: Telegram, parameters: Parameters) -> Any:
    telegram.profile.delete_commands(*_place(parameters))
    telegram.bell.ring()
    return True


def _place(parameters: Parameters) -> tuple[str, str]:
    return scope_of(parameters.mapping("scope", "BotCommandScope")), parameters.text("language_code")


def set_chat_menu_button(telegram: Telegram, parameters: Parameters) -> Any:
    button = parameters.mapping("menu_button", "MenuButton")
    if button.get("type") == "web_app":
        check_web_app(button.get("web_app"), "menu button Web App URL")
    telegram.profile.set_menu(_menu_chat(telegram, parameters), button)
    telegram.bell.ring()
    return True


def get_chat_menu_button(telegram: Telegram, parameters: Parameters) -> Any:
    return telegram.profile.menu(_menu_chat(telegram, parameters))


def _menu_chat(telegram: Telegram, parameters: Parameters) -> int | None:
    if not parameters.has("chat_id"):
        return None
    return telegram.chat_for_bot(parameters.text("chat_id"), to_write=False).id
