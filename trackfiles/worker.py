"""The child: answers one question after another within hard limits. `python -m trackfiles.worker`, never by hand.

It holds no secret but the key of a sealed file in hand, and needs no network: questions come in on stdin, answers go
out on stdout. What a hostile file could break here is thrown away with the process.
"""

from __future__ import annotations

import io
import os
import sys
from typing import IO, Final
from xml.parsers import expat

from kernel.tracks import BadTrack, NoElevation
from trackfiles.answers import answer_of
from trackfiles.limits import held_bytes, limit_for_a_file, limit_for_good, peak_bytes
from trackfiles.questions import Answer, Question, Refused
from trackfiles.wire import QUESTION_BYTES, Asked, BrokenPipe, Language, Ready, Reply, send

UNREADABLE: Final = "This file could not be read: reading it failed in a way no good file makes it fail."
_MOST_HELD_BYTES: Final = 96 * 1024**2
_NO_MEMORY: Final = expat.errors.codes[expat.errors.XML_ERROR_NO_MEMORY]


def answer(question: Question) -> Answer:
    """What one file says. Anything that goes wrong is an answer too."""
    try:
        return answer_of(question)
    except BadTrack as bad:
        if getattr(bad.__cause__, "code", None) == _NO_MEMORY:  # the file is not to blame
            return Refused("file_unreadable", UNREADABLE)
        return Refused(bad.reason, str(bad))
    except NoElevation as bad:
        return Refused(bad.reason, str(bad), lacks_elevation=True)
    except Exception:  # noqa: BLE001 - one file must not end the reading of the others
        return Refused("file_unreadable", UNREADABLE)


def serve(questions: IO[bytes], answers: IO[bytes], memory_bytes: int, file_cpu_s: int) -> None:
    """Says that it is ready, then answers questions until the parent closes the pipe."""
    limit_for_good()
    send(answers, Ready())
    language = Language(Asked)
    while True:
        try:
            asked = language.receive(questions, QUESTION_BYTES)
        except BrokenPipe:
            return
        limit_for_a_file(memory_bytes, file_cpu_s)
        said = answer(asked.question)
        leaving = held_bytes() > _MOST_HELD_BYTES
        send(answers, Reply(said, peak_bytes(), leaving))
        if leaving:
            return


def main(arguments: list[str]) -> None:
    """Serves stdin and stdout; what a library prints goes nowhere near the answers."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    sys.stdout = io.StringIO()
    serve(sys.stdin.buffer, answers, int(arguments[0]), int(arguments[1]))


if __name__ == "__main__":
    main(sys.argv[1:])
