"""Trouble on order: what the next requests to a path will meet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

FaultKind = Literal["html", "empty", "rate_limited", "delay", "reset", "cut", "blackhole", "inactive"]
FAULT_KINDS: tuple[str, ...] = get_args(FaultKind)


@dataclass
class PlannedFault:
    """One order: the next `count` requests whose path starts with `path` meet `kind`.

    `html` and `empty` answer `status` with that body, `rate_limited` is a 429 without touching the counters,
    `delay` waits `seconds` and then answers normally, `reset` breaks the connection before any answer, `cut` in
    the middle of the answer, after the request was carried out, `inactive` is the 403 of an application without a plan.
    `cut` keeps `at_byte` bytes of the answer's body, half of them without it. `blackhole` takes the request and says
    nothing, for `seconds` at most (two minutes without it).
    `after` carries the request out first and loses its answer (for `html`, `empty`, `reset`, `blackhole`).
    """

    kind: FaultKind
    path: str = "/"
    method: str | None = None
    count: int = 1
    status: int = 503
    seconds: float = 0.0
    after: bool = False
    at_byte: int | None = None

    def matches(self, method: str, path: str) -> bool:
        return self.count > 0 and path.startswith(self.path) and self.method in {None, method}


class FaultMenu:
    """The orders, oldest first; each request meets at most one."""

    def __init__(self) -> None:
        self._planned: list[PlannedFault] = []

    def order(self, fault: PlannedFault) -> None:
        self._planned.append(fault)

    def clear(self) -> None:
        self._planned.clear()

    def planned(self) -> tuple[PlannedFault, ...]:
        return tuple(fault for fault in self._planned if fault.count > 0)

    def next_for(self, method: str, path: str) -> PlannedFault | None:
        """The order this request meets, used up by one. The admin pages never meet any."""
        if path.startswith("/_sim"):
            return None
        for fault in self._planned:
            if fault.matches(method, path):
                fault.count -= 1
                return fault
        return None
