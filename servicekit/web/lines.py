"""An answer that is written as its work proceeds: a JSON document on each line, until the work or its caller ends.

Nothing of the work outlives the answer: a caller who leaves ends it. Whoever makes the lines says something every few
seconds, so that nobody in between takes the connection for a dead one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, aclosing
from typing import Any, Final, TypeAlias

import msgspec
import structlog
from litestar import Response
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

from servicekit.web.problems import INTERNAL_ERROR, ProblemTable, render_problem, rule_of

BEAT_S: Final = 5.0
"""A line comes at least that often."""
MOST_SILENT_S: Final = 30.0
"""Who hears nothing for so long gives up."""
LINES_MEDIA_TYPE: Final = "application/x-ndjson"
_HEADERS: Final = (
    (b"content-type", LINES_MEDIA_TYPE.encode()),
    (b"x-accel-buffering", b"no"),  # a proxy that collects the answer would show nothing of it
)
Work: TypeAlias = Callable[[], AbstractAsyncContextManager[AsyncGenerator[msgspec.Struct, None]]]
"""What is entered before the answer begins, so that what it raises is answered with a status; then come the lines."""


class LinesResponse(Response[None]):
    """The answer of a handler. What goes wrong once it has begun is its last line: `{"problem": ...}`."""

    def __init__(self, work: Work, problems: ProblemTable) -> None:
        super().__init__(None)
        self._work = work
        self._problems = problems

    def to_asgi_response(self, *_given: Any, **_named: Any) -> ASGIResponse:
        """The answer itself."""
        return _Lines(self._work, self._problems)


class _Lines(ASGIResponse):
    def __init__(self, work: Work, problems: ProblemTable) -> None:
        super().__init__()
        self._work = work
        self._problems = problems

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - as ASGI has it
        async with self._work() as lines:
            await send({"type": "http.response.start", "status": 200, "headers": list(_HEADERS)})
            writing = asyncio.create_task(self._write(lines, send))
            leaving = asyncio.create_task(_left(receive))
            try:
                await asyncio.wait([writing, leaving], return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (writing, leaving):
                    task.cancel()
                await asyncio.wait([writing, leaving])
        if not writing.cancelled():
            writing.result()

    async def _write(self, lines: AsyncGenerator[msgspec.Struct, None], send: Send) -> None:
        try:
            async with aclosing(lines):
                async for line in lines:
                    await _send_line(send, msgspec.json.encode(line))
        except Exception as error:  # noqa: BLE001 - the status is out, so the last line tells it
            await _send_line(send, self._problem(error))
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _problem(self, error: Exception) -> bytes:
        rule = rule_of(error, self._problems)
        if rule is None:
            structlog.get_logger(__name__).error("request_crashed", exc_info=error)
            rule = INTERNAL_ERROR
        content, _headers = render_problem(rule, str(error))
        return b'{"problem":' + content + b"}"


async def _send_line(send: Send, content: bytes) -> None:
    await send({"type": "http.response.body", "body": content + b"\n", "more_body": True})


async def _left(receive: Receive) -> None:
    """Returns when the caller has gone. The body has been read, so nothing else comes."""
    while (await receive())["type"] != "http.disconnect":
        pass
