"""Requests from outside, over connections that stay open: each sends its next one when its answer has come."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

AT_ONCE: Final = 16
"""As many as `design/stack.md` compared the frameworks with."""
_LONGEST_S: Final = 120.0
"""For all requests of one burst."""
_ENDS: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length:"


@dataclass(frozen=True)
class Call:
    """One request; `body` becomes JSON."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any = None

    def encoded(self, host: str) -> bytes:
        """What is sent."""
        content = b"" if self.body is None else json.dumps(self.body).encode()
        of_body = {} if self.body is None else {"Content-Type": "application/json", "Content-Length": str(len(content))}
        lines = [f"{name}: {value}" for name, value in {"Host": host, **of_body, **self.headers}.items()]
        return "\r\n".join([f"{self.method} {self.path} HTTP/1.1", *lines, "", ""]).encode() + content


@dataclass
class Burst:
    """What became of many requests: how long each took, and all of them, in seconds."""

    each_s: list[float] = field(default_factory=list)
    all_s: float = 0.0


def many(url: str, call: Callable[[int], Call], numbers: range, *, at_once: int = AT_ONCE) -> Burst:
    """One request for each number, some at a time. Raises RuntimeError unless each succeeds, within two minutes."""
    where = urlsplit(url)
    made = [call(number).encoded(where.netloc) for number in numbers]
    try:
        return asyncio.run(_sent(where.hostname or "", where.port or 80, made, at_once))
    except TimeoutError as late:
        raise RuntimeError(f"{url} does not answer.") from late
    except ExceptionGroup as several:
        raise RuntimeError(str(several.exceptions[0])) from several


async def _sent(host: str, port: int, made: list[bytes], at_once: int) -> Burst:
    burst, loop, left = Burst(), asyncio.get_running_loop(), iter(made)
    begun_s = time.perf_counter()
    async with asyncio.timeout(_LONGEST_S), asyncio.TaskGroup() as group:
        for _ in range(min(at_once, len(made))):
            line = _Line(left, burst, loop.create_future())
            group.create_task(_through(line, host, port))
    burst.all_s = time.perf_counter() - begun_s
    return burst


async def _through(line: _Line, host: str, port: int) -> None:
    transport, _ = await asyncio.get_running_loop().create_connection(lambda: line, host, port)
    try:
        await line.ended
    finally:
        transport.close()


class _Line(asyncio.Protocol):
    """One connection."""

    def __init__(self, left: Iterator[bytes], burst: Burst, ended: asyncio.Future[None]) -> None:
        self.ended = ended
        self._left = left
        self._burst = burst
        self._come = b""
        self._whole_bytes: int | None = None
        self._sent_s = 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asks first."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
            self._ask()

    def data_received(self, data: bytes) -> None:
        """More of the answer."""
        self._come += data
        if self._whole_bytes is None and _ENDS in self._come:
            self._whole_bytes = self._size_bytes()
        if self._whole_bytes is None or len(self._come) < self._whole_bytes or self.ended.done():
            return
        self._burst.each_s.append(time.perf_counter() - self._sent_s)
        self._come, self._whole_bytes = b"", None
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        """The server has gone."""
        if not self.ended.done():
            self.ended.set_exception(RuntimeError(f"The server closed the connection: {exc}"))

    def _ask(self) -> None:
        request = next(self._left, None)
        if request is None or self._transport is None:
            self.ended.set_result(None)
            return
        self._sent_s = time.perf_counter()
        self._transport.write(request)

    def _size_bytes(self) -> int | None:
        head, _, body = self._come.partition(_ENDS)
        lines = head.lower().split(b"\r\n")
        length = next((line[len(_LENGTH) :] for line in lines if line.startswith(_LENGTH)), None)
        if b" 2" not in head[:10] or length is None:
            if not self.ended.done():
                self.ended.set_exception(RuntimeError(f"Answered {lines[0]!r}: {body[:300]!r}"))
            return None
        return len(head) + len(_ENDS) + int(length)
