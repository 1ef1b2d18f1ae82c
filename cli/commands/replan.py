"""`ayda replan`: on the day, what a passing time says of the rest."""

from __future__ import annotations

from typing import Any

import click

from cli import options
from cli.asking import Asked, answered, question_options
from cli.console import out, print_json
from cli.failure import Refused
from cli.show.onday import show_now
from kernel.contracts.prediction import Prediction
from kernel.forecast.onward import PassingsDisagree
from languages.refusals import NotUnderstood
from servicekit.base.clock import utc_now
from takealong.onday import Now, now_of, read_passed


@click.command("replan")
@question_options(
    options.start,
    click.option(
        "--passed",
        multiple=True,
        required=True,
        metavar='"PLACE TIME"',
        help='Where you came by and when: "8.2 1:02:30" after the start, "CP3 12:40" or "Lake hut Sat 02:15" on the '
        "clock at the course.",
    ),
)
@options.units
@options.lang
@click.pass_context
def command(ctx: click.Context, /, passed: tuple[str, ...], **written: Any) -> None:
    """What is still to come of ROUTE.gpx, now that you came by somewhere; ask as before the start."""
    asked = Asked(voice=options.voice_of(ctx), **written)
    found = answered(asked)
    now = _now(passed, asked, found.answer.prediction)
    if asked.as_json:
        print_json(now.reforecast)
    else:
        show_now(out(), found.course.name, found.answer.prediction, now, asked.voice)


def _now(passed: tuple[str, ...], asked: Asked, prediction: Prediction) -> Now:
    """Raises Refused (`bad_passing`, `passings_disagree`)."""
    here = utc_now()
    try:
        return now_of(prediction, [read_passed(each, prediction, asked.voice, here) for each in passed], asked.voice)
    except NotUnderstood as wrong:
        raise Refused("bad_passing", wrong.said_by(asked.voice)) from wrong
    except PassingsDisagree as wrong:
        raise Refused("passings_disagree", str(wrong)) from wrong
