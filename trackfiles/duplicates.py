"""One outing that several files tell: by which rule it is one, and which of the files is kept."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from itertools import chain, product
from typing import Final

from trackfiles.outing import Outing
from trackfiles.reading import TrackFormat

SAME_START_S: Final = 120.0
SAME_DISTANCE: Final = 0.05

_HOUR_S: Final = 3600.0
_DAY_S: Final = 86_400.0
_MOST_OFFSET_S: Final = 14 * _HOUR_S
_SAME_CLOCK_S: Final = 10.0
_SHIFTED_DISTANCE: Final = 0.01
_LENGTH_CLASS: Final = 0.06  # wider than the 5 % two distances may differ
_RANK: Final[dict[TrackFormat, int]] = {"fit": 0, "tcx": 1, "gpx": 2}


def distinct(outings: Iterable[Outing]) -> tuple[list[Outing], list[tuple[Outing, Outing]]]:
    """The outings without repetitions, oldest first, and each repetition beside the one that was kept for it.

    The richer file is kept: FIT before TCX before GPX, because the first two carry the device's own distance; then the
    one with more points. The order of `outings` does not matter.
    """
    kept: dict[tuple[int, int], list[Outing]] = defaultdict(list)
    repeated: list[tuple[Outing, Outing]] = []
    for outing in sorted(outings, key=_poorness):
        day, length = _drawer(outing)
        drawers = product((day - 1, day, day + 1), (length - 1, length, length + 1))
        near = (one for drawer in drawers for one in kept.get(drawer, ()))
        twin = next((one for one in near if same_outing(one, outing)), None)
        if twin is None:
            kept[day, length].append(outing)
        else:
            repeated.append((outing, twin))
    return sorted(chain.from_iterable(kept.values()), key=_moment), repeated


def same_outing(one: Outing, other: Outing) -> bool:
    """Whether two files tell one outing.

    They do when they start within two minutes of each other, overlap in time and agree in distance within 5 %. Some
    devices write local time as if it were UTC: starts that lie whole hours apart (up to 14) are the same if the rest,
    offset by 10 s at most, agrees too: elapsed and moving time within 10 s, distance within 1 %. Offsets of half hours
    are not looked for, because laps of one loop are more often half an hour apart than time zones are.
    """
    if one.digest == other.digest:
        return True
    apart_s = abs((one.started_at - other.started_at).total_seconds())
    if apart_s <= SAME_START_S:
        return apart_s <= min(one.elapsed_s, other.elapsed_s) and _close(one, other, SAME_DISTANCE)
    beside_hour_s = abs(apart_s - round(apart_s / _HOUR_S) * _HOUR_S)
    return (
        apart_s <= _MOST_OFFSET_S + _SAME_CLOCK_S
        and beside_hour_s <= _SAME_CLOCK_S
        and abs(one.elapsed_s - other.elapsed_s) <= _SAME_CLOCK_S
        and abs(one.moving_s - other.moving_s) <= _SAME_CLOCK_S
        and _close(one, other, _SHIFTED_DISTANCE)
    )


def _drawer(outing: Outing) -> tuple[int, int]:
    """Day and length class; two files of one outing lie in one drawer or in neighbouring ones."""
    day = outing.started_at.timestamp() // _DAY_S
    return int(day), math.floor(math.log(max(outing.distance_m, 1.0)) / _LENGTH_CLASS)


def _close(one: Outing, other: Outing, share: float) -> bool:
    return abs(one.distance_m - other.distance_m) <= share * max(one.distance_m, other.distance_m)


def _poorness(outing: Outing) -> tuple[int, int, str, str]:
    return _RANK[outing.format], -outing.points, outing.digest, outing.name


def _moment(outing: Outing) -> tuple[float, str, str]:
    return outing.started_at.timestamp(), outing.digest, outing.name
