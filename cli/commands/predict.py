"""`ayda predict`.

What only some runs need (reading a history, drawing, writing GPX) is imported where it is used: a plain prediction
should be there at once.
"""

# ruff: noqa: PLC0415 - see above

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from cli import options
from cli.checkpoints import read_checkpoints
from cli.console import aside, out, print_json
from cli.course import Course, read_course
from cli.predicting import Answer, answer, warned
from cli.show.prediction import show_prediction
from kernel.contracts.prediction import Effort, Mode
from kernel.contracts.route import CourseWarning
from kernel.forecast import Question, start_at_course
from kernel.pace import ActivityFeatures
from servicekit.base.clock import utc_now


@click.command("predict")
@click.argument("route", type=options.FILE, metavar="ROUTE.gpx")
@options.history
@options.pace
@options.mode
@options.effort
@click.option("--start", "asked_start", type=options.START, help="When you start, at the course: 2026-06-13T06:00.")
@click.option("--goal", type=options.DURATION, help="The time you want, stops included: makes a plan.")
@click.option(
    "--checkpoints", type=options.FILE, metavar="FILE", help="CSV or JSON: name, at_km, stop, cutoff, closes_at."
)
@click.option("--track", "chosen", metavar="NAME", help="Which track of a file of several: its name or its number.")
@options.as_json
@options.picture
@click.option("--plan", type=options.FILE, metavar="OUT.gpx|.csv|.tcx|.html", help="Write the times along the way.")
def command(
    *,
    route: Path,
    paths: tuple[Path, ...],
    pace: float | None,
    mode: Mode,
    effort: Effort,
    asked_start: options.Start | None,
    goal: float | None,
    checkpoints: Path | None,
    chosen: str | None,
    as_json: bool,
    picture: Path | None,
    plan: Path | None,
) -> None:
    """How long ROUTE.gpx will take you, with its margin."""
    course = read_course(route, chosen)
    at, zone = asked_start or (None, None)
    start = None if at is None else start_at_course(course.drawn, at, zone)
    question = Question(
        mode=mode,
        effort=effort,
        flat_pace_s_per_km=pace,
        start_at=start,
        time_zone=zone,
        goal_s=goal,
        checkpoints=read_checkpoints(checkpoints, _written_clock(at, start)) if checkpoints else (),
    )
    features, used = _features(paths, mode)
    answered = warned(answer(course, question, features, utc_now()), used)
    if plan is not None:
        _write_plan(plan, course, answered, start)
    if picture is not None:
        _draw(picture, course, answered)
    if as_json:
        print_json(answered.prediction)
    else:
        show_prediction(
            out(), course.name, answered.prediction, timeline=answered.timeline, start=start, notes=answered.notes
        )


def _written_clock(at: datetime | None, start: datetime | None) -> datetime | None:
    """The start on the clock that closing times are meant by: one with another offset than the course's names it."""
    told = at is not None and start is not None and at.utcoffset() not in {None, start.utcoffset()}
    return at if told else start


def _features(paths: Sequence[Path], mode: Mode) -> tuple[tuple[ActivityFeatures, ...], CourseWarning | None]:
    """What is known of someone, and what has to be said of it."""
    if not paths:
        return (), None
    from cli.history import SPORT_OF_MODE, read_past, used_for

    past = read_past(paths, SPORT_OF_MODE[mode])
    return past.features, used_for(past)


def _write_plan(plan: Path, course: Course, answered: Answer, start: datetime | None) -> None:
    from cli.plan import NEEDS_A_CLOCK, write_plan

    if start is None and plan.suffix.lower() in NEEDS_A_CLOCK:
        aside().print("There is no --start, so the times in the file count from 1970-01-01 00:00 UTC.")
    write_plan(plan, course.ground, answered.prediction, answered.timeline, start)


def _draw(picture: Path, course: Course, answered: Answer) -> None:
    from cli.draw.canvas import save
    from languages.voice import Voice
    from takealong.card.scene import card_of
    from takealong.card.sheet import card_sheet
    from takealong.card.spoken import spoken_card

    card = card_of(answered.prediction, course.ground, spoken_card(answered.prediction, course.ground, Voice()))
    save(card_sheet(card), picture)
