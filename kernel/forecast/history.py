"""Past activities as the fit needs them: which ones count, and where they lie in the covariance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from itertools import groupby
from operator import attrgetter, methodcaller
from typing import Final

import numpy as np

from kernel.fitted import PRIOR_LOG_S_PER_M, UNTOLD_SD, USUAL_LOG_STOPS, Kind, ProcessNumbers
from kernel.forecast.covariance import KIND_CODE, Outings, noise_sd
from kernel.forecast.endurance import rested
from kernel.forecast.versions import Versions
from kernel.pace.features import ActivityFeatures
from kernel.tracks.track import FloatArray

MOST_ACTIVITIES: Final = 150
_TURN_UNKNOWN: Final = 0.7
_WINDING_UNKNOWN: Final = 0.1
_HETEROGENEITY_UNKNOWN: Final = 0.1
_BAND_DAYS: Final = 400.0

_CLIMB, _WINDING, _TURN, _DAY, _KIND, _LOG_PACE, _HETEROGENEITY, _LOG_STOPS = 0, 1, 4, 5, 6, 7, 8, 9
COLUMNS: Final = 10
_LOG_M_PER_KM: Final = math.log(1000.0)
_DAY_OF: Final = attrgetter("day")
_PACKED: Final = methodcaller("to_bytes")


@dataclass(frozen=True, slots=True)
class Centre:
    """What is usual for an athlete in one kind of movement."""

    climb_cost: float
    winding: float
    turn: float
    heterogeneity: float


def counted(features: Sequence[ActivityFeatures], today_day: float) -> list[ActivityFeatures]:
    """The usable activities in time order, whatever order they come in.

    Those dated after tomorrow are a wrong clock and do not count.
    """
    usable = sorted((f for f in features if f.day <= today_day + 1 and f.usable), key=_DAY_OF)
    of_days = (list(some) for _, some in groupby(usable, key=_DAY_OF))
    # only those of one day need another order, and what it goes by costs more than all else
    return [one for some in of_days for one in (some if len(some) == 1 else sorted(some, key=_PACKED))]


def chosen(usable: Sequence[ActivityFeatures], kind: Kind) -> list[ActivityFeatures]:
    """The newest of those that are `counted`, in time order: of `kind` first, the other kind filling what is left.

    Empty when none is of `kind`.
    """
    same, other = list[int](), list[int]()
    for index, one in enumerate(usable):
        (same if one.kind == kind else other).append(index)
    if not same:
        return []
    same = same[-MOST_ACTIVITIES:]
    filling = other[max(0, len(other) + len(same) - MOST_ACTIVITIES) :]
    return [usable[index] for index in sorted([*same, *filling])]


def table_of(features: Sequence[ActivityFeatures]) -> FloatArray:
    """One row per activity, one column per number the fit uses: the coordinates of `Outings` come first."""
    runs, log_s = np.array([f.kind == "run" for f in features]), np.array([f.log_moving_s for f in features])
    untired = np.where(runs, rested(log_s, "run"), rested(log_s, "walk")).tolist()
    return np.array(
        [
            (
                f.climb_cost,
                f.winding,
                f.log_km,
                f.log_unit_time - f.log_km - _LOG_M_PER_KM,
                f.turn,
                f.day,
                KIND_CODE[f.kind],
                untired_log_s - f.log_unit_time - PRIOR_LOG_S_PER_M[f.kind],
                f.heterogeneity,
                math.log(f.elapsed_ratio) - USUAL_LOG_STOPS[f.kind],
            )
            for f, untired_log_s in zip(features, untired, strict=True)
        ],
        dtype=np.float64,
    ).reshape(len(features), COLUMNS)


def log_pace(table: FloatArray) -> FloatArray:
    """Log of grade-adjusted pace over the population's as if nobody tired, the thing that is predicted."""
    return table[:, _LOG_PACE]


def log_stops(table: FloatArray) -> FloatArray:
    """Log of elapsed over moving time, beyond what is usual for the kind."""
    return table[:, _LOG_STOPS]


