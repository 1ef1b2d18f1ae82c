"""How much a bot may say: overall, to one chat, and to one group."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from simulators.telegram.refusals import BotApiError, bad_request, too_many
from simulators.telegram.words.entities import utf16_length

LONGEST_TEXT: Final = 4_096
LONGEST_CAPTION: Final = 1_024
LONGEST_CALLBACK_BYTES: Final = 64
LARGEST_PHOTO_BYTES: Final = 10 * 1024 * 1024
LARGEST_DOCUMENT_BYTES: Final = 50 * 1024 * 1024
LARGEST_DOWNLOAD_BYTES: Final = 20 * 1024 * 1024
_MINUTE_S: Final = 60.0
_EXACT_S: Final = 1e-6


class FloodLimits(msgspec.Struct, forbid_unknown_fields=True):
    """Messages sent or edited."""

    per_second: Annotated[int, Meta(ge=1, description="in any second, to all chats together")] = 30
    chat_burst: Annotated[int, Meta(ge=1, description="to one chat at once, after it has been left alone")] = 5
    chat_per_second: Annotated[float, Meta(gt=0, description="to one chat in the long run")] = 1.0
    group_per_minute: Annotated[int, Meta(ge=1, description="in any minute, to one group")] = 20


class _Chat:
    """What was said in one chat: a bucket that empties with time, and the last minute."""

    def __init__(self) -> None:
        self.filled = 0.0
        self.at_s = -math.inf
        self.minute: deque[float] = deque()

    def level(self, now_s: float, per_s: float) -> float:
        return 0.0 if math.isinf(self.at_s) else max(0.0, self.filled - (now_s - self.at_s) * per_s)


class FloodGauge:
    """Counts what was let through; a refused call counts for nothing."""

    def __init__(self, limits: FloodLimits) -> None:
        self.limits = limits
        self._second: deque[float] = deque()
        self._chats: defaultdict[int, _Chat] = defaultdict(_Chat)

    def take(self, chat_id: int, now_s: float, *, group: bool) -> None:
        """Count one message. Raises the 429 with the whole seconds after which it would be let through."""
        chat, limits = self._chats[chat_id], self.limits
        level = chat.level(now_s, limits.chat_per_second)
        waits = [
            _wait(self._second, limits.per_second, 1.0, now_s),
            max(0.0, level + 1 - limits.chat_burst) / limits.chat_per_second,
            _wait(chat.minute, limits.group_per_minute, _MINUTE_S, now_s) if group else 0.0,
        ]
        # what floating point makes of an exact second is no second more
        if max(waits) > _EXACT_S:
            raise too_many(max(1, math.ceil(max(waits) - _EXACT_S)))
        chat.filled, chat.at_s = level + 1, now_s
        self._second.append(now_s)
        if group:
            chat.minute.append(now_s)


def _wait(window: deque[float], most: int, length_s: float, now_s: float) -> float:
    """How long until one more fits into the window; what has left it is forgotten."""
    while window and window[0] <= now_s - length_s:
        window.popleft()
    return 0.0 if len(window) < most else window[len(window) - most] + length_s - now_s


def check_text(text: str, *, caption: bool) -> None:
    """Raises the 400 for a text or a caption that is too long, and for an empty text."""
    if not text and not caption:
        raise bad_request("message text is empty")
    if utf16_length(text) > (LONGEST_CAPTION if caption else LONGEST_TEXT):
        raise bad_request("message caption is too long" if caption else "message is too long")


def check_upload(size: int, *, photo: bool) -> None:
    """Raises the refusal of a file that a bot may not send."""
    if photo and size > LARGEST_PHOTO_BYTES:
        raise bad_request(
            f"file of size {size} bytes is too big for a photo; the maximum size is {LARGEST_PHOTO_BYTES} bytes"
        )
    if size > LARGEST_DOCUMENT_BYTES:
        raise BotApiError(413, "Request Entity Too Large")
