"""What one request carries through every layer: its id, its trace, its language and the time it has left."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from random import getrandbits
from typing import Final

REQUEST_ID_HEADER: Final = "X-Request-ID"
LANGUAGE_HEADER: Final = "Accept-Language"
DEADLINE_HEADER: Final = "X-Deadline-Ms"
TRACE_HEADER: Final = "traceparent"

REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)
"""Ties together everything one request causes, in this process and in the jobs it leaves behind."""
TRACEPARENT: ContextVar[str | None] = ContextVar("traceparent", default=None)
CAUSED_BY: ContextVar[str | None] = ContextVar("caused_by", default=None)
"""The trace context with which the job that runs was put."""
ACCEPTED_LANGUAGES: ContextVar[str] = ContextVar("accepted_languages", default="")
"""What the caller wants to be spoken to in, as its header has it."""
DEADLINE_AT_S: ContextVar[float | None] = ContextVar("deadline_at_s", default=None)  # on the monotonic clock

_SAFE_ID = re.compile(r"[A-Za-z0-9-]{8,64}", re.ASCII)
_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})", re.ASCII)
_MILLISECONDS = re.compile(r"-?[0-9]{1,9}", re.ASCII)


def _new_id(bits: int) -> str:
    """A name that nothing else has. It is no secret, so the system is not asked for its randomness each time."""
    return f"{getrandbits(bits):0{bits // 4}x}"


def request_id() -> str | None:
    """The id of the request or job this code runs for, None outside of one."""
    return REQUEST_ID.get()


@contextmanager
def part_of(identity: str | None = None, trace: str | None = None) -> Iterator[None]:
    """A block that runs as part of the request of this id, and of its trace; what nobody asked for begins its own."""
    before = REQUEST_ID.set(identity or accept_request_id(None)), TRACEPARENT.set(accept_traceparent(trace))
    try:
        yield
    finally:
        REQUEST_ID.reset(before[0])
        TRACEPARENT.reset(before[1])


def deadline_remaining_s() -> float | None:
    """Seconds the caller still waits, at or below zero when it has given up, None when it set no limit."""
    at_s = DEADLINE_AT_S.get()
    return None if at_s is None else at_s - time.monotonic()


def accept_request_id(presented: str | None) -> str:
    """The presented id if it is safe to write into logs and headers, else a new one."""
    if presented is not None and _SAFE_ID.fullmatch(presented):
        return presented
    return _new_id(128)


def accept_traceparent(presented: str | None) -> str:
    """A W3C trace context for our own span: of the presented trace if that is well formed, else of a new trace."""
    match = None if presented is None else _TRACEPARENT.fullmatch(presented)
    if match is None or not int(match[1], 16) or not int(match[2], 16):
        made = _new_id(192)
        return f"00-{made[:32]}-{made[32:]}-00"
    return f"00-{match[1]}-{_new_id(64)}-{match[3]}"


def span_of(presented: str | None) -> str | None:
    """The id of the span that a trace context names; None where `accept_traceparent` begins a new trace."""
    match = _TRACEPARENT.fullmatch(presented or "")
    return match[2] if match is not None and int(match[1], 16) and int(match[2], 16) else None


def accept_deadline_s(presented: str | None) -> float | None:
    """Seconds left according to the caller's milliseconds; None when absent or no number."""
    if presented is None or not _MILLISECONDS.fullmatch(presented):
        return None
    return int(presented) / 1000
