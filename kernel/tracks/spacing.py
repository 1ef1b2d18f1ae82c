"""How long a way is that its points tell wrongly: too far apart they cut its bends, a restless receiver adds some.

Both are measured on the track itself. Leaving out every second point shows what the bends between points that far
apart are worth, and so what those between the points there are. Noise shows in how a point lies beside the line
between its neighbours: bends throw neighbouring points to the same side, noise to opposite ones.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from kernel.tracks.findings import Finding
from kernel.tracks.hidden import Hidden, Indices, closed_plane_m, lost_between, thinnings
from kernel.tracks.simplified import of_simplified
from kernel.tracks.track import FloatArray, Track, robust_sd

COARSE_M: Final = 60.0
"""Median distance between points from which on a file says less of its way than a forecast needs."""

_APART_M: Final = (25.0, 30.0, 50.0, 70.0, 100.0, 150.0, 200.0, 300.0)
_BENDS: Final = (1.0, 1.05, 1.3, 1.5, 1.7, 2.0, 2.3, 2.5)
"""Loss of length between points so far apart, over the further loss when every second of them goes: the median of seven
race courses (42 to 175 km) laid out at each spacing. Closer ones have the ratio of 25 m."""
_RIPPLES: Final = (0.0, 0.3, 0.8, 1.0, 1.15, 1.3, 1.4, 1.5)
"""The same of the climb."""
_EFFORT: Final = (1.0, 1.0, 1.17, 1.3, 1.35, 1.7, 1.95, 2.3)
"""The same of the time by the common curve: what goes of bends and ripples together."""

_EVEN: Final = 2.5
_LAID_OUT: Final = 1.3
"""How many times the 10 % shortest steps the 10 % longest are: 1.15 at most where a program laid the points out anew,
up to 30 m apart; 3.4 and more in what people drew or recorded."""
_LAID_OUT_M: Final = 6.0
_NOTICED_BENDS: Final = 1.003
_FEWEST: Final = 20
_OPPOSITE: Final = -0.22
_NOTICED: Final = 0.008
_SMALL: Final = 0.04
WIDE_M: Final = 25.0
"""Median distance between points from which on their bends are reckoned with."""

_CLIP: Final = 4.0
_AROUND: Final = 3
_LONGEST: Final = 1.35
_MOST_NOISE: Final = 5.0
_Plane = tuple[FloatArray, FloatArray]


class Spacing(NamedTuple):
    """By what factor the way is longer than the sum of its steps, and what was found.

    `as_told` says that places are told along the line all the same, so distances stay; `hidden` what is lost besides.
    """

    length: float = 1.0
    as_told: bool = False
    hidden: Hidden | None = None
    findings: tuple[Finding, ...] = ()


class _Restless(NamedTuple):
    """How points lie off their way: variances (m2) of an error of each point's own, and of what each adds to the last.

    `opposite` is the correlation of neighbouring points' errors.
    """

    own: float
    added: float
    opposite: float

    def step_variance(self, steps: int) -> float:
        """Variance of the sideways error of a line over so many steps."""
        return 2.0 * self.own + self.added * steps


def spacing_of(track: Track) -> Spacing:
    """What the distance between its points and their noise do to a track; nothing for most."""
    plane = closed_plane_m(track)
    step_m = _steps(plane)
    apart = step_m > 0
    if apart.sum() < _FEWEST:
        return Spacing()
    kept = np.concatenate(([True], apart))
    plane, step_m = (plane[0][kept], plane[1][kept]), step_m[apart]
    found = _of_apart(plane, step_m)
    return found if apart.all() else found._replace(hidden=_placed(found.hidden, np.flatnonzero(kept)))


def _of_apart(plane: _Plane, step_m: FloatArray) -> Spacing:
    if (simplified := of_simplified(plane)) is not None:
        return Spacing(*simplified)
    median_m = float(np.median(step_m))
    low_m, high_m = np.percentile(step_m, (10, 90)).tolist()
    if median_m >= WIDE_M:
        return _of_coarse(plane, step_m, is_even=high_m <= _EVEN * max(low_m, 1.0))
    if median_m >= _LAID_OUT_M and high_m <= _LAID_OUT * low_m:
        factor = _with_bends(plane, step_m)
        return Spacing(factor if factor >= _NOTICED_BENDS else 1.0)
    return _of_noise(plane, step_m)


def _placed(hidden: Hidden | None, at: Indices) -> Hidden | None:
    """What lies between points that are told by their places among others."""
    if hidden is None:
        return None
    once, twice = (tuple(at[each] for each in ways) for ways in (hidden.once, hidden.twice))
    return hidden._replace(once=once, twice=twice)


def _of_noise(plane: _Plane, step_m: FloatArray) -> Spacing:
    restless, thinned = _restless(plane), 1
    if restless.opposite > _OPPOSITE or _added_share(plane, restless, 1) < _NOTICED:
        return Spacing()
    while _added_share(plane, restless, thinned) > _SMALL and _typical_m(plane, thinned) < WIDE_M:
        thinned *= 2
    length_m, further_m, farthest_m = (_without_noise(plane, restless, thinned * more) for more in (1, 2, 4))
    if thinned > 1:
        length_m += lost_between(length_m, further_m, farthest_m, _of_these(_BENDS, _typical_m(plane, thinned)))
    factor = float(np.clip(length_m / step_m.sum(), 1.0 / _MOST_NOISE, 1.0))
    percent = round(100.0 * (1.0 / factor - 1.0), 1)
    return Spacing(factor, findings=(Finding("noisy_positions", {"longer_percent": percent}),))


def _typical_m(plane: _Plane, thinned: int) -> float:
    return float(np.median(_steps((_thinned(plane[0], thinned), _thinned(plane[1], thinned)))))


def _added_share(plane: _Plane, restless: _Restless, thinned: int) -> float:
    """What share of its length the noise adds to the line through every so manieth point."""
    variance = restless.step_variance(thinned)
    squared_m2 = float(np.mean(_steps((_thinned(plane[0], thinned), _thinned(plane[1], thinned))) ** 2))
    return variance / 2.0 / max(squared_m2 - 2.0 * variance, 1e-9)


def _without_noise(plane: _Plane, restless: _Restless, thinned: int) -> float:
    """Metres along every so manieth point, each step shortened by what the noise adds to one of its length."""
    step_m = _steps((_thinned(plane[0], thinned), _thinned(plane[1], thinned)))
    variance = restless.step_variance(thinned)
    return float((step_m - variance / 2.0 / np.maximum(step_m, np.sqrt(2.0 * variance) + 1e-9)).sum())


def _restless(plane: _Plane) -> _Restless:
    """Measured on how points lie beside the line between their neighbours, and how the next ones do."""
    aside_m = _aside_m(plane)
    limit_m = _CLIP * robust_sd(aside_m) + 1e-9
    aside_m = np.clip(aside_m, -limit_m, limit_m)
    variance, once, twice = (float(np.mean(aside_m[lag:] * aside_m[: len(aside_m) - lag])) for lag in (0, 1, 2))
    opposite = max(-once, 0.0)
    own = float(np.clip(4.0 * twice / opposite, 0.0, 1.0)) * opposite if opposite > 0 else 0.0
    return _Restless(own, 4.0 * (opposite - own), once / variance if variance > 0 else 0.0)


def _aside_m(plane: _Plane) -> FloatArray:
    """How far each point lies beside the line between its neighbours, to the left positive."""
    step_m = np.maximum(_steps(plane), 1e-6)
    share = step_m[:-1] / (step_m[:-1] + step_m[1:])
    middle = np.arange(1, len(plane[0]) - 1)
    back, on = np.maximum(middle - _AROUND, 0), np.minimum(middle + _AROUND, len(plane[0]) - 1)
    off, along = [], []
    for axis in plane:
        off.append(axis[:-2] + share * (axis[2:] - axis[:-2]) - axis[1:-1])
        along.append(axis[on] - axis[back])
    across: FloatArray = along[0] * off[1] - along[1] * off[0]
    return across / np.maximum(np.hypot(*along), 1e-9)


def _of_coarse(plane: _Plane, step_m: FloatArray, *, is_even: bool) -> Spacing:
    median_m, factor, hidden = float(np.median(step_m)), 1.0, None
    if is_even:
        count = len(plane[0])
        factor = _with_bends(plane, step_m)
        climb, effort = (_of_these(table, median_m) for table in (_RIPPLES, _EFFORT))
        hidden = Hidden(thinnings(count, 2), thinnings(count, 4), climb, effort, _LONGEST - 1.0)
    findings: tuple[Finding, ...] = ()
    if median_m > COARSE_M:
        figures = {"apart_m": round(median_m, 1), "shorter_percent": round(100.0 * (1.0 - 1.0 / factor), 1)}
        findings = (Finding("coarse_points", figures),)
    return Spacing(factor, hidden=hidden, findings=findings)


def _with_bends(plane: _Plane, step_m: FloatArray) -> float:
    """By what factor the way is longer than these even steps."""
    length_m, most = float(step_m.sum()), _of_these(_BENDS, float(np.median(step_m)))
    further_m, farthest_m = (_length_of_every(plane, step) for step in (2, 4))
    return min(1.0 + lost_between(length_m, further_m, farthest_m, most) / length_m, _LONGEST)


def _of_these(table: tuple[float, ...], apart_m: float) -> float:
    return float(np.interp(apart_m, _APART_M, table))


def _thinned(axis: FloatArray, step: int) -> FloatArray:
    """Every so manieth value and both ends."""
    thinned: FloatArray = axis[thinnings(len(axis), step)[0]]
    return thinned


def _length_of_every(plane: _Plane, step: int) -> float:
    """Metres along every so manieth point, the mean of all ways to choose them."""
    return float(np.mean([_steps((plane[0][at], plane[1][at])).sum() for at in thinnings(len(plane[0]), step)]))


def _steps(plane: _Plane) -> FloatArray:
    steps: FloatArray = np.hypot(np.diff(plane[0]), np.diff(plane[1]))
    return steps
