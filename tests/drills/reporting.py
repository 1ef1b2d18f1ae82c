"""What every bar shares: which form runs, and how its figure is told."""

from __future__ import annotations

import os
import sys
from typing import Final

DRILL: Final = os.environ.get("AYDA_DRILL") == "1"
"""Whether the long form is asked for."""


def tell(line: str) -> None:
    """One line for whoever runs the bar with `-s`."""
    sys.stdout.write(f"\n{line}\n")


def report(bar: str, **figures: object) -> None:
    """The figures of a bar on one line."""
    shown = " ".join(f"{name}={value}" for name, value in figures.items())
    tell(f"{bar} [{'drill' if DRILL else 'fast'}] {shown}")
