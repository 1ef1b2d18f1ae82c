"""When someone comes through the places on the way, and whether in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from kernel.contracts.prediction import CheckpointForecast, CheckpointRequest
from kernel.contracts.times import QuantilesS
from kernel.errors import DomainError
from kernel.fitted import Kind
from kernel.forecast.along import Drift
from kernel.forecast.distribution import Z90
from kernel.forecast.elapsed import Clock, chance_below
from kernel.forecast.pacing import Pacing
from kernel.tracks import RouteGeometry
from kernel.tracks.track import FloatArray

AT_THE_FINISH_M: Final = 50.0
"""Who is so near to the finish does not stop any more: it is what the last waypoint of a course means."""
_DISTANCE_TOLERANCE: Final = 1.05


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """One way along a route, which arrivals, plans and daylight all start from.

    How its time spreads along it, what the clock shows at its end, and its checkpoints in order.
    """

    route: RouteGeometry
    kind: Kind
    pacing: Pacing
    clock: Clock
    checkpoints: Sequence[CheckpointRequest]

    def reached_s(self, score: float) -> FloatArray:
        """Seconds after the start at each of the pacing's edges on such a day, planned stops before them included."""
        going_s = self.clock.moving_at(score) + self.clock.unplanned_at(score)
        stops = [each for each in self.checkpoints if each.at_m < self.route.length_m]
        stopped_s = np.concatenate(([0.0], np.cumsum([each.stop_s for each in stops])))
        before = np.searchsorted([each.at_m for each in stops], self.pacing.edges_m)
        reached: FloatArray = going_s * self.pacing.share + stopped_s[before]
        return reached


class CheckpointBeyondRoute(DomainError):
    """A checkpoint lies past the end of the route."""

    def __init__(self, name: str, at_m: float, length_m: float) -> None:
        super().__init__(
            f"Checkpoint {name!r} is set at {at_m / 1000:.1f} km, but the route ends at {length_m / 1000:.1f} km."
        )


def in_order(checkpoints: Sequence[CheckpointRequest], route: RouteGeometry) -> tuple[CheckpointRequest, ...]:
    """The checkpoints by distance. Raises CheckpointBeyondRoute for one more than 5 % past the end.

    One less far past it is the finish: official lengths differ from tracks.
    """
    for checkpoint in checkpoints:
        if checkpoint.at_m > _DISTANCE_TOLERANCE * route.length_m:
            raise CheckpointBeyondRoute(checkpoint.name, checkpoint.at_m, route.length_m)
    return tuple(sorted(checkpoints, key=lambda c: c.at_m))


def planned_stops_s(checkpoints: Sequence[CheckpointRequest], route: RouteGeometry) -> float:
    """All planned stops; one at the finish delays nobody."""
    return sum((c.stop_s for c in checkpoints if c.at_m < route.length_m), 0.0)


def arrivals_of(
    ordered: Sequence[CheckpointRequest], clock: Clock, pacing: Pacing, drift: Drift
) -> tuple[CheckpointForecast, ...]:
    """Arrivals at checkpoints in order, one or more. Unplanned stops are spread over the way in proportion to time."""
    share = pacing.share_at(np.array([c.at_m for c in ordered]))
    spread = drift.spread_at(share)
    stopped_s = np.concatenate(([0.0], np.cumsum([c.stop_s for c in ordered])))[:-1]
    reached_s = [(stopped_s + share * clock.going_at(z * spread)).tolist() for z in (-Z90, 0.0, Z90)]
    chances = [
        None if c.cutoff_s is None else _chance(clock, c.cutoff_s - stopped, *where)
        for c, stopped, *where in zip(ordered, stopped_s.tolist(), share.tolist(), spread.tolist(), strict=True)
    ]
    closing = (_rounded(chances), _rounded(_joint(chances, share, drift)))
    return tuple(
        CheckpointForecast(c.name, c.at_m, c.stop_s, QuantilesS(*map(round, eta_s)), c.cutoff_s, alone, all_so_far)
        for c, eta_s, alone, all_so_far in zip(ordered, zip(*reached_s, strict=True), *closing, strict=True)
    )


def _chance(clock: Clock, left_s: float, share: float, spread: float) -> float:
    """The chance to be there within `left_s` of going."""
    if share <= 0 or left_s <= 0:
        return float(left_s >= 0)
    return chance_below(clock.score_of(left_s / share) / spread)


def _rounded(chances: list[float | None]) -> list[float | None]:
    return [None if chance is None else round(chance, 4) for chance in chances]


def _joint(chances: list[float | None], share: FloatArray, drift: Drift) -> list[float | None]:
    closing = [i for i, chance in enumerate(chances) if chance is not None]
    joint: list[float | None] = [None] * len(chances)
    if closing:
        alone = np.array([chances[i] for i in closing], dtype=np.float64)
        for i, p in zip(closing, drift.chances_of_all(share[closing], alone).tolist(), strict=True):
            joint[i] = p
    return joint
