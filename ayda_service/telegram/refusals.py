"""What Telegram refuses, as errors of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import structlog
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramRetryAfter,
)

from ayda_service.telegram.errors import ChatUnreachable, FileTooLargeForBots, MessageRefused, TelegramAway
from servicekit.jobs import Snooze

_GONE: Final = ("chat not found", "user is deactivated", "bot was kicked", "group chat was upgraded")


@contextmanager
def as_ours() -> Iterator[None]:
    """Makes Telegram's refusals and outages ours; none of them carries an address, in which the token would be."""
    try:
        yield
    except TelegramRetryAfter as wait:
        raise Snooze(float(wait.retry_after), "telegram_flood") from None
    except TelegramForbiddenError:
        raise ChatUnreachable from None
    except TelegramBadRequest as refused:
        if any(words in refused.message.lower() for words in _GONE):
            raise ChatUnreachable from None
        if "file is too big" in refused.message:
            raise FileTooLargeForBots from None
        raise MessageRefused(refused.message) from None
    except TelegramEntityTooLarge:
        raise MessageRefused("entity too large") from None
    except (TelegramAPIError, ClientDecodeError, TimeoutError) as trouble:
        # also a token that is wrong: whoever mends it finds every message still waiting
        structlog.get_logger(__name__).warning("telegram_away", reason=type(trouble).__name__)
        raise TelegramAway from None
