"""What the simulator knows better than the bot: what became of every call, and how often each thing was said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from simulators.telegram.world.messages import ChatLog, Message

CallOutcome = Literal["answered", "refused", "lost", "silent"]
_MOST_CALLS = 20_000


@dataclass(frozen=True, slots=True)
class BotCall:
    """One call of a method; the answer of a `lost` or `silent` one has not reached the bot."""

    at_s: float
    method: str
    chat_id: int | None
    outcome: CallOutcome
    carried_out: bool
    description: str = ""


@dataclass(slots=True)
class Tap:
    """A person's press of a button, and the bot's answer to it."""

    id: str
    person_id: int
    chat_id: int
    message_id: int
    data: str
    at_s: float
    answer: dict[str, Any] | None = None


@dataclass(slots=True)
class Truth:
    """Calls and taps, oldest first; of the calls the last 20,000."""

    calls: list[BotCall] = field(default_factory=list)
    taps: dict[str, Tap] = field(default_factory=dict)

    def note(self, call: BotCall) -> None:
        self.calls.append(call)
        del self.calls[:-_MOST_CALLS]


def sent_by_bot(chats: Iterable[ChatLog]) -> list[dict[str, Any]]:
    """Every message of the bot as it was first said, with how often and as which messages; oldest first."""
    same: defaultdict[tuple[int, str, str], list[Message]] = defaultdict(list)
    for chat in chats:
        for message in chat.messages:
            if message.sender["is_bot"]:
                first = message.earlier[0] if message.earlier else message.content
                named = "" if first.attachment is None else first.attachment.file.unique_id
                same[chat.id, first.text, named].append(message)
    return [
        {
            "chat_id": chat_id,
            "text": text,
            "file_unique_id": named or None,
            "times": len(messages),
            "message_ids": [message.id for message in messages],
        }
        for (chat_id, text, named), messages in same.items()
    ]
