"""Activities of the evaluation data (arrays t, d, ele, turn; sport; day) as the kernel sees them, computed once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from kernel.fitted import Kind
from kernel.pace.features import ActivityFeatures, features_of_paced_route
from kernel.pace.population import KIND_OF_SPORT
from kernel.tracks import Recording, RouteGeometry, route_from_arrays

_FIRST_DAY: Final = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Outing:
    """A route, and for a past activity what was kept of it."""

    route: RouteGeometry
    kind: Kind
    features: ActivityFeatures | None
    source: Any
    """The array that the cache key names; held so that its identity stays taken."""

    @property
    def moving_s(self) -> float:
        """Moving seconds of a past activity."""
        if self.features is None:
            raise ValueError("A route that nobody has run yet has no moving time.")
        return self.features.moving_s


_known: dict[int, Outing] = {}


def outing_of(activity: Mapping[str, Any]) -> Outing:
    """The outing of an activity, or of a route when there is no `t`; cached by the identity of its distances."""
    key = id(activity["d"])
    if key not in _known:
        _known[key] = _outing(activity)
    return _known[key]


def _outing(activity: Mapping[str, Any]) -> Outing:
    route = route_from_arrays(activity["d"], activity["ele"])
    turn = activity.get("turn")
    if turn is not None and len(turn) == len(route.gradient):
        route = route.with_turn(turn)
    sport = activity["sport"]
    features = None
    if activity.get("t") is not None:
        recording = Recording(
            time_s=activity["t"],
            distance_m=activity["d"],
            elevation_m=activity["ele"],
            started_at=_FIRST_DAY + timedelta(days=activity["day"]),
        )
        features = features_of_paced_route(recording, route, sport)
    return Outing(route, KIND_OF_SPORT[sport], features, activity["d"])
