"""What people write after an option (paces, times, moments), and the options several commands share."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar, get_args

import click

from cli.failure import Refused
from kernel.contracts.prediction import Effort, Mode
from kernel.units import parse_hms, parse_pace
from kernel.zones import ZoneUnknown, zone_named

T = TypeVar("T")
FASTEST_S_PER_KM: Final = 120.0
SLOWEST_S_PER_KM: Final = 1800.0
_LONGEST_S: Final = 1_000_000.0
_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 2098
_ZONED: Final = re.compile(r"([^\[\]]*)\[([^\[\]]+)\]")


class Start(NamedTuple):
    """A start as it was written: without an offset it is a time on the clock of `zone`, else of the course."""

    at: datetime
    zone: str | None


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


def start(text: str) -> Start:
    """A start from ISO 8601, its zone in brackets if wanted: `2026-06-13T06:00[Europe/Zurich]`. Raises ValueError."""
    zoned = _ZONED.fullmatch(text.strip())
    written, zone = (zoned[1].strip(), zoned[2].strip()) if zoned else (text.strip(), None)
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        forms = "2026-06-13T06:00 (at the course), 2026-06-13T06:00+02:00 or 2026-06-13T06:00[Europe/Zurich]"
        raise ValueError(f"A start is written as {forms}.") from None
    if not _FIRST_YEAR <= at.year <= _LAST_YEAR:
        raise ValueError(f"A start such as 2026-06-13T06:00 lies between {_FIRST_YEAR} and {_LAST_YEAR}.")
    if zone is not None:
        try:
            zone_named(zone)
        except ZoneUnknown as unknown:
            raise ValueError(str(unknown)) from None
    return Start(at, zone)


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
START: Final = Written("ISO", start)
FILE: Final = click.Path(path_type=Path)
PICTURE_ENDINGS: Final = (".png", ".svg", ".pdf")
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


def picture_option(what: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`--picture`, whose name must end in a format that is drawn. Raises Refused (`picture_format`)."""
    return click.option("--picture", type=FILE, metavar="OUT.png|.svg|.pdf", callback=_drawn, help=what)


def _drawn(_ctx: click.Context, _param: click.Parameter, path: Path | None) -> Path | None:
    if path is not None and path.suffix.lower() not in PICTURE_ENDINGS:
        raise Refused("picture_format", f"A picture is written as .png, .svg or .pdf; {path} ends in none of them.")
    return path


picture = picture_option("Draw it.")
