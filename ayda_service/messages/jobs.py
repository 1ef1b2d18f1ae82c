"""The jobs that send messages, one chat at a time, and what finds those whose job was lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

import msgspec
import structlog
from sqlalchemy.orm import Session

from ayda_service.chats.models import ChatKind
from ayda_service.chats.store import ChatStore
from ayda_service.messages.content import Acknowledged, Content, Menu, Utterance
from ayda_service.messages.models import BotMessage
from ayda_service.messages.service import SEND, Outbox
from ayda_service.messages.store import MessageStore
from ayda_service.telegram.errors import ChatUnreachable, MessageRefused, TelegramAway
from servicekit.data.database import Database
from servicekit.jobs import Job
from servicekit.jobs.outages import Outages

LADDER_S: Final = (1.0, 3.0, 10.0, 30.0, 60.0, 300.0)
AT_ONCE: Final = 8
PAUSES: Final[Mapping[ChatKind, timedelta]] = {"private": timedelta(seconds=1), "group": timedelta(seconds=3)}
"""Between two messages of a chat: one a second, in a group twenty a minute."""
LEFT_BEHIND: Final = timedelta(minutes=2)
TIDY_EVERY_S: Final = 60.0
_BATCH: Final = 20
_TIMEOUT_S: Final = 300


class Sender(Protocol):
    """The way to a chat, which keeps to Telegram's limit over all chats."""

    async def send(
        self, chat_id: int, content: Content, *, instead_of: int | None, waited_s: float = 0.0
    ) -> int | None:
        """Telegram's number of the message, if it has one; `instead_of` is the number of one that is edited.

        After a while (`waited_s`) it goes without the picture that should have come with it.

        Raises ChatUnreachable, MessageRefused, and Snooze or TelegramAway when it may be sent later.
        """
        ...


class Sending:
    """Sends what waits for a chat, in its order.

    What Telegram did not answer is sent again: twice then, where only the answer was lost, and never not at all.
    """

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        sender: Sender,
        *,
        now: Callable[[], datetime],
        sleep: Callable[[float], Any] = asyncio.sleep,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._sender = sender
        self._now = now
        self._sleep = sleep
        self._outages = Outages(TelegramAway, "telegram_away")

    def jobs(self) -> tuple[Job, ...]:
        """The sending to one chat, and the search for what was left behind."""
        send = Job(SEND, self.run, retry_delays_s=LADDER_S, timeout_s=_TIMEOUT_S, concurrency=AT_ONCE)
        return send, Job("tidy_messages", self._tidy, every_s=TIDY_EVERY_S)

    async def run(self, args: Mapping[str, Any]) -> None:
        """Sends until nothing waits. Raises Snooze when that has to go on later."""
        with self._outages.waited_out():
            await self._all(int(args["chat_id"]))

    async def _all(self, chat_id: int) -> None:
        while batch := await self._database.read(lambda session: MessageStore(session).waiting(chat_id, _BATCH)):
            for message in batch:
                if not await self._one(message):
                    return

    async def _one(self, message: BotMessage) -> bool:
        """Whether more can be sent there."""
        content = msgspec.json.decode(message.content or b"", type=Content)
        place, wait_s = await self._database.read(lambda session: self._place(session, message.chat_id, content))
        if not isinstance(content, Acknowledged | Menu):
            await self._sleep(wait_s)
        try:
            waited_s = (self._now() - message.created_at).total_seconds()
            number = await self._sender.send(message.chat_id, content, instead_of=place, waited_s=waited_s)
        except ChatUnreachable:
            await self._database.write(lambda session: self._lost(session, message.chat_id))
            return False
        except MessageRefused as refused:
            structlog.get_logger(__name__).error("message_refused", reason=str(refused))
            reason = str(refused)
            await self._database.write(lambda session: MessageStore(session).bury(message.id, reason))
            return True
        await self._database.write(lambda session: self._sent(session, message.id, message.chat_id, number))
        return True

    def _place(self, session: Session, chat_id: int, content: Content) -> tuple[int | None, float]:
        """The number of the message whose place this one takes, and the seconds until it may be sent."""
        slot = content.slot if isinstance(content, Utterance) else None
        place = None if slot is None else MessageStore(session).stands_at(chat_id, slot)
        chat = ChatStore(session).get(chat_id)
        until = None if chat is None else chat.next_at
        return place, 0.0 if until is None else max(0.0, (until - self._now()).total_seconds())

    def _sent(self, session: Session, message_id: UUID, chat_id: int, number: int | None) -> None:
        MessageStore(session).settle(message_id, number)
        chats = ChatStore(session)
        chat = chats.get(chat_id)
        if chat is not None and number is not None:
            chats.rests(chat_id, self._now() + PAUSES[chat.kind])

    def _lost(self, session: Session, chat_id: int) -> None:
        ChatStore(session).lost(chat_id, self._now())
        MessageStore(session).drop(chat_id)

    async def _tidy(self, _args: Mapping[str, Any]) -> None:
        await self._database.write(self._find_left_behind)

    def _find_left_behind(self, session: Session) -> None:
        for chat_id, about in MessageStore(session).left_behind(self._now() - LEFT_BEHIND, 500):
            self._outbox.send(session, chat_id, about)
