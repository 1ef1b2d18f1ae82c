"""Between two services: a wire that does to each connection what wires and broken services do."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import itertools
import re
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final

from tests.system.processes import HOST

_HEAD_END: Final = b"\r\n\r\n"
_LENGTH: Final = re.compile(rb"^content-length: (\d+)\r$", re.IGNORECASE | re.MULTILINE)
_PIECE: Final = 64 * 1024
_BOMB_BYTES: Final = 512 * 1024**2

Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter
Fault = Callable[[bytes, Writer], Awaitable[None]]
"""What is done with a good answer, of which this is the whole, on its way to whoever asked."""


async def blackhole(_answer: bytes, _writer: Writer) -> None:
    """Nothing ever comes."""
    await asyncio.Event().wait()


async def reset(_answer: bytes, writer: Writer) -> None:
    """The connection is torn down without a word."""
    _tear(writer)


async def closed(_answer: bytes, _writer: Writer) -> None:
    """The connection ends before the answer begins."""


async def one_byte_a_second(answer: bytes, writer: Writer) -> None:
    """It comes, by and by."""
    for at in range(len(answer)):
        writer.write(answer[at : at + 1])
        await writer.drain()
        await asyncio.sleep(1)


async def half_then_silence(answer: bytes, writer: Writer) -> None:
    """The body stops in its middle, and the connection stays."""
    writer.write(answer[: -len(answer) // 4])
    await writer.drain()
    await asyncio.Event().wait()


async def half_then_reset(answer: bytes, writer: Writer) -> None:
    """The body stops in its middle, and the connection is torn down."""
    writer.write(answer[: -len(answer) // 4])
    await writer.drain()
    _tear(writer)


async def endless_head(_answer: bytes, writer: Writer) -> None:
    """One header after the other, for ever."""
    writer.write(b"HTTP/1.1 200 OK\r\n")
    for number in itertools.count():
        writer.write(b"X-%d: %s\r\n" % (number, b"a" * 1000))
        await writer.drain()
        await asyncio.sleep(0.001)


async def endless_body(_answer: bytes, writer: Writer) -> None:
    """A body of spaces that never ends."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in itertools.count():
        writer.write(b"%x\r\n%s\r\n" % (_PIECE, b" " * _PIECE))
        await writer.drain()
        await asyncio.sleep(0.001)


def answering(status: str, body: bytes, *fields: str, length: int | None = None) -> Fault:
    """Another answer, from beginning to end."""

    async def say(_answer: bytes, writer: Writer) -> None:
        told = ("Content-Type: application/json", *fields, f"Content-Length: {len(body) if length is None else length}")
        writer.write("\r\n".join((f"HTTP/1.1 {status}", *told)).encode() + _HEAD_END + body)
        await writer.drain()
        if length is not None:
            await asyncio.Event().wait()

    return say


async def _no_http(_answer: bytes, writer: Writer) -> None:
    writer.write(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 40)
    await writer.drain()


async def passed_on(answer: bytes, writer: Writer) -> None:
    """Nothing is wrong."""
    writer.write(answer)
    await writer.drain()


async def _late(answer: bytes, writer: Writer) -> None:
    await asyncio.sleep(0.3)
    writer.write(answer)
    await writer.drain()


FAULTS: Final[dict[str, Fault]] = {
    "blackhole": blackhole,
    "reset": reset,
    "closed": closed,
    "one byte a second": one_byte_a_second,
    "half, then silence": half_then_silence,
    "half, then a reset": half_then_reset,
    "endless head": endless_head,
    "endless body": endless_body,
    "0.3 s late": _late,
    "no HTTP": _no_http,
    "HTML": answering("200 OK", b"<html><h1>Error</h1></html>", "Content-Type: text/html"),
    "JSON of another shape": answering("200 OK", b'[1, 2, "three"]'),
    "JSON of other types": answering("200 OK", b'{"telegram_id": 5, "profiles": "none", "activities": {}}'),
    "JSON that ends early": answering("200 OK", b'{"telegram_id": "5", "pro'),
    "JSON in JSON in JSON": answering("200 OK", b"[" * 100_000),
    "numbers that are none": answering("200 OK", b'{"telegram_id": "5", "flat_pace_s_per_km": NaN}'),
    "a bomb": answering("200 OK", gzip.compress(bytes(_BOMB_BYTES), 9), "Content-Encoding: gzip"),
    "an unknown packing": answering("200 OK", b"\x00\x01", "Content-Encoding: zstd"),
    "a length that lies": answering("200 OK", b"{}", length=10**12),
    "nothing": answering("204 No Content", b""),
    "a way to elsewhere": answering("302 Found", b"", "Location: http://127.0.0.1:9/"),
    "500 in HTML": answering("500 Internal Server Error", b"<h1>Oops</h1>", "Content-Type: text/html"),
    "503 for an hour": answering("503 Service Unavailable", b"", "Retry-After: 3600"),
    "a status that is none": answering("799 Whatever", b"{}"),
}


class FaultProxy:
    """Passes HTTP on to `port`; `deal` says what is done to the answers of the connections to come, in turn."""

    def __init__(self, port: int, listening: int) -> None:
        self._port = port
        self._listening = listening
        self._faults: list[Fault] = []
        self._turn = itertools.count()
        self._open: set[asyncio.Task[None]] = set()
        self.connections = 0

    def deal(self, faults: Sequence[Fault]) -> None:
        """These, again and again; none heals the wire, also for connections that are open."""
        self._faults = list(faults)
        self._turn = itertools.count()
        for task in self._open:
            task.cancel()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listening."""
        server = await asyncio.start_server(self._met, HOST, self._listening)
        try:
            yield
        finally:
            server.close()
            self.deal(())
            await asyncio.gather(*self._open, return_exceptions=True)

    async def _met(self, reader: Reader, writer: Writer) -> None:
        self.connections += 1
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._open.add(task)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await task
        self._open.discard(task)
        writer.close()

    async def _serve(self, reader: Reader, writer: Writer) -> None:
        if not self._faults:
            await self._pass_on(reader, writer)
            return
        fault = self._faults[next(self._turn) % len(self._faults)]
        head = await reader.readuntil(_HEAD_END)
        length = _LENGTH.search(head)
        body = await reader.readexactly(int(length[1])) if length else b""
        await fault(await self._answer_to(head, body), writer)

    async def _answer_to(self, head: bytes, body: bytes) -> bytes:
        """The whole good answer to a request, after which the connection ends."""
        theirs, to_them = await asyncio.open_connection(HOST, self._port)
        to_them.write(head.replace(_HEAD_END, b"\r\nConnection: close" + _HEAD_END, 1) + body)
        await to_them.drain()
        answer = await theirs.read(-1)
        to_them.close()
        return answer

    async def _pass_on(self, reader: Reader, writer: Writer) -> None:
        theirs, to_them = await asyncio.open_connection(HOST, self._port)
        try:
            await asyncio.gather(_pump(reader, to_them), _pump(theirs, writer))
        finally:
            to_them.close()


async def _pump(source: Reader, sink: Writer) -> None:
    while piece := await source.read(_PIECE):
        sink.write(piece)
        await sink.drain()
    with contextlib.suppress(OSError):
        sink.write_eof()


def _tear(writer: Writer) -> None:
    """Ends the connection with a reset."""
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
