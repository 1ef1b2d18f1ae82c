"""Nights on the way: what outings on which somebody slept say of the next ones.

Nobody stands still for eight hours of a day: whoever did has slept, or has left the watch running. Such an outing says
nothing of stops by day. Where two of them were long walks they say that the next one as long leads through a night too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernel.fitted import NIGHT_S, USUAL_LOG_STOPS, Kind
from kernel.pace.features import ActivityFeatures
from kernel.tracks.track import FloatArray

_STANDING_S, _WALKED_S = NIGHT_S
_NEARLY_FORGOTTEN: Final = 1e4
_NIGHTS_THAT_TELL: Final = 2
"""One may be a watch that was left running."""


class Nights(NamedTuple):
    """Walks of so many moving seconds lead through a night, which takes so many beside the stops of the day."""

    from_s: float
    night_s: float

    def on(self, moving_s: float) -> float:
        """Seconds of night on a walk."""
        return self.night_s if moving_s >= self.from_s else 0.0


def stood_by_night(rows: Sequence[ActivityFeatures]) -> NDArray[np.bool_]:
    """True for outings with more standing than a day has."""
    return _standing_s(rows) >= _STANDING_S


def by_day(log_stops: FloatArray, noise: FloatArray, night: NDArray[np.bool_]) -> tuple[FloatArray, FloatArray]:
    """What outings say of stops and the variance at which they are believed, nights in truth forgotten."""
    if not night.any():
        return log_stops, noise
    usual = float(np.median(log_stops[~night])) if not night.all() else 0.0
    return np.where(night, usual, log_stops), np.where(night, _NEARLY_FORGOTTEN * noise, noise)


def nights_of(rows: Sequence[ActivityFeatures], kind: Kind) -> Nights | None:
    """From which length on somebody's walks lead through a night; None where that tells none apart, and for runners.

    It is the length that mistakes fewest of their outings, half way between the two beside it.
    """
    own = [f for f in rows if f.kind == kind == "walk"]
    moving_s = _moving_s(own)
    night = stood_by_night(own) & (moving_s >= _WALKED_S)
    if night.sum() < _NIGHTS_THAT_TELL:
        return None
    order = moving_s.argsort(kind="stable")
    length_s, slept = moving_s[order], night[order]
    mistaken = np.concatenate(([0], slept.cumsum())) + np.concatenate(((~slept)[::-1].cumsum()[::-1], [0]))
    first = len(mistaken) - 1 - int(mistaken[::-1].argmin())
    if first == len(length_s):
        return None
    from_s = math.sqrt(length_s[first] * length_s[max(first - 1, 0)])
    return Nights(from_s, _night_s(own, night, kind))


def _night_s(own: Sequence[ActivityFeatures], night: NDArray[np.bool_], kind: Kind) -> float:
    """The median night: what was stood then beyond what is stood by day."""
    by_day_log = [math.log(f.elapsed_ratio) for f, slept in zip(own, night, strict=True) if not slept]
    share = math.expm1(float(np.median(by_day_log)) if by_day_log else USUAL_LOG_STOPS[kind])
    return max(0.0, float(np.median((_standing_s(own) - share * _moving_s(own))[night])))


def _moving_s(rows: Sequence[ActivityFeatures]) -> FloatArray:
    moving_s: FloatArray = np.exp(np.array([f.log_moving_s for f in rows]))
    return moving_s


def _standing_s(rows: Sequence[ActivityFeatures]) -> FloatArray:
    return _moving_s(rows) * (np.array([f.elapsed_ratio for f in rows]) - 1.0)
