"""How much of a server one stranger may hold, and for how long: what both servers are started with."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Final

MOST_DESCRIPTORS: Final = 16_384
MOST_OF_GRANIAN: Final = 4_000
"""Connections. It cannot choose who makes room, so there is more of it; each costs it little."""
_KEPT_DESCRIPTORS: Final = 128
"""Of the process's descriptors, for databases, files, children and neighbours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds, bytes and counts; the defaults leave room for a slow phone in the mountains."""

    head_s: float = 10.0
    """From the beginning of a connection, or the end of its last answer, to the end of the next request's headers."""
    body_idle_s: float = 20.0
    """Within a body, from one piece to the next."""
    write_idle_s: float = 30.0
    """While an answer waits, from one piece that is read to the next."""
    drain_s: float = 30.0
    """For the rest of a body that nobody wants any more: who is told that it is too large has to hear it."""
    keep_alive_s: int = 8
    """From one request of a connection to the next; longer than the five seconds after which many clients give one up,
    so that fewer are cut just as they ask."""
    head_bytes: int = 16_384
    """Request line and headers together."""
    head_fields: int = 100
    """Headers of a request."""
    pipelined: int = 16
    """Requests sent ahead on one connection."""
    connections: int = 1_000
    """Open at once."""
    connections_per_address: int = 200
    """Of one address (a /64 of IPv6), unless it is a proxy's: then they are of all its visitors."""
    backlog: int = 1_024
    """Connections that wait to be taken."""
    notice_s: float = 0.0
    """Served on after the process is asked to stop, while it says so to whoever sends it work."""
    grace_s: float = 10.0
    """For requests under way when the process stops; then their connections are cut."""
    cut_s: float = 2.0
    """For them to notice it; then they are cancelled."""


def raise_descriptor_limit() -> int:
    """As many open descriptors as this process may have, within reason; how many that are."""
    if sys.platform == "win32":
        return MOST_DESCRIPTORS
    import resource  # noqa: PLC0415 - there is none on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, MOST_DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    return MOST_DESCRIPTORS if soft == resource.RLIM_INFINITY else soft


def connections_within(descriptors: int, *, servers: int = 1, most: int = Limits().connections) -> int:
    """How many connections each of the servers of a process may hold, so that accepting never fails for want of one.

    A request may need another descriptor (a file, a database, a neighbour), so a connection counts twice.
    """
    return max(8, min(most, (descriptors - _KEPT_DESCRIPTORS) // (2 * servers)))
