"""What is behind a button: 64 bytes at most, and good only in the hand it was given to.

`word.owner.rest`: what to do, whose button it is (base 36; `-` for anybody's), and what with.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Final
from uuid import UUID

MAX_BYTES: Final = 64
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_ANYBODY: Final = "-"


@dataclass(frozen=True, slots=True)
class Tap:
    """One button. `owner` None: anybody may press it."""

    word: str
    rest: tuple[str, ...] = ()
    owner: int | None = None

    def data(self) -> str:
        """What Telegram keeps. Raises ValueError when it is too long."""
        whose = _ANYBODY if self.owner is None else base36(self.owner)
        text = ".".join((self.word, whose, *self.rest))
        if len(text.encode()) > MAX_BYTES:
            raise ValueError("A button's data has 64 bytes at most.")
        return text

    def may_be_pressed_by(self, telegram_id: int) -> bool:
        """Whether the button is in the right hand."""
        return self.owner is None or self.owner == telegram_id


def parse_tap(data: str | None) -> Tap | None:
    """The button that says this; None for none of ours."""
    word, *more = (data or "").split(".")
    if not more or not word:
        return None
    whose, *rest = more
    try:
        owner = None if whose == _ANYBODY else int(whose, 36)
    except ValueError:
        return None
    return Tap(word, tuple(rest), owner)


def short(key: UUID) -> str:
    """An id in 22 letters."""
    return base64.urlsafe_b64encode(key.bytes).rstrip(b"=").decode()


def unshort(text: str) -> UUID:
    """The id. Raises ValueError for anything else."""
    return UUID(bytes=base64.urlsafe_b64decode(f"{text}=="))


def base36(number: int) -> str:
    """Digits and small letters, as `int(text, 36)` reads them."""
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"
