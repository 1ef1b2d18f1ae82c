"""Whether what Strava says of one activity can be true: its details are held against the list."""

from __future__ import annotations

from typing import Final, Protocol

from kernel.contracts.activity import LeftOutCode
from kernel.errors import DomainError

_DISTANCE: Final = 0.10
_LEAST_M: Final = 150.0
_TIME: Final = 0.10
_LEAST_S: Final = 120.0
_MOVING: Final = 2.0
_CLIMB: Final = 3.0
_LEAST_CLIMB_M: Final = 100.0


class Doubted(DomainError):
    """The details are not believed; `code` says why."""

    def __init__(self, code: LeftOutCode) -> None:
        super().__init__(f"What Strava says of this activity is left out: {code}.")
        self.code = code


class AsListed(Protocol):
    """What the list says of an activity, in metres and seconds; 0 where it says nothing."""

    @property
    def distance_m(self) -> float: ...
    @property
    def moving_time_s(self) -> float: ...
    @property
    def elapsed_time_s(self) -> float: ...
    @property
    def gain_m(self) -> float: ...


def same_distance(listed: AsListed, distance_m: float) -> bool:
    """Whether a distance is the list's: 10 % or 150 m apart at most."""
    return abs(distance_m - listed.distance_m) <= max(_LEAST_M, _DISTANCE * listed.distance_m)


def same_elapsed(listed: AsListed, elapsed_s: float) -> bool:
    """Whether a time from start to end is the list's: 10 % or two minutes apart at most."""
    return listed.elapsed_time_s <= 0 or abs(elapsed_s - listed.elapsed_time_s) <= max(
        _LEAST_S, _TIME * listed.elapsed_time_s
    )


def same_moving(listed: AsListed, moving_s: float) -> bool:
    """Whether a moving time can be the list's, which may count slow steps and stops otherwise: up to twice or half."""
    told_s = listed.moving_time_s
    return told_s <= 0 or told_s / _MOVING - _LEAST_S <= moving_s <= told_s * _MOVING + _LEAST_S


def same_climb(listed: AsListed, gain_m: float) -> bool:
    """Whether a climb can be the list's, which every program counts otherwise: up to three times or a third."""
    low_m, high_m = sorted((listed.gain_m, gain_m))
    return listed.gain_m <= 0 or high_m <= _LEAST_CLIMB_M or high_m <= _CLIMB * low_m
