"""What a child may use of the machine, as the system enforces it.

| limit | where it does not bind |
|---|---|
| address space, processor time, size of files written, descriptors, core dumps | Windows; macOS ignores address space |
| processes | Windows, and a child that runs as root or with CAP_SYS_RESOURCE |

Everywhere the parent's deadline holds.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from pathlib import Path
from typing import Final

if sys.platform != "win32":
    import resource

_NICENESS: Final = 10
_SET_BACK: Final = 9
"""Of the heavy behind the light, in steps of niceness: a share of about a seventh where both want the processor."""
_DESCRIPTORS: Final = 32
"""Pipes, the file that is read, and a module or two that is imported late."""


def limit_for_good() -> None:
    """What stays the same for every file: no file grows, no process is started, few descriptors, no core is dumped.

    And whoever has to answer others goes first.
    """
    if sys.platform == "win32":
        return
    os.nice(_NICENESS)
    for kind, value in (
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, _DESCRIPTORS),
    ):
        _set(kind, value, value)


def limit_for_a_file(memory_bytes: int, cpu_s: int) -> None:
    """Bounds the address space, and the processor seconds from now on."""
    if sys.platform == "win32":
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    _set(resource.RLIMIT_AS, memory_bytes)
    _set(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + cpu_s)


def set_back(pid: int) -> None:
    """Has one of our children leave most of the processor to the others, where the system can.

    Where each session has its share of the processor, the niceness of a process counts within its session only: there
    the session as a whole is set back. Source: sched(7), "The autogroup feature".
    """
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, _NICENESS + _SET_BACK)
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(_SET_BACK), encoding="ascii")


def peak_bytes() -> int:
    """The most memory this process has held, 0 where no system says it."""
    if sys.platform == "win32":
        return 0
    if sys.platform == "darwin":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # getrusage would count what the parent held when it started this process
    with contextlib.suppress(OSError), Path("/proc/self/status").open(encoding="ascii") as status:
        peak = re.search(r"^VmHWM:\s*(\d+) kB", status.read(), re.MULTILINE)
        return 1024 * int(peak[1]) if peak else 0
    return 0


def held_bytes() -> int:
    """The memory this process holds now, 0 where no system says it."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError, AttributeError):
        return 0


def cpu_and_state_of(pid: int) -> tuple[float, str] | None:
    """Processor seconds of another process and the letter of its state (`T` is stopped); None where no system says it.

    Source: proc(5), `/proc/PID/stat`.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), fields[0]
    except (OSError, ValueError, IndexError, AttributeError):
        return None


def _set(kind: int, soft: int, hard: int | None = None) -> None:
    _, now_hard = resource.getrlimit(kind)
    wanted_hard = now_hard if hard is None else hard
    if now_hard != resource.RLIM_INFINITY:
        soft = min(soft, now_hard)
        wanted_hard = now_hard if hard is None else min(wanted_hard, now_hard)
    # macOS refuses some
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(kind, (soft, wanted_hard))
