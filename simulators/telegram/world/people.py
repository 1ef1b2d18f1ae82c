"""The people, their group and the bot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

Json = dict[str, Any]
LanguageCode = Literal["en", "ru", "ko"]
GROUP_ID: Final = -1_001_000_000_001


@dataclass(slots=True)
class Person:
    """Someone who uses Telegram; `started` once they have written to the bot, which may not write first."""

    id: int
    first_name: str
    username: str
    language_code: LanguageCode = "en"
    started: bool = False
    blocks_bot: bool = False

    def user(self) -> Json:
        return {
            "id": self.id,
            "is_bot": False,
            "first_name": self.first_name,
            "username": self.username,
            "language_code": self.language_code,
        }

    def chat(self) -> Json:
        """The private chat between this person and the bot."""
        return {"id": self.id, "type": "private", "first_name": self.first_name, "username": self.username}


@dataclass(frozen=True, slots=True)
class Group:
    """Where all people and the bot are; the first of the people made it."""

    id: int = GROUP_ID
    title: str = "Trail group"

    def chat(self) -> Json:
        return {"id": self.id, "type": "supergroup", "title": self.title}


@dataclass(frozen=True, slots=True)
class BotAccount:
    """The bot as its token and its makers name it."""

    id: int
    first_name: str
    username: str

    def user(self) -> Json:
        return {"id": self.id, "is_bot": True, "first_name": self.first_name, "username": self.username}


def two_people() -> tuple[Person, ...]:
    """Made up: one reads English, the other Russian; either language can be changed."""
    return (
        Person(100_000_001, "Alex", "alex_runs"),
        Person(100_000_002, "Sasha", "sasha_walks", language_code="ru"),
    )
