"""What passing times say of the rest, in the shape that `replan.py` of the evaluation folder asks for.

    python ../shared/eval/replan.py --py benchmarks.races

The course is read, forecast and forecast anew as for somebody who uploads it, says nothing of themselves, and types
where they came by. The start is that of the race (Chamonix, on a Friday at the end of August at 18:00, 2013 to 2017):
whoever asks on the day knows it, and the nights on the way follow from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final

from kernel.contracts.reforecast import Expected, Passing
from kernel.forecast import Question, ask, course_of, forecast_to_wire
from kernel.forecast.onward import onward as told_onward
from kernel.tracks import read_gpx
from takealong.onday import expected_of

_START: Final = datetime.fromisoformat("2016-08-26T18:00:00+02:00")
_OFFICIAL_M: Final = 174_620.0
"""The course as its organiser has it, of which the stations' kilometres are told."""


def onward(course: str, passed: Sequence[tuple[float, float]]) -> tuple[float, float, float]:
    """P10, P50 and P90 of the finish, seconds after the start, of somebody who came by these (metres, seconds)."""
    reforecast = told_onward(_expected(course), [Passing(at_m, elapsed_s) for at_m, elapsed_s in passed])
    return reforecast.finish_s.p10, reforecast.finish_s.p50, reforecast.finish_s.p90


@cache
def _expected(course: str) -> Expected:
    """What the answer told before the start, as the chat and the terminal ask by it."""
    drawn, _ = course_of(read_gpx(Path(course).read_bytes()))
    forecast = ask(drawn, Question(distance_m=_OFFICIAL_M, start_at=_START), None)
    return expected_of(forecast_to_wire(forecast, ""))
