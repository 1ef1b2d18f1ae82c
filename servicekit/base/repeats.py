"""Lines that say the same again: the first are written, the others counted, so that no flood fills the disk.

Within a window the lines of a kind beyond those allowed are counted; at its end one line with `repeated` says how many
they were. What a kind is, no stranger chooses, and the kinds are bounded in number all the same.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final

import structlog
from structlog.typing import EventDict, WrappedLogger

WINDOW_S: Final = 60.0
MOST_KINDS: Final = 500
MOST_LINES: Final = 3_000
"""Of counted kinds together, within a window."""
ACCESS: Final = "servicekit.access"
_ALLOWED_REFUSALS: Final = 30
_ALLOWED_ANSWERS: Final = 600
_ALLOWED_SNOOZES: Final = 10
_FIRST_REFUSAL: Final = 400
_CHATTY: Final = frozenset({"job_snoozed", "no_strava_token"})
"""Of level INFO, and said by everything that waits for a neighbour who is away."""
_EVIDENCE: Final = frozenset({"token_handed_out", "stored_token_changed", "grant_not_stored", "people_enumerated"})
"""Each of these is looked for one by one."""
_ALWAYS: Final = frozenset({"py.warnings"})
"""Loggers whose every line is another matter; Python says each only once."""
_TELLING: Final = ("problem", "service", "check", "job", "kind", "athlete_id", "activity_id", "file", "status")
"""Fields that are part of a kind: words of ours, and ids of what exists."""
_COUNTED: Final = "repeated"
"""The field of lines that are counts themselves."""
_OTHER: Final = "other_kinds"

Kind = tuple[object, ...]


@dataclass(slots=True)
class Said:
    """How often something was said in this window."""

    logger: str
    level: int
    event: str
    fields: Mapping[str, Any]
    written: int = 0
    repeated: int = 0


@dataclass(slots=True)
class Repeats:
    """What was said in this window. Safe for threads."""

    clock_s: Callable[[], float]
    window_s: float = WINDOW_S
    most_kinds: int = MOST_KINDS
    most_lines: int = MOST_LINES
    _tallies: dict[Kind, Said] = field(default_factory=dict)
    _lines: int = 0
    _ends_at_s: float = float("-inf")
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def admits(self, kind: Kind, allowed: int, of: Said) -> bool:
        """Whether this one is written; `of` is how its kind will be told of."""
        with self._lock:
            if kind not in self._tallies and len(self._tallies) >= self.most_kinds:
                kind, of, allowed = (_OTHER, of.level), Said(of.logger, of.level, _OTHER, {}), 0
            tally = self._tallies.setdefault(kind, of)
            if tally.written < allowed and self._lines < self.most_lines:
                tally.written += 1
                self._lines += 1
                return True
            tally.repeated += 1
            return False

    def left_s(self) -> float:
        """Seconds until this window ends; the first question after its end begins another."""
        with self._lock:
            now_s = self.clock_s()
            if now_s >= self._ends_at_s:
                self._ends_at_s = now_s + self.window_s
            return self._ends_at_s - now_s

    def is_over(self) -> bool:
        """Whether there is something to tell of a window that has ended."""
        return bool(self._tallies) and self.clock_s() >= self._ends_at_s

    def end(self) -> list[Said]:
        """What was counted and not written; counting begins anew."""
        with self._lock:
            told = [tally for tally in self._tallies.values() if tally.repeated]
            self._tallies.clear()
            self._lines = 0
            self._ends_at_s = float("-inf")
        return told


class RepeatFilter(logging.Filter):
    """Keeps repeats out of both ways into the log: structlog's (`drop_repeats`) and the standard library's."""

    def __init__(self, repeats: Repeats) -> None:
        super().__init__()
        self._repeats = repeats
        self._timer: threading.Timer | None = None

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record of a library is written."""
        if record.levelno < logging.WARNING or record.name in _ALWAYS:
            return True
        event = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
        error = record.exc_info[1] if record.exc_info else None
        kind = (record.name, record.levelno, event, *crash_site(error))
        return self._admits(kind, 1, Said(record.name, record.levelno, event, {}))

    def drop_repeats(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        """Structlog's processor. Raises DropEvent."""
        if _COUNTED in event:
            return event
        level = logging.getLevelNamesMapping()[event["level"].upper()]
        allowed = _allowed(level, event)
        if allowed is None:
            return event
        name, said = event.get("logger", ""), str(event["event"])
        names = ("method", "path", "status") if name == ACCESS else _TELLING
        fields = {each: event[each] for each in names if each in event}
        kind = (name, level, said, *map(str, fields.values()), *crash_site(_error(event.get("exc_info"))))
        if not self._admits(kind, allowed, Said(name, level, said, fields)):
            raise structlog.DropEvent
        return event

    def write_counts(self) -> None:
        """Say how often what was not written has been said."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for tally in self._repeats.end():
            log = structlog.get_logger(tally.logger)
            log.log(tally.level, tally.event, repeated=tally.repeated, **tally.fields)

    def _admits(self, kind: Kind, allowed: int, tally: Said) -> bool:
        if self._repeats.is_over():
            self.write_counts()
        left_s = self._repeats.left_s()
        admitted = self._repeats.admits(kind, allowed, tally)
        if not admitted and self._timer is None:
            # after a flood there may be nothing that is logged for hours
            self._timer = threading.Timer(left_s, self.write_counts)
            self._timer.daemon = True
            self._timer.start()
        return admitted


def _allowed(level: int, event: EventDict) -> int | None:
    """How many of its kind are written within a window; None for all."""
    if event.get("logger") == ACCESS and level == logging.INFO:
        return _ALLOWED_REFUSALS if event.get("status", 0) >= _FIRST_REFUSAL else _ALLOWED_ANSWERS
    if level < logging.WARNING:
        return _ALLOWED_SNOOZES if event["event"] in _CHATTY else None
    return None if event["event"] in _EVIDENCE else 1


def _error(exc_info: object) -> BaseException | None:
    if isinstance(exc_info, BaseException):
        return exc_info
    found = exc_info if isinstance(exc_info, tuple) else sys.exc_info() if exc_info else (None, None, None)
    error: BaseException | None = found[1]
    return error


def crash_site(error: BaseException | None) -> tuple[str, ...]:
    """What kind of error this is and where it was raised."""
    if error is None:
        return ()
    trace: TracebackType | None = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return (type(error).__qualname__, "" if trace is None else f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}")
