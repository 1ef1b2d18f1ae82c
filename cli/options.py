"""What people write after an option (paces, times, lengths), and the options several commands share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar, get_args

import click

from cli.failure import Refused
from kernel.contracts.prediction import Effort, Mode
from kernel.contracts.said import Surface
from languages.catalog import LANGUAGES
from languages.day import read_night
from languages.moments import read_start_at
from languages.refusals import NotUnderstood
from languages.typed import (
    read_heat_c,
    read_height_m,
    read_length_m,
    read_pace_s_per_km,
    read_result,
    read_time_s,
)
from languages.voice import Units, Voice

T = TypeVar("T")
_VOICE: Final = "ayda.voice"
_ANY_DAY: Final = datetime(2026, 1, 1, 12)  # noqa: DTZ001 - only whether a start is understood depends on it


class Written(click.ParamType[T]):
    """What a function reads from the text and the units in use; NotUnderstood becomes `bad_usage`."""

    def __init__(self, name: str, read: Callable[[str, Units], T]) -> None:
        self.name = name
        self._read = read

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> T:
        """What was meant. Fails with `bad_usage`."""
        voice = voice_of(ctx)
        try:
            return self._read(str(value), voice.units)
        except NotUnderstood as wrong:
            self.fail(wrong.said_by(voice), param, ctx)


def voice_of(ctx: click.Context | None) -> Voice:
    """How the person at the terminal is spoken to, as far as the options read so far say it."""
    found = None if ctx is None else ctx.meta.get(_VOICE)
    return found if isinstance(found, Voice) else Voice()


def _start(text: str, _units: Units) -> str:
    """A start that will be understood once the clock at the course is known. Raises NotUnderstood."""
    read_start_at(text, _ANY_DAY)
    return text


PACE: Final = Written("PACE", read_pace_s_per_km)
DURATION: Final = Written("TIME", lambda text, _: read_time_s(text))
START: Final = Written("WHEN", _start)
LENGTH: Final = Written("LENGTH", read_length_m)
RESULT: Final = Written("RACE", read_result)
HEIGHT: Final = Written("HEIGHT", read_height_m)
HEAT: Final = Written("DEGREES", lambda text, _: read_heat_c(text))
HUT: Final = Written("WHERE STAY", read_night)
FILE: Final = click.Path(path_type=Path)
PICTURE_ENDINGS: Final = (".png", ".svg", ".pdf")
history = click.option(
    "--history", "paths", type=FILE, multiple=True, metavar="PATH", help="Past activities: file, folder or ZIP."
)
own_paths = click.option(
    "--own-paths",
    is_flag=True,
    help="Also look where your past activities went: a course on the same paths is told better.",
)
pace = click.option(
    "--pace",
    type=PACE,
    help="Your steady pace on the flat, such as you hold for an hour of an ordinary run: 5:30, 8:51/mi.",
)
result = click.option(
    "--result", type=RESULT, help='A race you ran, instead of a pace: "10 km 48:30", "marathon 3:45".'
)
mode = click.option(
    "--mode", type=click.Choice(get_args(Mode)), default="trail_run", show_default=True, help="Run or hike."
)
effort = click.option(
    "--effort",
    type=click.Choice(get_args(Effort)),
    default="moderate",
    show_default=True,
    help="How hard: as on your ten fastest days in a hundred, on one in four, as usual, at ease.",
)
start = click.option(
    "--start", "asked_start", type=START, help="When you start, at the course: 13.06.2026 06:00, 6am, ISO 8601."
)
surface = click.option("--surface", type=click.Choice(get_args(Surface)), help="What it runs on, if you know.")
heat = click.option("--heat", type=HEAT, help="The air of the day, if you know: 28, 82F.")
home_height = click.option(
    "--home-height", type=HEIGHT, help="How high you live, if the course is higher than you are used to: 200 m."
)
hut = click.option("--hut", type=HUT, metavar='"WHERE STAY"', help='A night in a hut: "52 km 6h".')
people = click.option("--people", type=click.IntRange(2, 50), help="How many go together and wait for each other.")
as_json = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout and nothing else.")


def _spoken(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    known = voice_of(ctx)
    if value is not None:
        language, units = (value, known.units) if param.name == "lang" else (known.language, value)
        ctx.meta[_VOICE] = Voice(
            next(each for each in LANGUAGES if each == language),
            next(each for each in get_args(Units) if each == units),
        )
    return value


lang = click.option(
    "--lang", type=click.Choice(LANGUAGES), is_eager=True, expose_value=False, callback=_spoken, help="The language."
)
units = click.option(
    "--units",
    type=click.Choice(get_args(Units)),
    is_eager=True,
    expose_value=False,
    callback=_spoken,
    help="Kilometres or miles, in the answer and for plain numbers.",
)


def picture_option(what: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`--picture`, whose name must end in a format that is drawn. Raises Refused (`picture_format`)."""
    return click.option("--picture", type=FILE, metavar="OUT.png|.svg|.pdf", callback=_drawn, help=what)


def _drawn(_ctx: click.Context, _param: click.Parameter, path: Path | None) -> Path | None:
    if path is not None and path.suffix.lower() not in PICTURE_ENDINGS:
        raise Refused("picture_format", f"A picture is written as .png, .svg or .pdf; {path} ends in none of them.")
    return path


picture = picture_option("Draw it.")
