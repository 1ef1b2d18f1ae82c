"""Cards that were drawn a moment ago, so that a chat that shows one again does not have it drawn again.

In memory alone and for minutes. Whose prediction was erased gets none, as each is asked for by its member and looked up
first; what this process erases goes from here at once.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Final

MOST: Final = 32
KEPT_S: Final = 600.0
_Key = tuple[int, str]


class KeptCards:
    """The newest cards by member and prediction."""

    def __init__(self, most: int = MOST, kept_s: float = KEPT_S) -> None:
        self._most = most
        self._kept_s = kept_s
        self._cards: OrderedDict[_Key, bytes] = OrderedDict()

    def find(self, telegram_id: int, prediction_id: str) -> bytes | None:
        """The card, if it is still here."""
        return self._cards.get((telegram_id, prediction_id))

    def keep(self, telegram_id: int, prediction_id: str, card: bytes) -> None:
        """Keeps a card for some minutes, in place of the oldest one when there are too many."""
        key = (telegram_id, prediction_id)
        self._cards[key] = card
        self._cards.move_to_end(key)
        while len(self._cards) > self._most:
            self._cards.popitem(last=False)
        asyncio.get_running_loop().call_later(self._kept_s, self._drop, key, card)

    def forget(self, telegram_id: int) -> None:
        """Drops the cards of a member. May be called from any thread."""
        for key in [key for key in tuple(self._cards) if key[0] == telegram_id]:
            self._cards.pop(key, None)

    def _drop(self, key: _Key, card: bytes) -> None:
        if self._cards.get(key) is card:
            del self._cards[key]
