"""Activities of the evaluation data (arrays t, d, ele, turn; sport; day) as the kernel sees them, computed once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Final

import numpy as np

from kernel.fitted import Kind
from kernel.pace.features import ActivityFeatures, features_of_paced_route
from kernel.pace.population import KIND_OF_SPORT
from kernel.tracks import Recording, RouteGeometry, route_from_arrays
from kernel.tracks.track import FloatArray

SPLIT_M: Final = 1000.0
SHORTEST_SPLIT_M: Final = 200.0

_FIRST_DAY: Final = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, eq=False)
class KilometreSplits:
    """What Strava shows of an activity: metres, net rise in metres and moving seconds per kilometre, one array each."""

    length_m: FloatArray
    rise_m: FloatArray
    moving_s: FloatArray

    @property
    def gradient(self) -> FloatArray:
        """Net rise over length."""
        return self.rise_m / self.length_m

    @property
    def s_per_km(self) -> FloatArray:
        """Pace."""
        return 1000.0 * self.moving_s / self.length_m


@dataclass(frozen=True, eq=False)
class Outing:
    """A route, and for a past activity what is known of it."""

    route: RouteGeometry
    kind: Kind
    recording: Recording | None
    features: ActivityFeatures | None
    source: Any
    """The array that the cache key names; held so that its identity stays taken."""

    @property
    def moving_s(self) -> float:
        """Moving seconds of a past activity."""
        if self.features is None:
            raise ValueError("A route that nobody has run yet has no moving time.")
        return self.features.moving_s

    @property
    def elapsed_s(self) -> float:
        """Elapsed seconds of a past activity, pauses included."""
        if self.features is None:
            raise ValueError("A route that nobody has run yet has no elapsed time.")
        return self.features.moving_s * self.features.elapsed_ratio

    @cached_property
    def splits(self) -> KilometreSplits:
        """Kilometre splits of a past activity; a last piece below 200 m is left out."""
        if self.recording is None:
            raise ValueError("A route that nobody has run yet has no splits.")
        edges = np.append(np.arange(0.0, self.route.length_m, SPLIT_M), self.route.length_m)
        moving_s = np.diff(self.recording.moving_s_at(edges + self.recording.distance_m[0]))
        rise_m = np.diff(np.interp(edges, self.route.distance_m, self.route.elevation_m))
        kept = np.diff(edges) >= SHORTEST_SPLIT_M
        return KilometreSplits(np.diff(edges)[kept], rise_m[kept], moving_s[kept])


_known: dict[int, Outing] = {}


def outing_of(activity: Mapping[str, Any]) -> Outing:
    """The outing of an activity, or of a route when there is no `t`; cached by the identity of its distances."""
    key = id(activity["d"])
    if key not in _known:
        _known[key] = _outing(activity)
    return _known[key]


def outings_of(history: Sequence[Mapping[str, Any]]) -> list[Outing]:
    """The outings of a history, oldest first."""
    return [outing_of(activity) for activity in history]


def target_of(d: FloatArray, ele: FloatArray, sport: str, shape: Mapping[str, Any]) -> Outing:
    """The outing that a predictor is asked about."""
    return outing_of({"d": d, "ele": ele, "sport": sport, "turn": shape.get("turn")})


def _outing(activity: Mapping[str, Any]) -> Outing:
    route = route_from_arrays(activity["d"], activity["ele"])
    turn = activity.get("turn")
    if turn is not None and len(turn) == len(route.gradient):
        route = route.with_turn(turn)
    sport = activity["sport"]
    recording = features = None
    if activity.get("t") is not None:
        recording = Recording(
            time_s=activity["t"],
            distance_m=activity["d"],
            elevation_m=activity["ele"],
            started_at=_FIRST_DAY + timedelta(days=activity["day"]),
        )
        features = features_of_paced_route(recording, route, sport)
    return Outing(route, KIND_OF_SPORT[sport], recording, features, activity["d"])
