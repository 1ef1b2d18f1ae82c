"""SQL about messages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ayda_service.messages.content import Content, Utterance
from ayda_service.messages.models import BotMessage
from servicekit.data.columns import uuid7
from servicekit.data.upsert import insert_if_absent

BLOCKED: Final = "blocked"
_ERROR_LENGTH: Final = 500


class MessageStore:
    """Messages inside the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(
        self, chat_id: int, telegram_id: int | None, content: Content, now: datetime, *, key: str | None = None
    ) -> bool:
        """Keeps a message; False when there was one with this key."""
        values = {
            "id": uuid7(),
            "chat_id": chat_id,
            "telegram_id": telegram_id,
            "content": msgspec.json.encode(content),
            "key": key,
            "slot": content.slot if isinstance(content, Utterance) else None,
            "state": "new",
            "created_at": now,
        }
        return insert_if_absent(self._session, BotMessage, values)

    def waiting(self, chat_id: int, limit: int) -> Sequence[BotMessage]:
        """What is still to be sent to a chat, in the order in which it was said."""
        mine = select(BotMessage).where(BotMessage.chat_id == chat_id, BotMessage.state == "new")
        return self._session.scalars(mine.order_by(BotMessage.created_at, BotMessage.id).limit(limit)).all()

    def stands_at(self, chat_id: int, slot: str) -> int | None:
        """Telegram's number of the message that was sent under this name last."""
        sent = select(BotMessage.message_id).where(BotMessage.chat_id == chat_id, BotMessage.slot == slot)
        last = sent.where(BotMessage.message_id.is_not(None)).order_by(BotMessage.created_at.desc()).limit(1)
        return self._session.execute(last).scalar_one_or_none()

    def settle(self, message_id: UUID, number: int | None) -> None:
        """It was sent, as Telegram's `number`."""
        mine = update(BotMessage).where(BotMessage.id == message_id)
        self._session.execute(mine.values(state="sent", message_id=number, content=None, error=None))

    def bury(self, message_id: UUID, error: str) -> None:
        """It will never be sent: what it said is forgotten."""
        mine = update(BotMessage).where(BotMessage.id == message_id)
        self._session.execute(mine.values(state="dead", content=None, error=error[:_ERROR_LENGTH]))

    def drop(self, chat_id: int) -> None:
        """Nothing that waits will reach this chat."""
        mine = update(BotMessage).where(BotMessage.chat_id == chat_id, BotMessage.state == "new")
        self._session.execute(mine.values(state="dead", content=None, error=BLOCKED))

    def last_word(self, chat_id: int, about: str) -> BotMessage | None:
        """Of those whose key begins so, the newest that has reached the chat, or found that it cannot be reached."""
        over = (BotMessage.state == "sent") | ((BotMessage.state == "dead") & (BotMessage.error == BLOCKED))
        mine = select(BotMessage).where(BotMessage.chat_id == chat_id, over, BotMessage.key.startswith(about))
        return self._session.scalars(mine.order_by(BotMessage.created_at.desc()).limit(1)).one_or_none()

    def left_behind(self, before: datetime, limit: int) -> list[tuple[int, int | None]]:
        """Chats for which something has waited since before `before`, and whom it is about."""
        old = select(BotMessage.chat_id, BotMessage.telegram_id).where(
            BotMessage.state == "new", BotMessage.created_at < before
        )
        return [(chat_id, person) for chat_id, person in self._session.execute(old.distinct().limit(limit))]
