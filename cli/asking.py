"""A question as it is written in the terminal: the options that make it, and the way to its answer.

What only some questions need (reading a history) is imported where it is used: a plain answer should be there at once.
"""

# ruff: noqa: PLC0415 - see above

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from cli import options
from cli.checkpoints import read_checkpoints, written_checkpoints
from cli.course import Course, read_course
from cli.failure import Refused
from cli.predicting import Answer, Been, answer, warned
from cli.words import result_line
from kernel.contracts.prediction import CheckpointRequest, Effort, Mode
from kernel.contracts.route import CourseWarning
from kernel.contracts.said import Conditions, Night, RaceResult, Surface
from kernel.forecast import Question, ResultImplausible, flat_pace_of_result_s_per_km, start_at_course
from kernel.pace import ActivityFeatures
from kernel.pace.paths import paths_of
from kernel.zones import known_zone, zone_at
from languages.moments import Start, read_start_at
from languages.voice import Voice
from servicekit.base.clock import utc_now

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

_PERSON: Final[tuple[Decorator, ...]] = (
    click.argument("route", type=options.FILE, metavar="ROUTE.gpx"),
    options.history,
    options.own_paths,
    options.pace,
    options.result,
    options.mode,
    options.effort,
)
_COURSE: Final[tuple[Decorator, ...]] = (
    click.option(
        "--distance", type=options.LENGTH, help="The true length of a course drawn longer or shorter: 42.195, 26.2 mi."
    ),
    click.option(
        "--checkpoints",
        type=options.FILE,
        metavar="FILE",
        help="CSV or JSON: name, at_km or at_mi, stop, cutoff, closes_at.",
    ),
    click.option(
        "--checkpoint",
        "written",
        multiple=True,
        metavar="PLACE",
        help='One by one: "Lake, at_km=8.2, stop=5min, cutoff=3:00".',
    ),
    options.surface,
    options.heat,
    options.home_height,
    options.hut,
    options.people,
    click.option("--track", "chosen", metavar="NAME", help="Which track of a file of several: its name or its number."),
    options.as_json,
)


def question_options(*more: Decorator) -> Decorator:
    """The options of a question, those of one command after who goes and how."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed((*_PERSON, *more, *_COURSE)):
            command = option(command)
        return command

    return decorate


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was written of a question."""

    voice: Voice
    route: Path
    paths: tuple[Path, ...]
    own_paths: bool
    pace: float | None
    result: RaceResult | None
    mode: Mode
    effort: Effort
    asked_start: str | None
    goal: float | None = None
    distance: float | None
    checkpoints: Path | None
    written: tuple[str, ...]
    surface: Surface | None
    heat: float | None
    home_height: float | None
    hut: Night | None
    people: int | None
    chosen: str | None
    as_json: bool

    def conditions(self) -> Conditions | None:
        """What was said of the day; None where nothing was."""
        hut = None if self.hut is None else msgspec.structs.replace(self.hut, name=self.voice.say("Hut"))
        said = Conditions(surface=self.surface, heat_c=self.heat, home_m=self.home_height, hut=hut, people=self.people)
        return None if said == Conditions() else said

    def flat_pace(self) -> tuple[float | None, tuple[str, ...]]:
        """Seconds per kilometre as stated or raced, and what has to be said of it. Raises Refused."""
        if self.result is None:
            return self.pace, ()
        if self.pace is not None:
            raise Refused("bad_usage", "State your pace in one way: --pace, or --result of a race.")
        try:
            pace = flat_pace_of_result_s_per_km(self.result, self.mode)
        except ResultImplausible as wrong:
            raise Refused("bad_usage", str(wrong)) from wrong
        return pace, (result_line(self.result, pace, self.voice),)


@dataclass(frozen=True, slots=True, eq=False)
class Answered:
    """The course, its start on the clock there, and what was answered."""

    course: Course
    start: datetime | None
    answer: Answer


def answered(asked: Asked) -> Answered:
    """The answer to a question. Raises Refused."""
    course = read_course(asked.route, asked.chosen)
    told = _told_start(asked, course)
    start = None if told is None else start_at_course(course.drawn, told.at, told.zone)
    flat_pace, meant = asked.flat_pace()
    question = Question(
        mode=asked.mode,
        effort=asked.effort,
        flat_pace_s_per_km=flat_pace,
        start_at=start,
        time_zone=None if told is None else told.zone,
        goal_s=asked.goal,
        checkpoints=_checkpoints(asked, _written_clock(None if told is None else told.at, start)),
        distance_m=asked.distance,
        conditions=asked.conditions(),
    )
    features, been, used = _known(asked, course)
    found = warned(answer(course, question, features, utc_now(), asked.voice, been=been), used)
    return Answered(course, start, replace(found, notes=(*meant, *found.notes)))


def _told_start(asked: Asked, course: Course) -> Start | None:
    """The start, read by the clock at the course, which a time without a day needs."""
    if asked.asked_start is None:
        return None
    place = course.drawn.place
    zone = None if place is None else zone_at(place.lat_deg, place.lon_deg)
    return read_start_at(asked.asked_start, utc_now().astimezone(known_zone(zone) or UTC))


def _checkpoints(asked: Asked, clock: datetime | None) -> Sequence[CheckpointRequest]:
    """Those of the file, then those written one by one."""
    of_file = read_checkpoints(asked.checkpoints, clock) if asked.checkpoints else []
    return [*of_file, *written_checkpoints(asked.written, clock, asked.voice.units)]


def _written_clock(at: datetime | None, start: datetime | None) -> datetime | None:
    """The start on the clock that closing times are meant by: one with another offset than the course's names it."""
    told = at is not None and start is not None and at.utcoffset() not in {None, start.utcoffset()}
    return at if told else start


def _known(asked: Asked, course: Course) -> tuple[tuple[ActivityFeatures, ...], Been | None, CourseWarning | None]:
    """What is known of someone, where they have been if that counts, and what has to be said of it."""
    if not asked.paths:
        if asked.own_paths:
            raise Refused("bad_usage", "--own-paths looks at past activities: name them with --history.")
        return (), None, None
    from cli.history import SPORT_OF_MODE, own_path_key, read_past, used_for

    key = own_path_key() if asked.own_paths else None
    past = read_past(asked.paths, SPORT_OF_MODE[asked.mode], path_key=key)
    way = None if key is None else paths_of(course.track.lat_deg, course.track.lon_deg, key)
    return past.features, None if way is None else Been(past.paths, way), used_for(past)
