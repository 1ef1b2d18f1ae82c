"""Who is still out in a second night goes slower in it than by day; in the first one they do not."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import zip_longest
from typing import Final

import numpy as np

from kernel.fitted import SECOND_NIGHT
from kernel.forecast.checkpoints import Way
from kernel.forecast.sun import CIVIL_DEG, FIRST_YEAR, LAST_YEAR, Place, Sky, sky_over
from kernel.tracks.track import FloatArray

SHORTEST_S: Final = 57_600.0
"""Nobody comes into a second night earlier (judgement)."""
_DAY_S: Final = 86_400.0
_A_NIGHT_S: Final = 10_800.0
"""Who starts in the dark has a first night when so much of it is left (judgement)."""


def weariness(way: Way, start_at: datetime, place: Place) -> FloatArray | None:
    """How much slower (log) each segment of a way is for being walked or run in a second night or a later one.

    None where the way ends before, at the median, and outside the years for which the sun is computed.
    """
    finish_s, start = way.clock.total_at(0.0), start_at.astimezone(UTC)
    if finish_s < SHORTEST_S or not FIRST_YEAR < start.year < LAST_YEAR:
        return None
    nights = later_nights_s(sky_over(place, start, 0.0, finish_s + _DAY_S))
    passed_s = finish_s * (way.pacing.share[1:] + way.pacing.share[:-1]) / 2
    dark = np.zeros(len(passed_s), dtype=np.bool_)
    for begin_s, end_s in nights:
        dark |= (passed_s >= begin_s) & (passed_s < end_s)
    return SECOND_NIGHT * dark.astype(np.float64) if dark.any() else None


def later_nights_s(sky: Sky) -> list[tuple[float, float]]:
    """Dusk and dawn of the second night and those after it, in seconds after the start."""
    begins = [t for t in sky.crossings(CIVIL_DEG, rising=False).tolist() if t > 0]
    ends = [t for t in sky.crossings(CIVIL_DEG, rising=True).tolist() if t > 0]
    has_had_one = False
    if sky.is_below(CIVIL_DEG):
        has_had_one = not ends or ends[0] >= _A_NIGHT_S
        ends = ends[1:]
    nights = list(zip_longest(begins, ends[: len(begins)], fillvalue=float(sky.at_s[-1])))
    return nights if has_had_one else nights[1:]
