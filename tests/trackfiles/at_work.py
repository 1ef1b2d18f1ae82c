"""Children at work, seen from outside."""

from __future__ import annotations

import os
import time
from pathlib import Path

from trackfiles.limits import cpu_and_state_of

POINT = b'<trkpt lat="46.1" lon="7.1"><!-- --><ele>1</ele><time>2026-05-02T06:30:00Z</time></trkpt>'
LONG = b"<gpx><trk><trkseg>" + POINT * 250_000 + b"</trkseg></trk></gpx>"
"""Takes more than a second of the processor, and is refused in the end."""


def children_of_this_process() -> list[int]:
    """Those that read files. One that is stopped before it has become one stops whoever starts it too."""
    told = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    pids = [int(pid) for one in told for pid in _bytes_of(one).split()]
    return [pid for pid in pids if b"trackfiles.worker" in _bytes_of(Path(f"/proc/{pid}/cmdline"))]


def _bytes_of(told: Path) -> bytes:
    """Nothing of a thread or a process that ends meanwhile."""
    try:
        return told.read_bytes()
    except OSError:
        return b""


def cpu_s(pid: int) -> float:
    told = cpu_and_state_of(pid)
    return 0.0 if told is None else told[0]


def working(beyond_s: float = 0.4) -> int:
    """The child that works on a long file by now."""
    while True:
        for pid in children_of_this_process():
            if cpu_s(pid) > beyond_s:
                return pid
        time.sleep(0.01)


def is_there(pid: int) -> bool:
    """Also one that has ended and that nobody has heard of."""
    return Path(f"/proc/{pid}").exists()
