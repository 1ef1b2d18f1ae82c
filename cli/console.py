"""Where words go: answers to stdout, everything about how they are made to stderr."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from typing import Final

import msgspec
from rich.console import Console

_PIPED_WIDTH: Final = 110


def out() -> Console:
    """Standard output: as wide as the terminal; into a pipe or file plain text of a fixed width."""
    piped = not sys.stdout.isatty() and "COLUMNS" not in os.environ
    return Console(highlight=False, markup=False, emoji=False, soft_wrap=False, width=_PIPED_WIDTH if piped else None)


def aside() -> Console:
    """Standard error."""
    return Console(stderr=True, highlight=False, markup=False, emoji=False)


def print_json(answer: object) -> None:
    """One JSON object on stdout, and nothing else there."""
    sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
    sys.stdout.flush()


@contextlib.contextmanager
def progress(title: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr where a person looks on; the block gets a function that sets (done, total)."""
    from rich.progress import (  # noqa: PLC0415 - 20 ms that only reading a history needs
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
    )

    console = aside()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
