"""What the bot has to remember of a chat to understand what comes next: small, and kept with the chat."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

import msgspec

from kernel.contracts.said import Conditions

About = Literal["start", "goal", "day", "name"]
ANSWERED_WITHIN: Final = timedelta(hours=1)
"""Later a text is no answer to a question any more."""
TWICE_WITHIN: Final = timedelta(seconds=3)
"""A finger that presses a button twice means it once."""


class OpenQuestion(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was asked last, and of which prediction; `answered_by` is the update that has answered it."""

    about: About
    asked_at: datetime
    prediction_id: UUID | None = None
    answered_by: int | None = None


class PressedButton(msgspec.Struct, frozen=True):
    """The button that was pressed last: what is behind it, below which message, by which update and when."""

    data: str
    message_id: int
    update_id: int
    at: datetime


class ToldDay(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was told last of a day, and of which course: it holds for every further question about that."""

    course: str
    conditions: Conditions | None = None


class Memory(msgspec.Struct, frozen=True, omit_defaults=True):
    """`course` is the stored route that was spoken of last, `menu` what the menu button was asked to be."""

    question: OpenQuestion | None = None
    course: UUID | None = None
    pressed: PressedButton | None = None
    day: ToldDay | None = None
    menu: str | None = None

    def open_question(self, update_id: int, now: datetime) -> OpenQuestion | None:
        """The question that a text of this update answers; told again, the same update answers it again."""
        asked = self.question
        if asked is None or asked.answered_by not in {None, update_id} or now - asked.asked_at > ANSWERED_WITHIN:
            return None
        return asked

    def repeats(self, button: PressedButton) -> bool:
        """Whether the same button was pressed a moment ago, by another update."""
        last = self.pressed
        if last is None or last.update_id == button.update_id:
            return False
        same = (last.data, last.message_id) == (button.data, button.message_id)
        return same and button.at - last.at < TWICE_WITHIN
