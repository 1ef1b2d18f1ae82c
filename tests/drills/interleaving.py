"""Coroutines whose awaits are seen: to be counted, struck, or held while something else happens."""

from __future__ import annotations

import asyncio
import types
from collections.abc import Callable, Coroutine, Generator
from typing import Any


class Hold:
    """Stops the first coroutine of this name after its `at`-th suspension, until `release()`."""

    def __init__(self, name: str, at: int) -> None:
        self._name, self._at = name, at
        self._gate = asyncio.Event()
        self._taken = False
        self.reached = asyncio.Event()
        """Set when it is held, or has ended before it came so far."""
        self.suspensions = 0

    def factory(self, loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
        # what steps an asynchronous generator is a coroutine without a name
        if self._taken or getattr(coroutine, "__qualname__", None) != self._name:
            return asyncio.Task(coroutine, loop=loop, **options)
        self._taken = True
        return asyncio.Task(self.watched(coroutine), loop=loop, **options)

    def release(self) -> None:
        self._gate.set()

    async def watched(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        try:
            return await stepped(coroutine, self._suspended, self._resumed)
        finally:
            self.reached.set()

    def _suspended(self) -> None:
        self.suspensions += 1

    def _resumed(self) -> Generator[Any, Any, Any]:
        if self.suspensions == self._at:
            self.reached.set()
            yield from self._gate.wait().__await__()


@types.coroutine
def stepped(
    coroutine: Coroutine[Any, Any, Any],
    suspended: Callable[[], None],
    resumed: Callable[[], Generator[Any, Any, Any]] | None = None,
) -> Generator[Any, Any, Any]:
    """Runs a coroutine; `suspended` is called at each of its awaits, `resumed` is waited for after each."""
    error: BaseException | None = None
    while True:
        try:
            yielded = coroutine.send(None) if error is None else coroutine.throw(error)
        except StopIteration as done:
            return done.value
        error = None
        suspended()
        try:
            yield yielded
            if resumed is not None:
                yield from resumed()
        except BaseException as thrown:  # noqa: BLE001 - passed on into the coroutine
            error = thrown
