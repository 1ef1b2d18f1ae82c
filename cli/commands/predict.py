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
from cli.course import read_course
from cli.predicting import answer, nights_of
from cli.show.prediction import show_prediction
from kernel.contracts.prediction import Effort, Mode
from kernel.forecast import Question
from kernel.pace import ActivityFeatures
from servicekit.base.clock import utc_now


@click.command("predict")
@click.argument("route", type=options.FILE, metavar="ROUTE.gpx")
@options.history
@options.pace
@options.mode
@options.effort
@click.option("--start", type=options.MOMENT, help="When you start, such as 2026-06-13T06:00+02:00.")
@click.option("--goal", type=options.DURATION, help="The time you want, stops included: makes a plan.")
@click.option(
    "--checkpoints", type=options.FILE, metavar="FILE", help="CSV or JSON: name, at_km, stop, cutoff, closes_at."
)
@options.as_json
@options.picture
@click.option("--plan", type=options.FILE, metavar="OUT.gpx|.csv", help="Write the times along the way.")
def command(
    *,
    route: Path,
    paths: tuple[Path, ...],
    pace: float | None,
    mode: Mode,
    effort: Effort,
    start: datetime | None,
    goal: float | None,
    checkpoints: Path | None,
    as_json: bool,
    picture: Path | None,
    plan: Path | None,
) -> None:
    """How long ROUTE.gpx will take you, with its margin."""
    course = read_course(route)
    question = Question(
        mode=mode,
        effort=effort,
        flat_pace_s_per_km=pace,
        start_at=start,
        goal_s=goal,
        checkpoints=read_checkpoints(checkpoints, start) if checkpoints else (),
    )
    answered = answer(course, question, _features(paths, mode), utc_now())
    if plan is not None:
        from cli.plan import write_plan

        if start is None and plan.suffix.lower() == ".gpx":
            aside().print("There is no --start, so the times in the GPX count from 1970-01-01 00:00 UTC.")
        write_plan(plan, course, answered.prediction, answered.timeline, start)
    if picture is not None:
        from cli.draw.canvas import save
        from cli.draw.prediction import Scene, prediction_sheet

        nights = () if start is None else nights_of(course, start, answered.prediction.elapsed_s.p90)
        save(prediction_sheet(Scene(course, answered, start, nights)), picture)
    if as_json:
        print_json(answered.prediction)
    else:
        show_prediction(
            out(), course.name, answered.prediction, timeline=answered.timeline, start=start, notes=answered.notes
        )


def _features(paths: Sequence[Path], mode: Mode) -> tuple[ActivityFeatures, ...]:
    if not paths:
        return ()
    from cli.history import SPORT_OF_MODE, read_past

    return read_past(paths, SPORT_OF_MODE[mode]).features
