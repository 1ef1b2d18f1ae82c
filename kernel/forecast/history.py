"""Past activities as the fit needs them: which ones count, and where they lie in the covariance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from kernel.contracts.activity import SportTag
from kernel.forecast.covariance import Outings
from kernel.pace.features import ActivityFeatures
from kernel.pace.population import PRIOR_LOG_S_PER_M, Kind
from kernel.tracks.track import FloatArray

MOST_ACTIVITIES: Final = 150
_SHORTNESS: Final = -1.2
_LONGNESS: Final = 1.8
_TURN_SPREAD_SD: Final = 3.0
_MAD_TO_SD: Final = 1.48
_TURN_UNKNOWN: Final = 0.7
_KIND_CODE: Final[dict[Kind, float]] = {"run": 0.0, "walk": 1.0}
_SPORT_CODE: Final[dict[SportTag, float]] = {"run": 0.0, "trail_run": 1.0, "hike": 2.0, "walk": 3.0}

_CLIMB, _DESCENT, _LOG_KM, _GAIN, _TURN, _DAY, _KIND, _SPORT, _LOG_PACE, _HETEROGENEITY = range(10)
COLUMNS: Final = 10


@dataclass(frozen=True, slots=True)
class Centre:
    """What is usual for an athlete in one kind of movement."""

    climb: float
    descent: float
    log_km: float
    turn: float
    turn_spread: float
    heterogeneity: float


def chosen(features: Sequence[ActivityFeatures], kind: Kind, today_day: float) -> list[ActivityFeatures]:
    """The newest usable activities, in time order: of `kind` first, the other kind filling what is left.

    Empty when none is of `kind`. Activities dated after tomorrow are a wrong clock and do not count.
    """
    usable = sorted((f for f in features if f.usable and f.day <= today_day + 1), key=_order)
    same = [f for f in usable if f.kind == kind][-MOST_ACTIVITIES:]
    if not same:
        return []
    room = MOST_ACTIVITIES - len(same)
    other = [f for f in usable if f.kind != kind][-room:] if room else []
    return sorted([*same, *other], key=_order)


def table_of(features: Sequence[ActivityFeatures]) -> FloatArray:
    """One row per activity, one column per number the fit uses."""
    return np.array(
        [
            (
                f.climb_gradient,
                f.descent_gradient,
                f.log_km,
                f.gain_m_per_km,
                f.turn,
                f.day,
                _KIND_CODE[f.kind],
                _SPORT_CODE[f.sport],
                f.log_moving_s - f.log_unit_time - PRIOR_LOG_S_PER_M[f.kind],
                f.heterogeneity,
            )
            for f in features
        ],
        dtype=np.float64,
    ).reshape(len(features), COLUMNS)


def log_pace(table: FloatArray) -> FloatArray:
    """Log of grade-adjusted pace over the population's, the thing that is predicted."""
    return table[:, _LOG_PACE]


def last_day(table: FloatArray) -> float:
    """The day of the newest activity."""
    return float(table[:, _DAY].max())


def is_kind(table: FloatArray, kind: Kind) -> FloatArray:
    """True where an activity is of `kind`."""
    mask: FloatArray = table[:, _KIND] == _KIND_CODE[kind]
    return mask


def log_km(table: FloatArray) -> FloatArray:
    """Log kilometres of each row."""
    return table[:, _LOG_KM]


def placed(table: FloatArray, *, day: float, kind: Kind, sport: SportTag) -> FloatArray:
    """Rows of routes set on a day and to a way of moving."""
    rows = table.copy()
    rows[:, _DAY], rows[:, _KIND], rows[:, _SPORT] = day, _KIND_CODE[kind], _SPORT_CODE[sport]
    return rows


def centre_of(table: FloatArray, kind: Kind) -> Centre:
    """The athlete's medians for `kind`; those of all activities when there is none of it."""
    own = table[is_kind(table, kind)]
    rows = own if len(own) else table
    turn, heterogeneity = (_known(rows[:, column]) for column in (_TURN, _HETEROGENEITY))
    usual_turn = float(np.median(turn)) if len(turn) else _TURN_UNKNOWN
    spread = _MAD_TO_SD * float(np.median(np.abs(turn - usual_turn))) if len(turn) > 2 else 0.2
    return Centre(
        climb=float(np.median(rows[:, _CLIMB])),
        descent=float(np.median(rows[:, _DESCENT])),
        log_km=float(np.median(rows[:, _LOG_KM])),
        turn=usual_turn,
        turn_spread=max(spread, 0.05),
        heterogeneity=float(np.median(heterogeneity)) if len(heterogeneity) else 0.1,
    )


def outings_of(table: FloatArray, centre: Centre) -> Outings:
    """Rows of a table placed around the centre of their kind."""
    log_km = table[:, _LOG_KM] - centre.log_km
    turn = np.where(np.isfinite(table[:, _TURN]), table[:, _TURN], centre.turn)
    reach = _TURN_SPREAD_SD * centre.turn_spread
    return Outings(
        climb=table[:, _CLIMB] - centre.climb,
        descent=table[:, _DESCENT] - centre.descent,
        shortness=np.clip(log_km, _SHORTNESS, 0.0),
        longness=np.clip(log_km, 0.0, _LONGNESS),
        turn_slope=np.clip(turn - centre.turn, -reach, reach),
        log_km=table[:, _LOG_KM],
        gain_m_per_km=table[:, _GAIN],
        turn=turn,
        day=table[:, _DAY],
        kind=table[:, _KIND],
        sport=table[:, _SPORT],
    )


def outings_of_history(table: FloatArray) -> Outings:
    """A whole history, each activity around the centre of its own kind."""
    placed = [(is_kind(table, kind), outings_of(table, centre_of(table, kind))) for kind in ("run", "walk")]
    (runs, as_runs), (_, as_walks) = placed

    def merged(name: str) -> FloatArray:
        values: FloatArray = np.where(runs, getattr(as_runs, name), getattr(as_walks, name))
        return values

    return Outings(**{name: merged(name) for name in Outings.__dataclass_fields__})


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


def _known(values: FloatArray) -> FloatArray:
    return values[np.isfinite(values)]


def _order(features: ActivityFeatures) -> tuple[float, bytes]:
    return features.day, features.to_bytes()
