"""`ayda compare`."""

from __future__ import annotations

from pathlib import Path

import click

from cli import options, words
from cli.comparing import compare
from cli.console import out, print_json
from cli.course import read_course, read_recording
from cli.history import SPORT_OF_MODE, read_past, used_for
from cli.predicting import answer, warned
from cli.show.compare import show_comparison
from kernel.contracts.prediction import Effort, Mode
from kernel.forecast import Question


@click.command("compare")
@click.argument("route", type=options.FILE, metavar="ROUTE.gpx")
@click.argument("recorded", type=options.FILE, metavar="RECORDED.gpx")
@options.history
@options.pace
@options.mode
@options.effort
@options.as_json
@options.picture
@options.lang
@click.pass_context
def command(
    ctx: click.Context,
    /,
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
    voice = options.voice_of(ctx)
    course, recording = read_course(route), read_recording(recorded)
    past = read_past(paths, SPORT_OF_MODE[mode])
    used = used_for(past) if paths else None
    earlier = past.before(recording.started_at)
    question = Question(mode=mode, effort=effort, flat_pace_s_per_km=pace)
    answered = warned(answer(course, question, earlier.features, recording.started_at, voice), used)
    comparison = compare(course, recording, answered.prediction, answered.timeline)
    if picture is not None:
        from cli.draw.canvas import save  # noqa: PLC0415 - matplotlib takes half a second to load
        from cli.draw.compare import comparison_sheet  # noqa: PLC0415

        save(comparison_sheet(course.name, course.route, comparison, voice), picture)
    if as_json:
        print_json({"prediction": answered.prediction, "comparison": comparison})
    else:
        stats = answered.prediction.profile_stats
        grounds = () if stats is None else (words.grounds(answered.prediction, stats, voice),)
        warnings = (voice.warning(warning) for warning in answered.prediction.warnings)
        show_comparison(out(), course.name, comparison, voice, (*warnings, *answered.notes, *grounds))
