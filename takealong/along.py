"""When someone comes through each place of a route."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import numpy as np

from kernel.contracts.prediction import CheckpointForecast, Prediction
from kernel.contracts.times import QuantilesS
from kernel.tracks import FloatArray
from kernel.units import format_hm
from kernel.zones import known_zone, later

Quantile = Literal["p10", "p50", "p90"]
QUANTILES: Final[tuple[Quantile, ...]] = ("p10", "p50", "p90")

_A_STEP_M: Final = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """Elapsed seconds at some places from the start (0 m, 0 s) to the end: 10th, 50th and 90th percentile."""

    at_m: FloatArray
    p10: FloatArray
    p50: FloatArray
    p90: FloatArray

    def at(self, at_m: FloatArray, quantile: Quantile = "p50") -> FloatArray:
        """Seconds since the start at these distances. Never falls along the route."""
        along: FloatArray = getattr(self, quantile)
        return np.interp(at_m, self.at_m, along)

    def reached_s(self, at_m: float) -> float:
        """Median seconds since the start at one place."""
        return float(np.interp(at_m, self.at_m, self.p50))


@dataclass(frozen=True, slots=True)
class Arrival:
    """When a place is reached, and how long one stays."""

    at_m: float
    eta_s: QuantilesS
    stop_s: float = 0.0


def timeline_of(prediction: Prediction) -> Timeline:
    """What the answer itself tells.

    The moving times of the splits, with the difference to each known arrival (checkpoints, finish) shared out evenly
    on the way there.
    """
    ends_m = np.array([0.0, *(split.to_m for split in prediction.splits)])
    known = [c for c in prediction.checkpoints if 0 < c.at_m < ends_m[-1]]
    return Timeline(ends_m, *(_elapsed(prediction, known, ends_m, quantile) for quantile in QUANTILES))


def timeline_through(arrivals: Sequence[Arrival]) -> Timeline:
    """What arrivals in order of distance tell, stops included; the last one is the finish."""
    at_m, reached = [0.0], [QuantilesS(0, 0, 0)]
    for arrival in arrivals:
        at_m.append(arrival.at_m)
        reached.append(arrival.eta_s)
        if arrival.stop_s:
            at_m.append(arrival.at_m + _A_STEP_M)
            eta_s = arrival.eta_s
            reached.append(QuantilesS(*(round(s + arrival.stop_s) for s in (eta_s.p10, eta_s.p50, eta_s.p90))))
    known = (np.array([float(getattr(one, quantile)) for one in reached]) for quantile in QUANTILES)
    return Timeline(np.array(at_m), *(np.maximum.accumulate(seconds) for seconds in known))


def start_of(prediction: Prediction) -> datetime | None:
    """The start on the clock of the answer's zone; None where none was given."""
    start, zone = prediction.start_at, known_zone(prediction.time_zone)
    return start if start is None or zone is None else start.astimezone(zone)


def clock(start: datetime | None, after_s: float) -> str:
    """The moment so long after the start, to the minute.

    `14:05` where the start is known, `02:05+1` on the day after it; else `8:05` hours.
    """
    if start is None:
        return hours(after_s)
    moment = later(start, after_s + 30)
    days = (moment.date() - start.date()).days
    return f"{moment:%H:%M}" + (f"+{days}" if days else "")


def hours(seconds: float) -> str:
    """`H:MM`, rounded to minutes."""
    return format_hm(max(0.0, seconds))


def _elapsed(
    prediction: Prediction, known: Sequence[CheckpointForecast], ends_m: FloatArray, quantile: Quantile
) -> FloatArray:
    moving_s = np.cumsum([0.0, *(getattr(split.time_s, quantile) for split in prediction.splits)])
    places = np.array([0.0, *(c.at_m for c in known), ends_m[-1]])
    arrivals = [float(getattr(c.eta_s, quantile)) for c in known]
    late_s = np.array([0.0, *arrivals, getattr(prediction.elapsed_s, quantile)]) - np.interp(places, ends_m, moving_s)
    return np.maximum.accumulate(moving_s + np.interp(ends_m, places, late_s))
