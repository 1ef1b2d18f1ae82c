"""What people write after an option (paces, times, moments), and the options several commands share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar, get_args

import click

from kernel.contracts.prediction import Effort, Mode
from kernel.units import parse_hms, parse_pace

T = TypeVar("T")
FASTEST_S_PER_KM: Final = 120.0
SLOWEST_S_PER_KM: Final = 1800.0
_LONGEST_S: Final = 1_000_000.0
_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 2098


class Written(click.ParamType[T]):
    """What a function reads from the text; its ValueError, a sentence, becomes `bad_usage`."""

    def __init__(self, name: str, read: Callable[[str], T]) -> None:
        self.name = name
        self._read = read

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> T:
        """What was meant. Fails with `bad_usage`."""
        try:
            return self._read(str(value))
        except ValueError as wrong:
            self.fail(str(wrong), param, ctx)


def flat_pace(text: str) -> float:
    """Seconds per kilometre from `5:30`, within what the service takes too. Raises ValueError."""
    pace_s_per_km = parse_pace(text)
    if not FASTEST_S_PER_KM <= pace_s_per_km <= SLOWEST_S_PER_KM:
        raise ValueError("A flat pace lies between 2:00 and 30:00 per kilometre.")
    return pace_s_per_km


def moment(text: str) -> datetime:
    """An aware moment from ISO 8601; without an offset it is meant where this machine is. Raises ValueError."""
    try:
        read = datetime.fromisoformat(text)
        aware = read.astimezone() if read.tzinfo is None else read
        year = aware.astimezone(UTC).year
    except (ValueError, OverflowError, OSError):
        raise ValueError("A start is written as 2026-06-13T06:00 or 2026-06-13T06:00+02:00.") from None
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise ValueError(f"A start such as 2026-06-13T06:00 lies between {_FIRST_YEAR} and {_LAST_YEAR}.")
    return aware


def hours_and_minutes(text: str) -> float:
    """Seconds from `H:MM` or `H:MM:SS`. Raises ValueError with a sentence for anything else, zero included."""
    plain = text.strip()
    try:
        seconds = parse_hms(f"{plain}:00" if plain.count(":") == 1 else plain)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= _LONGEST_S:
        raise ValueError("A time is written as hours and minutes, such as 5:30 or 5:30:00.")
    return seconds


PACE: Final = Written("M:SS", flat_pace)
DURATION: Final = Written("H:MM", hours_and_minutes)
MOMENT: Final = Written("ISO", moment)
FILE: Final = click.Path(path_type=Path)
history = click.option(
    "--history", "paths", type=FILE, multiple=True, metavar="PATH", help="Past activities: file, folder or ZIP."
)
pace = click.option("--pace", type=PACE, help="Your pace on the flat, minutes per kilometre.")
mode = click.option(
    "--mode", type=click.Choice(get_args(Mode)), default="trail_run", show_default=True, help="Run or hike."
)
effort = click.option(
    "--effort", type=click.Choice(get_args(Effort)), default="moderate", show_default=True, help="How hard."
)
as_json = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout and nothing else.")
picture = click.option("--picture", type=FILE, metavar="OUT.png", help="Draw it.")
