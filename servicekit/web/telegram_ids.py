"""Telegram ids as they arrive in requests."""

from __future__ import annotations

from typing import Annotated, Final

from litestar.params import QueryParameter

from kernel.contracts.ids import TELEGRAM_ID_PATTERN, is_telegram_id
from kernel.contracts.problem import FieldError
from kernel.errors import DomainError
from servicekit.web.problems import ProblemRule

TelegramIdQuery = Annotated[str, QueryParameter(pattern=TELEGRAM_ID_PATTERN, max_length=19)]


class BadTelegramId(DomainError):
    """Text that only looks like a Telegram id."""

    sentence = "A telegram_id is 1 to 19 decimal digits, without sign, spaces or leading zero."


BAD_TELEGRAM_ID: Final = ProblemRule(422, "validation_failed", errors=(FieldError("telegram_id", "See the detail."),))


def checked_telegram_id(text: str) -> str:
    """The id itself. Raises BadTelegramId for what a pattern lets through: it tolerates a line break at the end."""
    if not is_telegram_id(text):
        raise BadTelegramId
    return text
