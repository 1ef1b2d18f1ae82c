"""`--plan`: the times along the way as the file whose name was given."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

from cli.failure import Refused, write_file
from kernel.contracts.prediction import Prediction
from languages.voice import Voice
from takealong.along import Timeline
from takealong.course import Ground
from takealong.course_tcx import course_tcx
from takealong.crew_sheet import crew_html
from takealong.plan import planned_timeline
from takealong.plan_csv import plan_csv
from takealong.plan_gpx import plan_gpx

NEEDS_A_CLOCK: Final = frozenset({".gpx", ".tcx"})
"""Formats whose times are moments."""


def write_plan(path: Path, ground: Ground, prediction: Prediction, forecast: Timeline, start: datetime | None) -> None:
    """Writes the plan for the goal, or the forecast where there is none, in the format the name ends in.

    Raises Refused: `plan_format` for another ending, `folder_not_found` and the like.
    """
    timeline = planned_timeline(prediction, forecast)
    ending, points = path.suffix.lower(), ground.points
    if ending == ".csv":
        content = plan_csv(prediction, timeline, start)
    elif ending == ".html":
        content = crew_html(ground.name, prediction, timeline, start, Voice())
    elif ending == ".gpx" and points is not None:
        content = plan_gpx(ground.name, points, prediction, timeline, start)
    elif ending == ".tcx" and points is not None:
        content = course_tcx(ground.name, points, prediction, timeline, start)
    else:
        raise Refused("plan_format", f"A plan is written as .gpx, .csv, .tcx or .html; {path} ends in none of them.")
    write_file(path, content.encode())
