"""What a message consists of: plain data, since it waits in the database until it is sent."""

from __future__ import annotations

from typing import TypeAlias
from uuid import UUID

import msgspec

from ayda_service.plans.service import FileKind


class Button(msgspec.Struct, frozen=True, omit_defaults=True):
    """One button: exactly one of `data` (what the bot is told when it is pressed), `url` or `app` opens something."""

    text: str
    data: str | None = None
    url: str | None = None
    app: str | None = None
    """The address of the Mini App."""


Buttons: TypeAlias = list[list[Button]]
"""Rows of them."""


class Utterance(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="text"):
    """A text in Telegram's HTML. With `slot` it stands in the place of the message that was sent under this name."""

    text: str
    buttons: Buttons = []
    slot: str | None = None
    reply_to: int | None = None


class Card(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="card"):
    """The picture of a prediction, with a caption; the caption alone where it cannot be drawn."""

    owner: int
    prediction_id: UUID
    text: str
    buttons: Buttons = []
    reply_to: int | None = None


class PlanFile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="file"):
    """A file to take along."""

    owner: int
    prediction_id: UUID
    kind: FileKind
    text: str
    otherwise: str
    """What is said where the file cannot be made."""


class Acknowledged(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="tap"):
    """The answer to a press on a button, shown for a moment: `text`, or nothing but that it was noticed."""

    tap_id: str
    text: str | None = None
    alert: bool = False


class Menu(msgspec.Struct, frozen=True, kw_only=True, tag="menu"):
    """No message: what the chat's menu button says from now on, and the address of the Mini App that it opens."""

    text: str
    app: str

    @property
    def known_as(self) -> str:
        """What tells one from another."""
        return f"{self.text} {self.app}"


Content: TypeAlias = Utterance | Card | PlanFile | Acknowledged | Menu
