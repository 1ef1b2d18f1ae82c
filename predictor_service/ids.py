"""Reading ids."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar.params import PathParameter, QueryParameter

from kernel.contracts.ids import TELEGRAM_ID_PATTERN, is_telegram_id
from predictor_service.errors import BadTelegramId

TelegramIdQuery = Annotated[str, QueryParameter(pattern=TELEGRAM_ID_PATTERN, max_length=19)]
IdInPath = Annotated[str, PathParameter()]


def checked_telegram_id(text: str) -> str:
    """The id itself. Raises BadTelegramId for what a pattern lets through: it tolerates a line break at the end."""
    if not is_telegram_id(text):
        raise BadTelegramId
    return text


def parse_id(text: str) -> UUID | None:
    """The UUID, if `text` is one in the form we hand out; None for its other spellings, so that an id has no alias."""
    try:
        parsed = UUID(text)
    except ValueError:
        return None
    return parsed if str(parsed) == text.lower() else None
