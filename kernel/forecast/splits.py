"""How a route's time falls on its kilometres and checkpoints."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol

import numpy as np

from kernel.errors import DomainError
from kernel.fitted import Kind
from kernel.forecast.distribution import TimeDistribution
from kernel.pace.population import log_relative_pace
from kernel.tracks import RouteGeometry
from kernel.tracks.track import FloatArray

SPLIT_M: Final = 1000.0

_SLOWDOWN: Final = 0.09
_SLOWDOWN_FROM_S: Final = 3600.0
_SLOWDOWN_FULL_S: Final = 7200.0
_HILLY_M_PER_KM: Final = 20.0
_WALKED_CLIMB: Final = 0.08
_WALKED_S_PER_KM: Final = 625.0
_WALKED_DESCENT: Final = -0.35
_DISTANCE_TOLERANCE: Final = 1.05


class CheckpointLike(Protocol):
    """A place on the route; `kernel.contracts.prediction.CheckpointRequest` is one."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def at_m(self) -> float:
        """Metres from the start."""

    @property
    def stop_s(self) -> float:
        """Planned stop."""

    @property
    def cutoff_s(self) -> float | None:
        """Seconds after the start at which it closes."""


class CheckpointBeyondRoute(DomainError):
    """A checkpoint lies past the end of the route."""

    def __init__(self, name: str, at_m: float, length_m: float) -> None:
        super().__init__(
            f"Checkpoint {name!r} is set at {at_m / 1000:.1f} km, but the route ends at {length_m / 1000:.1f} km."
        )


@dataclass(frozen=True, slots=True)
class SplitForecast:
    """One kilometre (the last may be shorter). Quantiles in whole seconds; the medians add up to the route's."""

    from_m: float
    to_m: float
    gain_m: float
    loss_m: float
    mode: Literal["run", "walk"]
    p10_s: int
    p50_s: int
    p90_s: int


@dataclass(frozen=True, slots=True)
class CheckpointArrival:
    """Arrival in seconds after the start, stops at earlier checkpoints included."""

    name: str
    at_m: float
    p10_s: float
    p50_s: float
    p90_s: float
    cutoff_s: float | None
    p_in_time: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Pacing:
    """What share of the time has passed at each segment's end."""

    edges_m: FloatArray
    share: FloatArray

    def share_at(self, distance_m: FloatArray) -> FloatArray:
        """Share of the whole time that has passed at these distances."""
        return np.interp(distance_m, self.edges_m, self.share)


def pacing_of(route: RouteGeometry, kind: Kind, total_s: float) -> Pacing:
    """Time spread by the population's curve, with a second half about 4.5 % slower in hills beyond two hours.

    The slowdown grows from nothing at one hour, and is less on flatter ground.
    """
    length = route.segment_length_m
    effort = length * np.exp(log_relative_pace(route.gradient, kind))
    middle = (np.cumsum(effort) - effort / 2) / effort.sum()
    long = np.clip((total_s - _SLOWDOWN_FROM_S) / (_SLOWDOWN_FULL_S - _SLOWDOWN_FROM_S), 0.0, 1.0)
    hilly = np.clip(1000.0 * route.gain_m / route.length_m / _HILLY_M_PER_KM, 0.3, 1.0)
    effort = effort * np.exp(_SLOWDOWN * long * hilly * (middle - 0.5))
    share = np.concatenate(([0.0], np.cumsum(effort)))
    return Pacing(np.concatenate(([0.0], np.cumsum(length))), share / share[-1])


def splits_of(route: RouteGeometry, kind: Kind, times: TimeDistribution, pacing: Pacing) -> tuple[SplitForecast, ...]:
    """The route by kilometres."""
    marks = np.append(np.arange(0.0, route.length_m, SPLIT_M), route.length_m)
    if len(marks) > 2 and marks[-1] - marks[-2] < 1.0:
        marks = np.delete(marks, -2)
    share = np.diff(pacing.share_at(marks))
    up, down = (np.diff(np.interp(marks, route.distance_m, climbed)) for climbed in _climbed_so_far(route))
    middle = _whole_seconds(times.p50_s * share, round(times.p50_s))
    low, high = (np.rint(total * share).astype(int) for total in (times.p10_s, times.p90_s))
    walked = _walked_share(route, marks, kind, times.p50_s * np.diff(pacing.share))
    return tuple(
        SplitForecast(
            from_m=float(marks[i]),
            to_m=float(marks[i + 1]),
            gain_m=float(up[i]),
            loss_m=float(down[i]),
            mode="walk" if walked[i] > 0.5 else "run",
            p10_s=int(min(low[i], middle[i])),
            p50_s=int(middle[i]),
            p90_s=int(max(high[i], middle[i])),
        )
        for i in range(len(share))
    )


