"""Identifiers as they travel between the services."""

from __future__ import annotations

import re
from typing import Annotated, Final
from uuid import UUID

import msgspec

TELEGRAM_ID_PATTERN: Final = r"^[1-9][0-9]{0,18}$(?!\n)"
"""`$` alone lets a line break at the end through in Python."""
_TELEGRAM_ID: Final = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)

TelegramId = Annotated[str, msgspec.Meta(pattern=TELEGRAM_ID_PATTERN, max_length=19)]
"""A Telegram user id as decimal text: ids exceed 2^53, so JSON numbers would lose digits."""

AthleteId = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
"""A Strava athlete id (64-bit)."""


def is_telegram_id(text: str) -> bool:
    """Whether `text` is a canonical Telegram id: ASCII digits, no sign, no leading zero, no alias such as `1_000`."""
    return _TELEGRAM_ID.fullmatch(text) is not None


def parse_id(text: str) -> UUID | None:
    """The UUID, if `text` is one in the form we hand out; None for its other spellings, so that an id has no alias."""
    try:
        parsed = UUID(text)
    except ValueError:
        return None
    return parsed if str(parsed) == text.lower() else None
