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

from kernel.contracts.prediction import CheckpointRequest
from kernel.contracts.reforecast import Expected, ExpectedPlace, Passing, ToldS
from kernel.contracts.times import QuantilesS
from kernel.forecast import Forecast, Question, ask, course_of, forecast_to_wire
from kernel.forecast.onward import onward as told_onward
from kernel.tracks import read_gpx

_START: Final = datetime.fromisoformat("2016-08-26T18:00:00+02:00")
_OFFICIAL_M: Final = 174_620.0
"""The course as its organiser has it, of which the stations' kilometres are told."""
_EVERY_M: Final = 5000.0


def onward(course: str, passed: Sequence[tuple[float, float]]) -> tuple[float, float, float]:
    """P10, P50 and P90 of the finish, seconds after the start, of somebody who came by these (metres, seconds)."""
    reforecast = told_onward(_expected(course), [Passing(at_m, elapsed_s) for at_m, elapsed_s in passed])
    return reforecast.finish_s.p10, reforecast.finish_s.p50, reforecast.finish_s.p90


@cache
def _expected(course: str) -> Expected:
    """What the answer told before the start, with places every five kilometres, as its page has them."""
    drawn, _ = course_of(read_gpx(Path(course).read_bytes()))
    count = int(_OFFICIAL_M / _EVERY_M)
    places = [CheckpointRequest(f"{i}", _EVERY_M * i) for i in range(1, count + 1)]
    forecast = ask(drawn, Question(distance_m=_OFFICIAL_M, start_at=_START, checkpoints=places), None)
    return _told(forecast)


def _told(forecast: Forecast) -> Expected:
    prediction = forecast_to_wire(forecast, "")
    return Expected(
        distance_m=prediction.route.distance_m,
        gain_m=prediction.route.gain_m,
        moving_s=ToldS(prediction.interval.p10_s, prediction.interval.p50_s, prediction.interval.p90_s),
        finish_s=_seconds(prediction.elapsed_s),
        places=[ExpectedPlace(at_m=each.at_m, eta_s=_seconds(each.eta_s)) for each in prediction.checkpoints],
    )


def _seconds(told: QuantilesS) -> ToldS:
    return ToldS(float(told.p10), float(told.p50), float(told.p90))
