"""What a case is: a content that can be made at any time, and what reading it may give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

READABLE = "readable"


@dataclass(frozen=True, slots=True)
class Case:
    """`expected` holds codes or `readable`; empty means any of them, as long as it is one."""

    name: str
    make: Callable[[], bytes]
    expected: frozenset[str] = frozenset()


def case(name: str, make: Callable[[], bytes] | bytes, *expected: str) -> Case:
    """A case of these outcomes."""
    return Case(name, make if callable(make) else lambda: make, frozenset(expected))
