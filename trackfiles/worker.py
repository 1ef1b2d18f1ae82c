"""The child: reads one file after another within hard limits. `python -m trackfiles.worker`, never by hand.

It holds no secrets and needs neither files nor network once it runs: questions come in on stdin, answers go out on
stdout. What a hostile file could break here is thrown away with the process.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
from pathlib import Path
from typing import IO, Final
from xml.parsers import expat

import msgspec

from kernel.tracks import BadTrack, NoElevation
from trackfiles.outing import Dropped, outing_of
from trackfiles.wire import Answer, BrokenPipe, Question, receive, send

if sys.platform != "win32":
    import resource

QUESTION_BYTES: Final = 64 * 1024**2
UNREADABLE: Final = "This file could not be read: reading it failed in a way no good file makes it fail."
_NO_MEMORY: Final = expat.errors.codes[expat.errors.XML_ERROR_NO_MEMORY]


def limit(memory_bytes: int, cpu_s: int) -> None:
    """Bounds this process: address space, processor seconds from now on, no file grows, no core is dumped."""
    if sys.platform == "win32":  # it knows no such limits; the parent's deadline still holds
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    wanted = {
        resource.RLIMIT_AS: memory_bytes,
        resource.RLIMIT_CPU: int(used.ru_utime + used.ru_stime) + cpu_s,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    for kind, value in wanted.items():
        _, hard = resource.getrlimit(kind)
        lowest = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(kind, (lowest, hard))
        except (OSError, ValueError):  # macOS refuses some; the parent's deadline still holds
            continue


def answer(question: Question) -> Answer:
    """What one file says. Anything that goes wrong is an answer too."""
    try:
        return Answer(
            outing=outing_of(question.content, question.name, sport=question.sport, otherwise=question.otherwise)
        )
    except BadTrack as bad:
        if getattr(bad.__cause__, "code", None) == _NO_MEMORY:  # the file is not to blame
            return Answer(dropped=Dropped(question.name, "file_unreadable", UNREADABLE))
        return Answer(dropped=Dropped(question.name, bad.reason, str(bad)))
    except NoElevation as bad:
        return Answer(dropped=Dropped(question.name, bad.reason, str(bad)), lacks_elevation=True)
    except Exception:  # noqa: BLE001 - one file must not end the reading of the others
        return Answer(dropped=Dropped(question.name, "file_unreadable", UNREADABLE))


def serve(questions: IO[bytes], answers: IO[bytes], memory_bytes: int, file_cpu_s: int) -> None:
    """Says that it is ready, then answers questions until the parent closes the pipe."""
    send(answers, Answer())
    while True:
        try:
            question = receive(questions, Question, QUESTION_BYTES)
        except BrokenPipe:
            return
        limit(memory_bytes, file_cpu_s)
        send(answers, msgspec.structs.replace(answer(question), peak_bytes=_peak_bytes()))


def _peak_bytes() -> int:
    if sys.platform == "win32":
        return 0
    if sys.platform == "darwin":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # getrusage would count what the parent held when it started this process
    with contextlib.suppress(OSError), Path("/proc/self/status").open(encoding="ascii") as status:
        peak = re.search(r"^VmHWM:\s*(\d+) kB", status.read(), re.MULTILINE)
        return 1024 * int(peak[1]) if peak else 0
    return 0


def main(arguments: list[str]) -> None:
    """Serves stdin and stdout; what a library prints goes nowhere near the answers."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    sys.stdout = io.StringIO()
    serve(sys.stdin.buffer, answers, int(arguments[0]), int(arguments[1]))


if __name__ == "__main__":
    main(sys.argv[1:])