def arrivals_of(
    checkpoints: Sequence[CheckpointLike], route: RouteGeometry, times: TimeDistribution, pacing: Pacing
) -> tuple[CheckpointArrival, ...]:
    """Arrivals in order of distance, all from one draw of the route's time: who is slow stays slow.

    A checkpoint up to 5 % past the end counts as the finish (official lengths differ from tracks). Raises
    CheckpointBeyondRoute past that.
    """
    arrivals = []
    stopped_s = 0.0
    for checkpoint in sorted(checkpoints, key=lambda c: c.at_m):
        if checkpoint.at_m > _DISTANCE_TOLERANCE * route.length_m:
            raise CheckpointBeyondRoute(checkpoint.name, checkpoint.at_m, route.length_m)
        share = float(pacing.share_at(np.array([checkpoint.at_m]))[0])
        arrivals.append(_arrival(checkpoint, share, stopped_s, times))
        stopped_s += checkpoint.stop_s
    return tuple(arrivals)


def _arrival(checkpoint: CheckpointLike, share: float, stopped_s: float, times: TimeDistribution) -> CheckpointArrival:
    p_in_time = None
    if checkpoint.cutoff_s is not None:
        left_s = checkpoint.cutoff_s - stopped_s
        p_in_time = times.chance_within(left_s / share) if share > 0 else float(left_s >= 0)
    return CheckpointArrival(
        name=checkpoint.name,
        at_m=checkpoint.at_m,
        p10_s=stopped_s + share * times.p10_s,
        p50_s=stopped_s + share * times.p50_s,
        p90_s=stopped_s + share * times.p90_s,
        cutoff_s=checkpoint.cutoff_s,
        p_in_time=p_in_time,
    )


def _climbed_so_far(route: RouteGeometry) -> tuple[FloatArray, FloatArray]:
    """Metres up and down to each grid point, so shared out that the last equal the route's gain and loss."""
    steps = np.diff(route.elevation_m)

    def so_far(moves: FloatArray, total_m: float) -> FloatArray:
        raw = np.concatenate(([0.0], np.cumsum(np.maximum(moves, 0.0))))
        return raw * (total_m / raw[-1]) if raw[-1] > 0 else raw

    return so_far(steps, route.gain_m), so_far(-steps, route.loss_m)


def _walked_share(route: RouteGeometry, marks: FloatArray, kind: Kind, segment_s: FloatArray) -> FloatArray:
    """Share of each split's time that is walked.

    Runners walk a climb of 8 % or more once they are down to 1.6 m/s there (people change gait at about 2 m/s on the
    flat and at lower speeds uphill), and descents beyond 35 %.
    """
    if kind == "walk":
        return np.ones(len(marks) - 1)
    slow = 1000.0 * segment_s / route.segment_length_m >= _WALKED_S_PER_KM
    walked = (slow & (route.gradient >= _WALKED_CLIMB)) | (route.gradient < _WALKED_DESCENT)
    edges = np.concatenate(([0.0], np.cumsum(route.segment_length_m)))
    walked_s = np.diff(np.interp(marks, edges, np.concatenate(([0.0], np.cumsum(segment_s * walked)))))
    all_s = np.diff(np.interp(marks, edges, np.concatenate(([0.0], np.cumsum(segment_s)))))
    share: FloatArray = walked_s / np.maximum(all_s, 1e-9)
    return share


def _whole_seconds(seconds: FloatArray, total_s: int) -> FloatArray:
    """Rounded so that they add up to `total_s`: the largest remainders are rounded up."""
    whole = np.floor(seconds)
    missing = total_s - int(whole.sum())
    order = np.argsort(whole - seconds, kind="stable")
    whole[order[: max(0, missing)]] += 1
    if not math.isclose(whole.sum(), total_s):
        whole[int(np.argmax(whole))] += total_s - whole.sum()
    return whole.astype(int)
