"""Saying something to a chat: kept with the commit of what it is about, and sent however long the way is closed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from ayda_service.messages.content import Content
from ayda_service.messages.store import MessageStore
from servicekit.jobs import JobQueue

SEND: Final = "send_messages"
_SOON: Final = 8


class Outbox:
    """Where messages wait."""

    def __init__(self, queue: JobQueue, *, now: Callable[[], datetime]) -> None:
        self._queue = queue
        self._now = now

    def say(
        self,
        session: Session,
        chat_id: int,
        contents: Sequence[Content],
        *,
        about: int | None,
        key: str | None = None,
    ) -> None:
        """Has these sent in their order. `about` is the member whose they are, None in groups; a `key` is for one."""
        store, now = MessageStore(session), self._now()
        new = [store.add(chat_id, about, content, now, key=key) for content in contents]
        if any(new):
            self.send(session, chat_id, about)

    def send(self, session: Session, chat_id: int, about: int | None) -> None:
        """Has sent what waits for a chat; at most one job waits for each, and one runs."""
        args = {"chat_id": chat_id, "telegram_id": about}
        self._queue.add(session, SEND, args, priority=_SOON, unique=f"{SEND}:{chat_id}", alone=True)
