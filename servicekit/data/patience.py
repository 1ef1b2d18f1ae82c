"""How long whoever asks for a unit of work waits for the database."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final

REQUEST_S: Final = 1.25
"""With the end of what is under way less than two seconds, after which nobody waits for an answer."""
BACKGROUND_S: Final = 10.0
_LEAST_S: Final = 0.1


class UnitPatience:
    """`begin_s` for a free thread, a connection and a lock together; `statement_s` for each statement, None: for ever.

    What one unit has waited in vain is gone for the next one of the same asker: several fail no later than one. A unit
    that is `whole` is not ended with its caller once it has begun.
    """

    __slots__ = ("begin_s", "statement_s", "whole")

    def __init__(self, begin_s: float, statement_s: float | None, *, whole: bool = False) -> None:
        self.begin_s = begin_s
        self.statement_s = statement_s
        self.whole = whole

    def wasted(self, waited_s: float) -> None:
        """A unit has waited for so long and come to nothing."""
        self.begin_s = max(_LEAST_S, self.begin_s - waited_s)
        if self.statement_s is not None:
            self.statement_s = max(_LEAST_S, self.statement_s - waited_s)


_PATIENCE: ContextVar[UnitPatience | None] = ContextVar("patience", default=None)


def patience() -> UnitPatience:
    """That of the request this code runs for; jobs and commands have more."""
    return _PATIENCE.get() or UnitPatience(BACKGROUND_S, None)


class waiting:  # noqa: N801 - reads as what it is where it is used
    """A block with a patience of its own; None for that of jobs."""

    __slots__ = ("_before", "_own")

    def __init__(self, own: UnitPatience | None) -> None:
        self._own = own

    def __enter__(self) -> None:
        self._before = _PATIENCE.set(self._own)

    def __exit__(self, *_: object) -> None:
        _PATIENCE.reset(self._before)


def of_a_request(wait_s: float = REQUEST_S) -> waiting:
    """A block that answers somebody who waits."""
    return waiting(UnitPatience(wait_s, wait_s))


def must_be_kept(begin_s: float = BACKGROUND_S, statement_s: float | None = None) -> waiting:
    """A block that writes what is lost otherwise: it is neither hurried nor given up with whoever waits for it."""
    return waiting(UnitPatience(begin_s, statement_s, whole=True))
