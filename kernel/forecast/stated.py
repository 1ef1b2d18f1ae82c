"""What someone says of their pace where no history tells it: the pace itself, or a race they ran."""

from __future__ import annotations

import math
from typing import Final, get_args

import numpy as np

from kernel.contracts.prediction import FlatPace, Mode, PredictRequest
from kernel.contracts.said import RaceResult
from kernel.errors import DomainError
from kernel.fitted import OWN_DAYS_SD, QUANTILE_Z, STATED_PACE_SD, Kind
from kernel.forecast.endurance import beyond_stated_sd, rested
from kernel.forecast.expectation import SD_CAP
from kernel.pace.population import KIND_OF_MODE
from kernel.units import format_pace

_RACED, _MIDDLE = float(QUANTILE_Z[0]), float(QUANTILE_Z[2])
"""Where the effort `race` lies among someone's days, and where the median does."""
_BOUNDS: Final = get_args(FlatPace)[1]
_ENOUGH_PASSES: Final = 10


class PaceStatedTwice(DomainError):
    """A flat pace and a result, which may not agree."""

    sentence = "State your pace in one way: flat_pace, or the result of a race."


class ResultImplausible(DomainError):
    """A race that means a flat pace nobody can state."""

    def __init__(self, pace_s_per_km: float) -> None:
        super().__init__(
            f"This result means {format_pace(min(pace_s_per_km, 86_400.0))} min/km on the flat, which is not predicted "
            "for. Check its distance in metres and its time in seconds."
        )


def stated_flat_pace_s_per_km(request: PredictRequest) -> float | None:
    """The flat pace of a request; None when nothing is said of it. Raises PaceStatedTwice and ResultImplausible."""
    if request.result is None:
        return request.flat_pace
    if request.flat_pace is not None:
        raise PaceStatedTwice
    return flat_pace_of_result_s_per_km(request.result, request.mode)


def flat_pace_of_result_s_per_km(result: RaceResult, mode: Mode) -> float:
    """Seconds per kilometre on the flat, going steadily, of someone who ran this race. Raises ResultImplausible.

    It undoes the forecast for a stranger: a flat course of this length at the effort `race` is predicted as the race
    was run, long ones with the slowing of long days. What the race climbed is not known, so it counts as flat. Its time
    is from start to finish, and so is that forecast.
    """
    kind = KIND_OF_MODE[mode]
    log_s = float(rested(np.array([_everyday_log_s(math.log(result.time_s), kind)]), kind)[0])
    pace_s_per_km = 1000.0 * math.exp(log_s) / result.distance_m
    if not _BOUNDS.ge <= pace_s_per_km <= _BOUNDS.le:
        raise ResultImplausible(pace_s_per_km)
    return pace_s_per_km


def _everyday_log_s(raced_log_s: float, kind: Kind) -> float:
    """Log seconds at the pace of whom a race time is the `race` one; where their median lies depends a little on it.

    The median moves by a hundredth of what the time does at most, so passes close in on it.
    """
    faster, log_s = (_MIDDLE - _RACED) * OWN_DAYS_SD[kind], raced_log_s
    for _ in range(_ENOUGH_PASSES):
        beyond = float(beyond_stated_sd(np.array([log_s]), kind)[0])
        log_s = raced_log_s + faster - _MIDDLE * min(math.hypot(STATED_PACE_SD[kind], beyond), SD_CAP)
    return log_s
