"""How alike two outings are: the covariance of an athlete's log pace, grade-adjusted, between them.

The pace someone runs at differs from outing to outing with their level (of that kind of movement, of that sport), with
the time between them, with how steep, how long and how winding they are, and with how similar those are. Every term is
one of these; the amplitudes are standard deviations of log time, chosen on recordings of eight people leaving one out.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from kernel.tracks.track import FloatArray

NOISE_SD: Final = 0.07
"""Of log time between two outings that are alike in all we know."""

_SHARED: Final = 0.15**2
_LEVEL: Final = 0.069**2
_DRIFT: Final = 0.12**2
_DRIFT_DAYS: Final = 200.0
_LATELY: Final = 0.06**2
_LATELY_DAYS: Final = 20.0
_LATELY_LOG_KM: Final = 0.4
_LATELY_GAIN: Final = 10.0
_CLIMB: Final = 3.0**2
_DESCENT: Final = 2.0**2
_SHORT: Final = 0.06**2
_LONG: Final = 0.03**2
_WINDING: Final = 0.10**2
_ALIKE_WINDING: Final = 0.06**2
_ALIKE_WINDING_TURN: Final = 0.2
_SPORT: Final = 0.03**2
_ALIKE: Final = 0.06**2
_ALIKE_LOG_KM: Final = 0.7
_ALIKE_GAIN: Final = 12.0


@dataclass(frozen=True, slots=True, eq=False)
class Outings:
    """Coordinates of outings in the covariance: one array each, all of one length.

    `climb`, `descent` and `turn_slope` are centred on the athlete's medians of that kind; `shortness` <= 0 <=
    `longness` are log kilometres against the median; `kind` and `sport` are codes.
    """

    climb: FloatArray
    descent: FloatArray
    shortness: FloatArray
    longness: FloatArray
    turn_slope: FloatArray
    log_km: FloatArray
    gain_m_per_km: FloatArray
    turn: FloatArray
    day: FloatArray
    kind: FloatArray
    sport: FloatArray

    def __len__(self) -> int:
        """How many outings."""
        return len(self.day)

    def taken(self, index: FloatArray) -> Outings:
        """Those at `index` (or where a mask is true)."""
        return Outings(**{field.name: getattr(self, field.name)[index] for field in fields(self)})


def covariance(a: Outings, b: Outings) -> FloatArray:
    """Of log pace between each outing of `a` (rows) and of `b` (columns), noise not included."""
    days = np.abs(a.day[:, None] - b.day)
    log_km = (a.log_km[:, None] - b.log_km) ** 2
    gain = (a.gain_m_per_km[:, None] - b.gain_m_per_km) ** 2
    turn = (a.turn[:, None] - b.turn) ** 2
    lately = days / _LATELY_DAYS + log_km / (2 * _LATELY_LOG_KM**2) + gain / (2 * _LATELY_GAIN**2)
    alike = log_km / (2 * _ALIKE_LOG_KM**2) + gain / (2 * _ALIKE_GAIN**2)
    of_one_kind = (
        _LEVEL
        + _DRIFT * np.exp(-days / _DRIFT_DAYS)
        + _LATELY * np.exp(-lately)
        + _ALIKE * np.exp(-alike)
        + _ALIKE_WINDING * np.exp(-turn / (2 * _ALIKE_WINDING_TURN**2))
        + _linear(a, b)
        + _SPORT * (a.sport[:, None] == b.sport)
    )
    total: FloatArray = _SHARED + (a.kind[:, None] == b.kind) * of_one_kind
    return total


def variance(a: Outings) -> FloatArray:
    """The diagonal of `covariance(a, a)`."""
    constant = _SHARED + _LEVEL + _DRIFT + _LATELY + _ALIKE + _ALIKE_WINDING + _SPORT
    total: FloatArray = constant + np.square(_scaled(a)).sum(axis=1)
    return total


def _linear(a: Outings, b: Outings) -> FloatArray:
    return _scaled(a) @ _scaled(b).T


def _scaled(a: Outings) -> FloatArray:
    columns = (a.climb, a.descent, a.shortness, a.longness, a.turn_slope)
    amplitudes = np.sqrt([_CLIMB, _DESCENT, _SHORT, _LONG, _WINDING])
    return np.column_stack(columns) * amplitudes
