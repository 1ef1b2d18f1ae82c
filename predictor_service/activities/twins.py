"""One outing that was told twice: by a file and by Strava, or by two devices.

Strava tells a start that its athlete hides as one second past midnight of the day there, written as if it were UTC.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Container, Sequence
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Final, Protocol, TypeVar
from uuid import UUID

TOLD_TWICE: Final = "same_outing"
"""Why an activity does not count of whose outing there is a better telling."""
SAME_START: Final = timedelta(seconds=60)
SAME_DISTANCE: Final = 0.03
_HIDDEN: Final = time(0, 0, 1)
_BEFORE_HIDDEN: Final = timedelta(hours=14)
_AFTER_HIDDEN: Final = timedelta(hours=36)
"""How far from the midnight that is told the true start may lie: a day, wherever on Earth it was."""
AROUND: Final = _AFTER_HIDDEN + SAME_START
"""Two tellings of one outing never start farther apart."""

_HIDDEN_S: Final = 30.0
_HIDDEN_SHARE: Final = 0.01
_BY_TWO_DEVICES: Final = timedelta(seconds=120)
_TWO_DEVICES_DISTANCE: Final = 0.05
_RANK: Final = {"file": 0, "streams": 1, "splits": 2}


class Told(Protocol):
    """What two tellings of an outing agree in: aware UTC, metres, seconds."""

    @property
    def started_at(self) -> datetime: ...
    @property
    def distance_m(self) -> float: ...
    @property
    def elapsed_time_s(self) -> float: ...


class Kept(Told, Protocol):
    """A stored activity."""

    @property
    def id(self) -> UUID: ...
    @property
    def features_source(self) -> str | None: ...
    @property
    def switched_off_at(self) -> datetime | None: ...


T = TypeVar("T", bound=Told)
K = TypeVar("K", bound=Kept)


def same_outing(strava: Told, file: Told) -> bool:
    """Whether what Strava tells and what a file tells are one outing.

    They begin within a minute of each other and agree in distance within 3 %; where the start is hidden, the file's
    day may be that day, and the time from start to end agrees within 30 s or 1 %.
    """
    apart = file.started_at - strava.started_at
    if not _is_close(strava.distance_m, file.distance_m, SAME_DISTANCE):
        return False
    if abs(apart) <= SAME_START:
        return True
    apart_s = abs(strava.elapsed_time_s - file.elapsed_time_s)
    return (
        strava.started_at.time() == _HIDDEN
        and -_BEFORE_HIDDEN <= apart <= _AFTER_HIDDEN
        and apart_s <= max(_HIDDEN_S, _HIDDEN_SHARE * file.elapsed_time_s)
    )


def twin_among(by_start: Sequence[T], file: Told, taken: Container[T] = ()) -> T | None:
    """Of tellings in the order of their starts the nearest that is the file's outing and is not taken."""
    first = bisect_left(by_start, file.started_at - AROUND, key=_start)
    last = bisect_right(by_start, file.started_at + AROUND, key=_start)
    same = [one for one in by_start[first:last] if one not in taken and same_outing(one, file)]
    return min(same, key=lambda one: abs(one.started_at - file.started_at), default=None)


def told_again(kept: Sequence[K]) -> set[UUID]:
    """Of activities in the order of their starts, those that are the outing of a better one.

    They begin within two minutes of each other, while both last, and agree in distance within 5 %. One that is switched
    off is better than any, as it stands for the outing; a file is better than streams, streams are better than
    kilometres, and then the first one is.
    """
    again: set[UUID] = set()
    starts = [one.started_at for one in kept]
    # hardly any begin so soon after another
    for at in [at for at, (one, after) in enumerate(pairwise(starts)) if after - one <= _BY_TWO_DEVICES]:
        one, until, next_at = kept[at], starts[at] + _BY_TWO_DEVICES, at + 1
        while next_at < len(kept) and (other := kept[next_at]).started_at <= until:
            if one.id not in again and other.id not in again and _at_once(one, other):
                again.add(max(one, other, key=_poorness).id)
            next_at += 1
    return again


def _at_once(one: Told, later: Told) -> bool:
    """Two hidden starts of a day are always the same: they say nothing."""
    apart = later.started_at - one.started_at
    lasts_s = min(one.elapsed_time_s, later.elapsed_time_s)
    close = _is_close(one.distance_m, later.distance_m, _TWO_DEVICES_DISTANCE)
    return close and one.started_at.time() != _HIDDEN and apart.total_seconds() <= lasts_s


def _start(told: Told) -> datetime:
    return told.started_at


def _poorness(one: Kept) -> tuple[bool, int, UUID]:
    return one.switched_off_at is None, _RANK.get(one.features_source or "", len(_RANK)), one.id


def _is_close(one_m: float, other_m: float, share: float) -> bool:
    return abs(one_m - other_m) <= share * max(one_m, other_m)
