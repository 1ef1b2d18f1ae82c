"""Whose connections a server holds, how many, and which of them wait for nothing that comes.

It looks at uvicorn's protocols from outside, once a second, so that both parsers are watched in one way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Final, Protocol

import structlog

from servicekit.web.limits import Limits

_MADE_ROOM: Final = 16
"""How many connections that ask nothing go at once when there is no room: finding them may look at all."""
_log = structlog.get_logger("servicekit.connections")


def bare_close(status: str, *headers: str) -> bytes:
    """An answer that needs no app, and ends the connection."""
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "content-length: 0", "connection: close", "", ""]).encode()


ANSWERS: Final = {
    "no_request": bare_close("408 Request Timeout"),
    "headers_too_large": bare_close("431 Request Header Fields Too Large"),
}


class Transport(Protocol):
    """What is asked of asyncio's transports."""

    def write(self, data: bytes) -> None: ...

    def close(self) -> None: ...

    def abort(self) -> None: ...

    def is_closing(self) -> bool: ...

    def get_write_buffer_size(self) -> int: ...


class Cycle(Protocol):
    """A request and its answer, as uvicorn keeps them."""

    response_complete: bool
    more_body: bool


class OpenConnection(Protocol):
    """What uvicorn's two protocols have in common."""

    @property
    def transport(self) -> Transport: ...

    @property
    def cycle(self) -> Cycle | None: ...


@dataclass(slots=True)
class _Seen:
    """What is remembered of a connection."""

    address: str
    waits_since_s: float | None
    """Since when it has been the stranger's turn."""
    cycle: Cycle | None = None
    head_bytes: int = 0
    unsent_bytes: int = 0
    stuck_since_s: float | None = None
    """Since when nothing of an answer has been read."""
    ended: bool = False

    def follow(self, cycle: Cycle | None) -> None:
        """Another request than the last one begins everything anew."""
        if cycle is not self.cycle:
            self.cycle, self.head_bytes, self.waits_since_s = cycle, 0, None


class OpenConnections:
    """The connections of one server."""

    def __init__(self, limits: Limits, clock_s: Callable[[], float], exempt: Callable[[str], bool]) -> None:
        """`clock_s` never goes back. `exempt` says of an address that it stands for many visitors."""
        self._limits = limits
        self._clock_s = clock_s
        self._exempt = exempt
        self._seen: dict[OpenConnection, _Seen] = {}
        self._of_address: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._seen)

    def admit(self, connection: OpenConnection, address: str) -> bool:
        """Whether there is room for this one; connections that have not asked anything make room for it."""
        if not self._exempt(address) and self._of_address[address] >= self._limits.connections_per_address:
            _log.warning("connection_refused", kind="too_many_of_one_address")
            return False
        if len(self._seen) >= self._limits.connections:
            self._make_room()
        if len(self._seen) >= self._limits.connections:
            _log.warning("connection_refused", kind="too_many")
            return False
        self._seen[connection] = _Seen(address, self._clock_s())
        self._of_address[address] += 1
        return True

    def leave(self, connection: OpenConnection) -> None:
        """It is closed."""
        seen = self._seen.pop(connection, None)
        if seen is None:
            return
        self._of_address[seen.address] -= 1
        if not self._of_address[seen.address]:
            del self._of_address[seen.address]

    def received(self, connection: OpenConnection, size_bytes: int) -> None:
        """So many bytes came and have been parsed: ends a connection whose headers are too large to be any."""
        seen = self._seen.get(connection)
        if seen is None:
            return
        if _is_busy(connection) or _is_drained(connection) or connection.cycle is not seen.cycle:
            seen.follow(connection.cycle)
            return
        seen.head_bytes += size_bytes
        if seen.head_bytes > self._limits.head_bytes:
            self._end(connection, seen, "headers_too_large")

    def sweep(self) -> None:
        """Ends the connections that have waited for too long."""
        now_s = self._clock_s()
        for connection, seen in list(self._seen.items()):
            reason = self._overdue(connection, seen, now_s)
            if reason is not None:
                self._end(connection, seen, reason)

    def cut(self) -> None:
        """Ends all of them at once."""
        for connection in list(self._seen):
            connection.transport.abort()

    def _overdue(self, connection: OpenConnection, seen: _Seen, now_s: float) -> str | None:
        seen.follow(connection.cycle)
        if not _is_waiting(connection):
            seen.waits_since_s = None
        elif seen.waits_since_s is None:
            seen.waits_since_s = now_s
        unsent_bytes = connection.transport.get_write_buffer_size()
        if unsent_bytes == 0 or unsent_bytes < seen.unsent_bytes:
            seen.stuck_since_s = None
        elif seen.stuck_since_s is None:
            seen.stuck_since_s = now_s
        seen.unsent_bytes = unsent_bytes
        if seen.stuck_since_s is not None and now_s - seen.stuck_since_s >= self._limits.write_idle_s:
            return "answer_not_read"
        wait_s = self._limits.drain_s if _is_drained(connection) else self._limits.head_s
        if seen.waits_since_s is not None and now_s - seen.waits_since_s >= wait_s:
            return "no_request"
        return None

    def _make_room(self) -> None:
        # those that have been open for longest come first
        waiting = list(islice(filter(_is_waiting, self._seen), _MADE_ROOM))
        for connection in waiting:
            connection.transport.abort()
            self.leave(connection)
        if waiting:
            _log.warning("connection_ended", kind="made_room")

    def _end(self, connection: OpenConnection, seen: _Seen, reason: str) -> None:
        _log.warning("connection_ended", kind=reason)
        if seen.ended or seen.unsent_bytes or connection.transport.is_closing():
            connection.transport.abort()
            return
        seen.ended = True
        if connection.cycle is None or seen.head_bytes:
            connection.transport.write(ANSWERS[reason])  # else nothing was asked that this could be the answer to
        connection.transport.close()


def _is_busy(connection: OpenConnection) -> bool:
    return connection.cycle is not None and not connection.cycle.response_complete


def _is_waiting(connection: OpenConnection) -> bool:
    """Whether it is the stranger's turn; who still reads an answer, however slowly, is served."""
    return not _is_busy(connection) and connection.transport.get_write_buffer_size() == 0


def _is_drained(connection: OpenConnection) -> bool:
    """Whether what comes is the rest of a body whose request is answered."""
    return connection.cycle is not None and connection.cycle.response_complete and connection.cycle.more_body
