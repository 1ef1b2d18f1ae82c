"""Somebody in a chat of the simulated Telegram: writes, sends files, presses buttons, reads what the bot says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any, Final

from cli.demo.client import Visitor
from cli.failure import Refused
from simulators.telegram.world.people import Person

ANSWER_WITHIN_S: Final = 240.0
Said = dict[str, Any]
"""A message as the Bot API has it."""


class Chat:
    """One person in one chat, their own with the bot unless another is named."""

    def __init__(self, visitor: Visitor, person: Person, chat_id: int | None = None) -> None:
        self.person = person
        self._visitor = visitor
        self._chat_id = person.id if chat_id is None else chat_id
        self._read = 0

    async def say(self, text: str, *, reply_to: int | None = None) -> Said:
        """Writes; what the bot answers."""
        body = {"person_id": self.person.id, "chat_id": self._chat_id, "text": text, "reply_to": reply_to}
        return await self._answer(await self._visitor.in_telegram("messages", **body))

    async def send(self, content: bytes, name: str) -> Said:
        """Sends a file; what the bot answers."""
        return await self._answer(await self.put(content, name))

    async def put(self, content: bytes, name: str) -> Said:
        """Sends a file where the bot says nothing to files, as in a group; the message."""
        fields = {"person_id": str(self.person.id), "chat_id": str(self._chat_id)}
        return await self._visitor.send_in_telegram(content, name, **fields)

    async def press(self, message: Said, data: str, *, holds: Callable[[Said], bool] = lambda _said: True) -> Said:
        """Presses the button that `data` is behind; the first of the bot's next messages that `holds`."""
        where = {"person_id": self.person.id, "chat_id": self._chat_id, "message_id": message["message_id"]}
        await self._visitor.in_telegram("taps", **where, data=data)
        return await self._next(holds)

    async def _answer(self, sent: Said) -> Said:
        self._read = int(sent["message_id"])
        return await self._next(lambda _said: True)

    async def _next(self, holds: Callable[[Said], bool]) -> Said:
        """Raises Refused when the bot says nothing."""
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                while True:
                    chat = await self._visitor.seen_in_telegram(f"chats/{self._chat_id}", person_id=self.person.id)
                    for said in chat["messages"]:
                        if said["message_id"] > self._read and said["from"]["is_bot"] and holds(said):
                            self._read = int(said["message_id"])
                            return dict(said)
                    await self._visitor.seen_in_telegram("changes", after=chat["version"], within_s=5)
        except TimeoutError:
            sentence = f"The bot said nothing within {ANSWER_WITHIN_S:.0f} seconds; is this machine very busy?"
            raise Refused("bot_silent", sentence) from None


def buttons(message: Said) -> Iterator[dict[str, Any]]:
    """Those below a message, from left to right and from above."""
    for row in message.get("reply_markup", {}).get("inline_keyboard", []):
        yield from row


def text_of(message: Said) -> str:
    """What it says."""
    return str(message.get("text") or message.get("caption", ""))
