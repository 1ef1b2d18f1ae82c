"""What the bot has set about itself: its commands, per scope and language, and its menu buttons."""

from __future__ import annotations

import re
from typing import Any, Final

from simulators.telegram.refusals import bad_request
from simulators.telegram.world.people import Json

_COMMAND: Final = re.compile(r"[a-z0-9_]{1,32}")
_COMMAND_FIELDS: Final = ("command", "description")
_MOST_COMMANDS: Final = 100
_LONGEST_DESCRIPTION: Final = 256
_SCOPES: Final = {
    "default": (),
    "all_private_chats": (),
    "all_group_chats": (),
    "all_chat_administrators": (),
    "chat": ("chat_id",),
    "chat_administrators": ("chat_id",),
    "chat_member": ("chat_id", "user_id"),
}
DEFAULT_MENU: Final[Json] = {"type": "default"}


def scope_of(scope: Json) -> str:
    """The scope as one word. Raises the 400 for one that there is not."""
    kind = str(scope.get("type", "default"))
    if kind not in _SCOPES:
        raise bad_request("can't parse BotCommandScope: Unsupported type specified")
    missing = [name for name in _SCOPES[kind] if name not in scope]
    if missing:
        raise bad_request(f"can't parse BotCommandScope: Can't find field \"{missing[0]}\"")
    return ":".join([kind, *(str(scope[name]) for name in _SCOPES[kind])])


class BotProfile:
    """Commands and menu buttons; the narrowest that fit a chat and a language are shown there."""

    def __init__(self) -> None:
        self._commands: dict[tuple[str, str], list[Json]] = {}
        self._menus: dict[int | None, Json] = {}

    def set_commands(self, scope: str, language: str, commands: Any) -> None:
        """Raises the 400 for commands that Telegram refuses."""
        if not isinstance(commands, list):
            raise bad_request("can't parse commands: expected an Array")
        if len(commands) > _MOST_COMMANDS:
            raise bad_request("BOT_COMMANDS_TOO_MUCH")
        self._commands[scope, language] = [_checked(command) for command in commands]

    def delete_commands(self, scope: str, language: str) -> None:
        self._commands.pop((scope, language), None)

    def commands(self, scope: str, language: str) -> list[Json]:
        """As they were set for exactly this scope and language."""
        return self._commands.get((scope, language), [])

    def commands_shown(self, chat_id: int, person_id: int, language: str, *, group: bool) -> list[Json]:
        """What this person sees in this chat."""
        own = [f"chat_member:{chat_id}:{person_id}"] if group else []
        scopes = [*own, f"chat:{chat_id}", "all_group_chats" if group else "all_private_chats", "default"]
        places = [(scope, spoken) for scope in scopes for spoken in (language, "")]
        return next((self._commands[place] for place in places if place in self._commands), [])

    def set_menu(self, chat_id: int | None, button: Json) -> None:
        """Raises the 400 for a button of no known type."""
        if button.get("type", "default") not in {"default", "commands", "web_app"}:
            raise bad_request("can't parse MenuButton: Unsupported type specified")
        self._menus[chat_id] = button or DEFAULT_MENU

    def menu(self, chat_id: int | None) -> Json:
        """The button of this chat: its own, or that of all chats."""
        own = self._menus.get(chat_id, DEFAULT_MENU)
        return own if own["type"] != "default" else self._menus.get(None, DEFAULT_MENU)


def _checked(command: Any) -> Json:
    name, description = (str(command.get(key, "")) if isinstance(command, dict) else "" for key in _COMMAND_FIELDS)
    name = name.removeprefix("/")
    if not _COMMAND.fullmatch(name):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= len(description) <= _LONGEST_DESCRIPTION:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": name, "description": description}
