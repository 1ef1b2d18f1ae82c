"""Who reads a file now, who waits, and who is told to come again: a queue with an end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kernel.errors import DomainError


class Busy(DomainError):
    """More files are being read, or wait for it, than are taken on."""

    sentence = "Too many files are being read at the moment; please send this one again in a few seconds."


@dataclass(frozen=True, slots=True)
class _Waiting:
    turn: asyncio.Future[None]
    heavy: bool


class Turns:
    """Turns for `at_once` files, in the order of asking; a further `most_waiting` wait, and nobody beyond them.

    Heavy files take turns among themselves: whatever they cost, one place is left to the others. No more than
    `most_heavy` of them wait, so that the last one still gets its turn while its request lasts.
    """

    def __init__(self, at_once: int, most_waiting: int, most_heavy: int | None = None) -> None:
        self._free = at_once
        self._most_heavy = most_waiting if most_heavy is None else most_heavy
        self._most_waiting = most_waiting
        self._most_guests = at_once + most_waiting
        self._waiting: list[_Waiting] = []
        self._heavy = False
        self._guests = 0

    @contextmanager
    def guest(self) -> Iterator[None]:
        """Counts who brings a file, from before its first byte is taken. Raises Busy."""
        if self._guests >= self._most_guests:
            raise Busy
        self._guests += 1
        try:
            yield
        finally:
            self._guests -= 1

    async def take(self, *, heavy: bool) -> None:
        """Waits for a turn, which has to be given back. Raises Busy."""
        if self._free and not (heavy and self._heavy):
            self._enter(heavy=heavy)
            return
        if len(self._waiting) >= self._most_waiting:
            raise Busy
        if heavy and sum(one.heavy for one in self._waiting) >= self._most_heavy:
            raise Busy
        mine = _Waiting(asyncio.get_running_loop().create_future(), heavy)
        self._waiting.append(mine)
        try:
            await mine.turn
        except asyncio.CancelledError:
            if mine in self._waiting:
                self._waiting.remove(mine)
            else:  # the turn came at the same moment
                self.give_back(heavy=heavy)
            raise

    def give_back(self, *, heavy: bool) -> None:
        """The turn is over: whoever waits longest and may read is next."""
        self._free += 1
        self._heavy = self._heavy and not heavy
        following = next((one for one in self._waiting if not (one.heavy and self._heavy)), None)
        if following is not None:
            self._waiting.remove(following)
            self._enter(heavy=following.heavy)
            following.turn.set_result(None)

    def _enter(self, *, heavy: bool) -> None:
        self._free -= 1
        self._heavy = self._heavy or heavy
