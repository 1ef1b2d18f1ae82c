"""Beginner, intermediate, advanced, elite: from two reference times that anyone can check.

The times are the moderate (median, everyday) forecasts for a flat 10 km and for 5 km with 1,000 m of climb. The slower
of the two decides: who is fast on the flat only is not yet an advanced mountain runner.
"""

from __future__ import annotations

from typing import Final

from kernel.contracts.profile import Level
from kernel.fitted import Kind

LEVELS: Final[tuple[Level, ...]] = ("elite", "advanced", "intermediate", "beginner")

FLAT_10K_S: Final[dict[Kind, tuple[float, float, float]]] = {
    "run": (2520.0, 3180.0, 4380.0),
    "walk": (5160.0, 6840.0, 9420.0),
}
"""Slowest time over a flat 10 km that is still elite, advanced, intermediate.

Running: 38, 48 and 66 minutes, rounded ends of the fastest twentieth, quarter and three quarters of large public road
10 km fields (a rule of thumb from their published summaries, not a fit), divided by 0.9 because everyday outings are
about a tenth slower than races, rounded to the minute. Walking: 0.6, 0.8 and 1.1 of the time on Swiss hiking signs
(4.2 km/h).
"""

CLIMB_5K_S: Final[dict[Kind, tuple[float, float, float]]] = {
    "run": (4080.0, 5100.0, 7020.0),
    "walk": (5820.0, 7740.0, 10680.0),
}
"""The same for 5 km with 1,000 m of climb.

Running: the fields of the Alpine Race skyrunning climb (3.44 km, 858 m, 2023 to 2025, about 410 finishers a year; mean
best 45:45, upper quartile 1:09:21, lower quartile 1:35:21), scaled by 1.226, the ratio of the two courses on the
population's running curve: 85 and 117 minutes for the quartiles, 68 between the quartile and the best. They are not
divided by 0.9: that course lies at 2,300 to 3,200 m, whose thin air costs about what racing gains. Walking: 0.6, 0.8
and 1.1 of the Swiss time.
"""


def classify_level(flat_10k_s: float, climb_5k_s: float, kind: Kind = "run") -> Level:
    """The level of two reference times in seconds; a faster time never lowers it."""
    return LEVELS[max(_rank(flat_10k_s, FLAT_10K_S[kind]), _rank(climb_5k_s, CLIMB_5K_S[kind]))]


def _rank(time_s: float, slowest_s: tuple[float, float, float]) -> int:
    return sum(time_s > limit_s for limit_s in slowest_s)
