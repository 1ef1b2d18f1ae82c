"""`ayda predict`.

What only some runs need (drawing, writing GPX) is imported where it is used: a plain prediction should be there at
once.
"""

# ruff: noqa: PLC0415 - see above

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from cli import options
from cli.asking import Asked, answered, question_options
from cli.console import aside, out, print_json
from cli.course import Course
from cli.predicting import Answer
from cli.show.prediction import show_prediction
from languages.voice import Voice


@click.command("predict")
@question_options(
    options.start,
    click.option("--goal", type=options.DURATION, help="The time you want, stops included: makes a plan. 5:30, 2h20."),
)
@options.picture
@click.option("--plan", type=options.FILE, metavar="OUT.gpx|.csv|.tcx|.html", help="Write the times along the way.")
@options.units
@options.lang
@click.pass_context
def command(ctx: click.Context, /, picture: Path | None, plan: Path | None, **written: Any) -> None:
    """How long ROUTE.gpx will take you, with its margin."""
    asked = Asked(voice=options.voice_of(ctx), **written)
    found = answered(asked)
    if plan is not None:
        _write_plan(plan, found.course, found.answer, found.start)
    if picture is not None:
        _draw(picture, found.course, found.answer, asked.voice)
    if asked.as_json:
        print_json(found.answer.prediction)
    else:
        show_prediction(
            out(),
            found.course.name,
            found.answer.prediction,
            asked.voice,
            timeline=found.answer.timeline,
            start=found.start,
            notes=found.answer.notes,
        )


def _write_plan(plan: Path, course: Course, answered: Answer, start: datetime | None) -> None:
    from cli.plan import NEEDS_A_CLOCK, write_plan

    if start is None and plan.suffix.lower() in NEEDS_A_CLOCK:
        aside().print("There is no --start, so the times in the file count from 1970-01-01 00:00 UTC.")
    ground = course.ground.of_length(answered.prediction.route.distance_m)
    write_plan(plan, ground, answered.prediction, answered.timeline, start)


def _draw(picture: Path, course: Course, answered: Answer, voice: Voice) -> None:
    from cli.draw.canvas import save
    from takealong.card.scene import card_of
    from takealong.card.sheet import card_sheet
    from takealong.card.spoken import spoken_card

    ground = course.ground.of_length(answered.prediction.route.distance_m)
    card = card_of(answered.prediction, ground, spoken_card(answered.prediction, ground, voice))
    save(card_sheet(card), picture)