def is_kind(table: FloatArray, kind: Kind) -> FloatArray:
    """True where an activity is of `kind`."""
    mask: FloatArray = table[:, _KIND] == KIND_CODE[kind]
    return mask


def centre_of(table: FloatArray, kind: Kind) -> Centre:
    """The athlete's medians for `kind`; those of all activities when there is none of it."""
    own = table[is_kind(table, kind)]
    rows = own if len(own) else table
    return Centre(
        climb_cost=middle(rows[:, _CLIMB]),
        winding=_median(rows[:, _WINDING], _WINDING_UNKNOWN),
        turn=_median(rows[:, _TURN], _TURN_UNKNOWN),
        heterogeneity=_median(rows[:, _HETEROGENEITY], _HETEROGENEITY_UNKNOWN),
    )


def hilliness_of(versions: Versions) -> FloatArray:
    """The logarithm of mean relative pace of each version."""
    return versions.log_unit_time - versions.log_km - _LOG_M_PER_KM


def usual_outing(outings: Outings, kind: Kind) -> Outings:
    """The median of each coordinate over a history's outings of a kind, on the day after the newest of all."""
    own = outings[outings.kind == KIND_CODE[kind]]
    medians = Outings(*(np.array([middle(getattr(own, field.name))]) for field in fields(Outings)))
    return replace(medians, day=np.array([outings.day.max() + 1.0]))


def outings_of_history(table: FloatArray) -> Outings:
    """A whole history, each activity around the centre of its own kind."""
    runs, told = is_kind(table, "run"), Outings(*table[:, : _KIND + 1].T)
    as_run, as_walk = (_around(centre_of(table, kind), told) for kind in ("run", "walk"))
    names = (field.name for field in fields(Outings))
    return Outings(*(np.where(runs, getattr(as_run, name), getattr(as_walk, name)) for name in names))


def pace_noise(table: FloatArray, outings: Outings, numbers: ProcessNumbers) -> FloatArray:
    """Variance at which the pace of each outing is believed: by its kind, how uneven it was, what its source told."""
    untold = np.isnan(table[:, _TURN])
    noise: FloatArray = np.square(noise_sd(outings, numbers)) * noise_ratio(table) + UNTOLD_SD**2 * untold
    return noise


def noise_ratio(table: FloatArray) -> FloatArray:
    """How much more (or less) an activity's time is worth doubting, from how uneven its pace was: 0.5 to 3."""
    ratio = np.ones(len(table))
    for kind in ("run", "walk"):
        rows = is_kind(table, kind)
        if not rows.any():
            continue
        usual = centre_of(table, kind).heterogeneity
        uneven = table[rows, _HETEROGENEITY] / max(usual, 1e-3)
        ratio[rows] = np.clip(np.where(np.isfinite(uneven), uneven, 1.0), 0.5, 3.0)
    return ratio


def band_weight(table: FloatArray, kind: Kind) -> FloatArray:
    """How much each outing says of how wide a band is for this kind: none of the other kind does, old ones little."""
    days = table[:, _DAY]
    weight: FloatArray = np.exp((days - days.max()) / _BAND_DAYS) * is_kind(table, kind)
    return weight


def _around(centre: Centre, told: Outings) -> Outings:
    """Around the centre; what the source does not tell is taken as usual."""
    return Outings(
        climb_cost=told.climb_cost - centre.climb_cost,
        winding=np.where(np.isfinite(told.winding), told.winding - centre.winding, 0.0),
        log_km=told.log_km,
        hilliness=told.hilliness,
        turn=np.where(np.isfinite(told.turn), told.turn, centre.turn),
        day=told.day,
        kind=told.kind,
    )


def _median(values: FloatArray, unknown: float) -> float:
    known = values[np.isfinite(values)]
    return middle(known) if len(known) else unknown


def middle(values: FloatArray) -> float:
    """The median of numbers, in a fifth of the time that numpy takes to look them over first."""
    half, in_order = len(values) // 2, np.sort(values)
    return float(in_order[half]) if len(values) % 2 else float(in_order[half - 1] + in_order[half]) / 2
