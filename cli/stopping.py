"""How a command ends when it is asked to: after Ctrl-C or SIGTERM it cleans up and says one line, no traceback."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine
from types import FrameType
from typing import Any, Final, NoReturn, TypeVar

T = TypeVar("T")
SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Stopped(BaseException):
    """This process was asked to end. No Exception, so that nothing on the way takes it for an error."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number


def end_at_once() -> None:
    """From now on such a signal says the one line and ends the process: nothing is begun that had to be cleaned up.

    What is raised in the middle of an import may be lost, as where Python forgets a module's lock.
    """
    for number in SIGNALS:
        signal.signal(number, _end)


def listen() -> None:
    """From now on such a signal raises Stopped."""
    for number in SIGNALS:
        signal.signal(number, _raise)


def say() -> None:
    """The one line; the process ends now, and another signal ends it at once."""
    for number in SIGNALS:
        signal.signal(number, lambda number, _frame: os._exit(128 + number))
    sys.stderr.write("Stopped.\n")


def run(work: Coroutine[Any, Any, T]) -> T:
    """What the work returns, on the fastest event loop there is.

    A signal cancels it; when it has cleaned up, however long that takes, Stopped is raised.
    """
    from uvicorn.loops.auto import auto_loop_factory  # noqa: PLC0415 - slow, and most commands serve nothing

    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
            return runner.run(_until_stopped(work))
    finally:
        # closing a loop leaves the signals to Python's defaults
        for number, handler in handlers.items():
            signal.signal(number, handler)


def until_stopped(work: Coroutine[Any, Any, None]) -> None:
    """For work that has no end of its own: being stopped is how it succeeds, and is said in one line."""
    try:
        run(work)
    except Stopped:
        say()


async def _until_stopped(work: Coroutine[Any, Any, T]) -> T:
    task, asked = asyncio.ensure_future(work), list[int]()

    def stop(number: int) -> None:
        asked.append(number)
        if len(asked) == 1:
            task.cancel()

    for number in SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, stop, number)
    await asyncio.wait([task])
    if asked:
        raise Stopped(asked[0])
    return task.result()


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    os.write(2, b"Stopped.\n")
    os._exit(128 + number)


def _raise(number: int, _frame: FrameType | None) -> NoReturn:
    raise Stopped(number)
