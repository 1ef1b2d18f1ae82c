"""One unit of work for all who came while the last one ran: under load they share its commit, alone nobody waits.

It belongs to none of them, and so has the patience of none: each waits for its own part as long as it likes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from servicekit.base.deadlines import Deadlines
from servicekit.data.patience import patience, waiting
from servicekit.data.trouble import DatabaseUnavailable

A = TypeVar("A")
R = TypeVar("R")


class Gathered(Generic[A, R]):
    """Does what was put, in order and at most `most` at once. `close()` it before its database."""

    def __init__(self, unit: Callable[[Sequence[A]], Awaitable[Sequence[R]]], *, most: int) -> None:
        """`unit` returns once what it did is durable, with a result for each of those it was given."""
        self._unit = unit
        self._most = most
        self._waiting: list[tuple[A, asyncio.Future[R]]] = []
        self._worker: asyncio.Task[None] | None = None
        self._deadlines = Deadlines()

    def __len__(self) -> int:
        """How many wait for the unit under way to end."""
        return len(self._waiting)

    def put(self, asked: A) -> asyncio.Future[R]:
        """What comes of it, once that is durable; it is done even when nobody waits for it any more.

        Cancelled before its unit of work has begun, it never is.
        """
        answer: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, answer))
        if self._worker is None:
            with waiting(None):
                self._worker = asyncio.create_task(self._work())
        return answer

    async def result(self, asked: A) -> R:
        """As `put`, for as long as the patience of who asks lasts: DatabaseUnavailable after that.

        What has not begun by then never does.
        """
        answer = self.put(asked)
        try:
            with self._deadlines.within(patience().begin_s):
                return await answer
        except TimeoutError:
            if answer.cancelled():
                raise DatabaseUnavailable("busy") from None
            return answer.result()  # it came in the very moment in which patience ended

    async def close(self) -> None:
        """Lets what is being done end."""
        if self._worker is not None:
            await asyncio.wait({self._worker}, timeout=10)

    async def _work(self) -> None:
        try:
            while self._waiting:
                wanted = [each for each in self._waiting if not each[1].done()]
                batch, self._waiting = wanted[: self._most], wanted[self._most :]
                if batch:
                    await self._done(batch)
        finally:
            self._worker = None

    async def _done(self, batch: Sequence[tuple[A, asyncio.Future[R]]]) -> None:
        try:
            results = await self._unit([asked for asked, _ in batch])
        except Exception as error:  # noqa: BLE001 - whoever waits is told, and the next ones may fare better
            for _, answer in batch:
                if not answer.done():
                    answer.set_exception(error)
                    answer.exception()  # seen, even when nobody waits any more
            return
        for (_, answer), result in zip(batch, results, strict=True):
            if not answer.done():
                answer.set_result(result)
