"""How a route's time spreads along it, and the arithmetic of cutting it into stretches."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kernel.fitted import SLOWDOWN, SLOWDOWN_FROM_S, SLOWDOWN_ULTRA, SLOWDOWN_ULTRA_FROM_S, Kind
from kernel.pace.population import relative_pace
from kernel.tracks import RouteGeometry
from kernel.tracks.track import FloatArray

_HILLY_M_PER_KM: Final = 20.0
_LEAST_HILLY: Final = 0.3
_ULTRA_FROM, _ULTRA_FULL = map(math.log, SLOWDOWN_ULTRA_FROM_S)


@dataclass(frozen=True, slots=True, eq=False)
class Pacing:
    """What share of the time has passed at each segment's end."""

    edges_m: FloatArray
    share: FloatArray

    def share_at(self, distance_m: FloatArray) -> FloatArray:
        """Share of the whole time that has passed at these distances."""
        return np.interp(distance_m, self.edges_m, self.share)


def usual_fade(route: RouteGeometry, total_s: float) -> float:
    """How much slower the second half of a route of `total_s` moving seconds is, at equal effort: 0.35 at most.

    It grows from nothing at one hour to 0.046 at two, less on flatter ground, and with log time from there at 14 hours
    to its most at 45, where whoever still goes has long been going slower, on any ground.
    """
    first_s, full_s = SLOWDOWN_FROM_S
    long = min(max((total_s - first_s) / (full_s - first_s), 0.0), 1.0)
    hilly = min(max(1000.0 * route.gain_m / route.length_m / _HILLY_M_PER_KM, _LEAST_HILLY), 1.0)
    usual = SLOWDOWN * long * hilly
    ultra = min(max((math.log(max(total_s, 1.0)) - _ULTRA_FROM) / (_ULTRA_FULL - _ULTRA_FROM), 0.0), 1.0)
    return math.expm1(usual + ultra * (SLOWDOWN_ULTRA - usual))


def pacing_of(
    route: RouteGeometry, kind: Kind, total_s: float, fade: float | None = None, weary: FloatArray | None = None
) -> Pacing:
    """Time spread by the population's curve, its second half slower by `fade`, by default as usual for that time.

    `weary` is by how much (log) each segment is slower for another reason; what that makes of the second half is part
    of its `fade`, not added to it.
    """
    effort = route.segment_length_m * relative_pace(route, kind)
    middle = (effort.cumsum() - effort / 2) / effort.sum()
    slowdown = 2.0 * math.log1p(usual_fade(route, total_s) if fade is None else fade)
    if weary is not None:
        late = middle > 0.5
        slowdown = max(0.0, slowdown - 2.0 * (_mean(weary, effort * late) - _mean(weary, effort * ~late)))
        effort = effort * np.exp(weary)
    share = np.zeros(len(effort) + 1)
    (effort * np.exp(slowdown * (middle - 0.5))).cumsum(out=share[1:])
    return Pacing(route.edges_m, share / share[-1])


def _mean(values: FloatArray, weights: FloatArray) -> float:
    total = float(weights.sum())
    return float(values @ weights) / total if total > 0 else 0.0


def whole_numbers(values: FloatArray, total: int) -> NDArray[np.intp]:
    """The values as whole numbers that add up to `total`: the largest remainders are rounded up.

    Where the values themselves add up to something else, the largest one takes the difference.
    """
    whole = np.floor(values)
    missing = total - int(whole.sum())
    order = (whole - values).argsort(kind="stable")
    whole[order[: max(0, missing)]] += 1
    whole[whole.argmax()] += total - whole.sum()
    return whole.astype(np.intp)
