"""How far a forecast could get: outings on a route that the same person went more than once.

A route counts as the same when the overlap of the paths (cosine of length shares per cell) is at least 0.95, the
lengths differ by at most 3 % and both were run or both walked. Forecast are outings with at least one such outing
before and three in all: by Ayda, which is not told of it; by the last time on the route; and by the median of all
other times on it, later ones included, which no forecast can know and which is about the floor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from benchmarks.activities import outing_of
from benchmarks.protocol import Activity, Row

AYDA_ON_REPEATS: Final = "ayda, not told"
LAST_TIME: Final = "last time on the route"
ALL_OTHER_TIMES: Final = "median of all other times, later ones too"

_OVERLAP: Final = 0.95
_LENGTH: Final = 0.03
_FEWEST_OTHERS: Final = 3


def repeat_rows(activities: Sequence[Activity], forecast: Sequence[Row]) -> dict[str, list[Row]]:
    """Rows per way to forecast, of those of the forecast rows that repeat an earlier route; none without paths."""
    same = same_routes(activities)
    moving_s = [outing_of(activity).moving_s for activity in activities]
    rows: dict[str, list[Row]] = {name: [] for name in (AYDA_ON_REPEATS, LAST_TIME, ALL_OTHER_TIMES)}
    for row in forecast:
        others = same.get(row["i"], [])
        earlier = [one for one in others if one < row["i"]]
        if not earlier or len(others) < _FEWEST_OTHERS:
            continue
        rows[AYDA_ON_REPEATS].append(row)
        rows[LAST_TIME].append(_without_band(row, moving_s[max(earlier)]))
        rows[ALL_OTHER_TIMES].append(_without_band(row, float(np.median([moving_s[one] for one in others]))))
    return rows


def same_routes(activities: Sequence[Activity]) -> Mapping[int, list[int]]:
    """For each activity those on the same route, by their numbers; none without paths."""
    same: dict[int, list[int]] = {}
    for later, activity in enumerate(activities):
        for earlier, overlap in activity.get("paths", {}).items():
            one, other = outing_of(activity), outing_of(activities[earlier])
            as_long = abs(one.route.length_m / other.route.length_m - 1.0) <= _LENGTH
            if overlap >= _OVERLAP and as_long and one.kind == other.kind:
                same.setdefault(later, []).append(earlier)
                same.setdefault(earlier, []).append(later)
    return same


def _without_band(row: Row, moving_s: float) -> Row:
    return {**row, "p10": moving_s, "p50": moving_s, "p90": moving_s}
