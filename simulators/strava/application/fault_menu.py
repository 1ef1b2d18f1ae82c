"""Trouble on order: what the next requests to a path will meet. Which kinds there are is in `web/trouble.py`."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta


class PlannedFault(msgspec.Struct, forbid_unknown_fields=True):
    """One order: the next `count` requests whose path starts with `path` meet `kind`.

    `after` carries a request out first and loses its answer.
    """

    kind: str
    path: str = "/"
    method: Literal["GET", "POST", "PUT", "DELETE"] | None = None
    count: Annotated[int, Meta(ge=1, le=100_000)] = 1
    status: Annotated[int, Meta(ge=400, le=599)] = 503
    seconds: Annotated[float, Meta(ge=0, le=120)] = 0.0
    after: bool = False
    at_byte: Annotated[int, Meta(ge=0)] | None = None


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
        """The order this request meets, used up by one."""
        for fault in self.planned():
            if path.startswith(fault.path) and fault.method in {None, method}:
                fault.count -= 1
                return fault
        return None
