"""One turn of a conversation: who speaks, where, and how they are answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from ayda_service.messages.content import Acknowledged, Button, Buttons, Card, Content, PlanFile, Utterance
from languages.voice import Voice

__all__ = ["Acknowledged", "Button", "Buttons", "Card", "Content", "PlanFile", "Talk", "Utterance"]


@dataclass(frozen=True, slots=True)
class Talk:
    """What a handler needs to know. `update_id` makes whatever it does something that is done once."""

    voice: Voice
    update_id: int
    telegram_id: int
    chat_id: int
    in_group: bool
    vouched_at: datetime

    @property
    def key(self) -> str:
        """An idempotency key of this turn."""
        return f"telegram-{self.update_id}"

    def say(self, sentence: str, /, **named: object) -> str:
        """A sentence for Telegram's HTML: what is filled in is escaped."""
        return self.voice.say(sentence, **{name: escape(str(value)) for name, value in named.items()})

    def text(self, *paragraphs: str, buttons: Buttons | None = None, slot: str | None = None) -> list[Content]:
        """One message."""
        return [Utterance(text="\n\n".join(each for each in paragraphs if each), buttons=buttons or [], slot=slot)]


Reply = Sequence[Content]
"""What is said to one turn."""

Privately = Callable[[Talk], Reply]
"""Says that something is for our own chat."""
