"""When someone comes through the places on the way, and whether in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import msgspec
import numpy as np

from kernel.errors import DomainError
from kernel.fitted import Kind
from kernel.forecast.along import Drift
from kernel.forecast.distribution import Z90
from kernel.forecast.elapsed import Clock, chance_below
from kernel.forecast.pacing import Pacing
from kernel.tracks import RouteGeometry
from kernel.tracks.track import FloatArray

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


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """One way along a route, which arrivals, plans and daylight all start from.

    How its time spreads along it, what the clock shows at its end, and its checkpoints in order.
    """

    route: RouteGeometry
    kind: Kind
    pacing: Pacing
    clock: Clock
    checkpoints: Sequence[CheckpointLike]


class CheckpointBeyondRoute(DomainError):
    """A checkpoint lies past the end of the route."""

    def __init__(self, name: str, at_m: float, length_m: float) -> None:
        super().__init__(
            f"Checkpoint {name!r} is set at {at_m / 1000:.1f} km, but the route ends at {length_m / 1000:.1f} km."
        )


class CheckpointArrival(msgspec.Struct, frozen=True):
    """Arrival in seconds after the start, stops before it included.

    `p_in_time` is the chance to make its cutoff, `p_all_in_time` to make it and all before; None without a cutoff.
    """

    name: str
    at_m: float
    stop_s: float
    p10_s: float
    p50_s: float
    p90_s: float
    cutoff_s: float | None
    p_in_time: float | None
    p_all_in_time: float | None


def in_order(checkpoints: Sequence[CheckpointLike], route: RouteGeometry) -> tuple[CheckpointLike, ...]:
    """The checkpoints by distance. Raises CheckpointBeyondRoute for one more than 5 % past the end.

    One less far past it is the finish: official lengths differ from tracks.
    """
    for checkpoint in checkpoints:
        if checkpoint.at_m > _DISTANCE_TOLERANCE * route.length_m:
            raise CheckpointBeyondRoute(checkpoint.name, checkpoint.at_m, route.length_m)
    return tuple(sorted(checkpoints, key=lambda c: c.at_m))


def planned_stops_s(checkpoints: Sequence[CheckpointLike], route: RouteGeometry) -> float:
    """All planned stops; one at the finish delays nobody."""
    return sum((c.stop_s for c in checkpoints if c.at_m < route.length_m), 0.0)


def arrivals_of(
    ordered: Sequence[CheckpointLike], clock: Clock, pacing: Pacing, drift: Drift
) -> tuple[CheckpointArrival, ...]:
    """Arrivals at checkpoints in order. Unplanned stops are spread over the way in proportion to time."""
    if not ordered:
        return ()
    share = pacing.share_at(np.array([c.at_m for c in ordered]))
    spread = drift.spread_at(share)
    stopped_s = np.concatenate(([0.0], np.cumsum([c.stop_s for c in ordered])))[:-1]
    reached_s = [(stopped_s + share * clock.going_at(z * spread)).tolist() for z in (-Z90, 0.0, Z90)]
    chances = [
        None if c.cutoff_s is None else _chance(clock, c.cutoff_s - stopped, *where)
        for c, stopped, *where in zip(ordered, stopped_s.tolist(), share.tolist(), spread.tolist(), strict=True)
    ]
    joint = _joint(chances, share, drift)
    return tuple(
        CheckpointArrival(c.name, c.at_m, c.stop_s, p10_s, p50_s, p90_s, c.cutoff_s, alone, all_so_far)
        for c, p10_s, p50_s, p90_s, alone, all_so_far in zip(ordered, *reached_s, chances, joint, strict=True)
    )


def _chance(clock: Clock, left_s: float, share: float, spread: float) -> float:
    """The chance to be there within `left_s` of going."""
    if share <= 0 or left_s <= 0:
        return float(left_s >= 0)
    return chance_below(clock.score_of(left_s / share) / spread)


def _joint(chances: list[float | None], share: FloatArray, drift: Drift) -> list[float | None]:
    closing = [i for i, chance in enumerate(chances) if chance is not None]
    joint: list[float | None] = [None] * len(chances)
    if closing:
        alone = np.array([chances[i] for i in closing], dtype=np.float64)
        for i, p in zip(closing, drift.chances_of_all(share[closing], alone).tolist(), strict=True):
            joint[i] = p
    return joint
