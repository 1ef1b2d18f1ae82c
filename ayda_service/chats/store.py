"""SQL about chats."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ayda_service.chats.memory import Memory, OpenQuestion, PressedButton, ToldDay
from ayda_service.chats.models import Chat, ChatKind
from languages.catalog import Language
from languages.voice import Units, Voice
from servicekit.data.upsert import insert_if_absent

_SEEN_EVERY: Final = timedelta(days=1)
"""How exactly it is known when somebody wrote last."""


@dataclass(frozen=True, slots=True)
class ChatPlace:
    """A chat as an update names it. `telegram_id` is the member's whose private chat it is."""

    chat_id: int
    kind: ChatKind
    telegram_id: int | None


class ChatStore:
    """Chats inside the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, chat_id: int) -> Chat | None:
        """The chat, if it is known."""
        return self._session.get(Chat, chat_id)

    def voice(self, chat_id: int, otherwise: Language = "en") -> Voice:
        """How this chat is spoken to."""
        chat = self.get(chat_id)
        return Voice(otherwise) if chat is None else Voice(chat.language, chat.units)

    def meet(self, place: ChatPlace, language: Language, units: Units, now: datetime) -> Voice:
        """The same for somebody who has just written: known from now on, reachable, and in their present language."""
        values = {
            "chat_id": place.chat_id,
            "telegram_id": place.telegram_id,
            "kind": place.kind,
            "language": language,
            "language_chosen": False,
            "units": units,
            "updated_at": now,
        }
        insert_if_absent(self._session, Chat, values)
        chat = self._session.get_one(Chat, place.chat_id)
        if not chat.language_chosen and chat.language != language:
            chat.language = language
        if chat.unreachable_at is not None or chat.updated_at < now - _SEEN_EVERY:
            chat.unreachable_at, chat.updated_at = None, now
        return Voice(chat.language, chat.units)

    def choose(self, chat_id: int, *, language: Language | None = None, units: Units | None = None) -> None:
        """Keeps what was chosen by hand."""
        chosen: dict[str, object] = {} if units is None else {"units": units}
        if language is not None:
            chosen |= {"language": language, "language_chosen": True}
        self._session.execute(update(Chat).where(Chat.chat_id == chat_id).values(**chosen))

    def lost(self, chat_id: int, now: datetime) -> None:
        """The bot is blocked there: nothing is sent until they write again, and what waited for it is not done."""
        self._remember(chat_id, menu=None)
        self._session.execute(update(Chat).where(Chat.chat_id == chat_id).values(unreachable_at=now))

    def rests(self, chat_id: int, until: datetime) -> None:
        """No further message before this moment."""
        self._session.execute(update(Chat).where(Chat.chat_id == chat_id).values(next_at=until))

    def memory(self, chat_id: int) -> Memory:
        """What is remembered of a chat; nothing of one that is not known."""
        kept = self._session.execute(select(Chat.remembered).where(Chat.chat_id == chat_id)).scalar_one_or_none()
        return Memory() if kept is None else msgspec.json.decode(kept, type=Memory)

    def ask(self, chat_id: int, question: OpenQuestion) -> None:
        """What is written next answers this."""
        self._remember(chat_id, question=question)

    def answered(self, chat_id: int, question: OpenQuestion, update_id: int) -> None:
        """This update has answered it, and no later one does."""
        self._remember(chat_id, question=msgspec.structs.replace(question, answered_by=update_id))

    def speak_of(self, chat_id: int, course: UUID) -> None:
        """This is the course that is spoken of."""
        self._remember(chat_id, course=course)

    def tell_day(self, chat_id: int, day: ToldDay) -> None:
        """This was told of a day."""
        self._remember(chat_id, day=day)

    def menu_asked(self, chat_id: int, menu: str) -> None:
        """The chat's menu button will be this."""
        self._remember(chat_id, menu=menu)

    def press(self, chat_id: int, button: PressedButton) -> bool:
        """Remembers a press; False for the second of two that were meant as one."""
        if self.memory(chat_id).repeats(button):
            return False
        self._remember(chat_id, pressed=button)
        return True

    def _remember(self, chat_id: int, **changed: Any) -> None:
        kept = msgspec.json.encode(msgspec.structs.replace(self.memory(chat_id), **changed)).decode()
        self._session.execute(update(Chat).where(Chat.chat_id == chat_id).values(remembered=kept))
