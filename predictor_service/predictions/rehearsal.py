"""A forecast that nobody asked for, made before the first one is: nobody waits for what is loaded on first use.

Tables of the sun and the borders of time zones are; beside much other work they took half a second.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from kernel.forecast import Question, ask, course_of, forecast_to_wire
from kernel.tracks import read_gpx
from trackfiles.rehearsal import rehearsal_course

_START: Final = datetime(2026, 6, 13, 6, 0)  # noqa: DTZ001 - on the clock at the course, whose zone is looked up
_PACE_S_PER_KM: Final = 330.0


def rehearse_forecast() -> None:
    """For somebody of whom nothing is known.

    With a start, which needs the zone of the course and the sun there.
    """
    course, _ = course_of(read_gpx(rehearsal_course()))
    question = Question(flat_pace_s_per_km=_PACE_S_PER_KM, start_at=_START)
    forecast_to_wire(ask(course, question, None), "", course.warnings)
