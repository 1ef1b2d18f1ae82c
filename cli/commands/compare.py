"""`ayda compare`."""

from __future__ import annotations

from pathlib import Path

import click

from cli.comparing import compare
from cli.course import read_course, read_recording
from cli.history import SPORT_OF_MODE, read_past
from cli.options import Pace
from cli.predicting import Question, answer
from cli.show.compare import show_comparison
from cli.show.console import out, print_json
from kernel.contracts.prediction import Effort, Mode

FILE = click.Path(path_type=Path)


@click.command("compare")
@click.argument("route", type=FILE, metavar="ROUTE.gpx")
@click.argument("recorded", type=FILE, metavar="RECORDED.gpx")
@click.option(
    "--history", "paths", type=FILE, multiple=True, metavar="PATH", help="Past activities: file, folder or ZIP."
)
@click.option("--pace", type=Pace(), help="Your pace on the flat, minutes per kilometre.")
@click.option("--mode", type=click.Choice(["trail_run", "hiking"]), default="trail_run", show_default=True, help="How.")
@click.option(
    "--effort", type=click.Choice(["fast", "moderate", "easy"]), default="moderate", show_default=True, help="How hard."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout and nothing else.")
@click.option("--picture", type=FILE, metavar="OUT.png", help="Draw it.")
def command(
    *,
    route: Path,
    recorded: Path,
    paths: tuple[Path, ...],
    pace: float | None,
    mode: Mode,
    effort: Effort,
    as_json: bool,
    picture: Path | None,
) -> None:
    """What ROUTE.gpx was predicted to take beside what RECORDED.gpx says it took.

    Only activities from before the recorded day count, so the prediction is the one you would have been given.
    """
    course, recording = read_course(route), read_recording(recorded)
    earlier = read_past(paths, SPORT_OF_MODE[mode]).before(recording.started_at)
    question = Question(mode=mode, effort=effort, flat_pace_s_per_km=pace)
    answered = answer(course, question, earlier.features, recording.started_at)
    comparison = compare(course, recording, answered.prediction, answered.timeline)
    if picture is not None:
        from cli.draw.canvas import save  # noqa: PLC0415 - matplotlib takes half a second to load
        from cli.draw.compare import comparison_sheet  # noqa: PLC0415

        save(comparison_sheet(course.name, course.route, comparison), picture)
    if as_json:
        print_json({"prediction": answered.prediction, "comparison": comparison})
    else:
        notes = answered.notes or (f"From {len(earlier.outings)} activities before {recording.started_at:%Y-%m-%d}.",)
        show_comparison(out(), course.name, comparison, notes)
