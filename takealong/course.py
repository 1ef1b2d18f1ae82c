"""The ground a prediction is about, as far as it is known: its profile, and where it runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from kernel.contracts.prediction import Prediction, Split, TerrainSegment
from kernel.contracts.route import ElevationPoint, TrackPoint
from kernel.tracks import CourseLine, FloatArray, RouteGeometry, Track, along_m
from takealong.words import one_line

UNNAMED: Final = "Your course"
_SAME_M: Final = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """Heights in metres at metres from the start; both rise to the same length, the distances never fall."""

    distance_m: FloatArray
    elevation_m: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Where a course runs, in order: degrees, heights (nan where unknown), metres from the start."""

    lat_deg: FloatArray
    lon_deg: FloatArray
    elevation_m: FloatArray
    at_m: FloatArray

    def at(self, at_m: float) -> tuple[float, float]:
        """Latitude and longitude so far along, also across the antimeridian."""
        lat = float(np.interp(at_m, self.at_m, self.lat_deg))
        lon = float(np.interp(at_m, self.at_m, np.unwrap(self.lon_deg, period=360.0)))
        return round(lat, 7), round((lon + 180.0) % 360.0 - 180.0, 7)


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """A course by name; `profile` and `points` are None where nobody kept them."""

    name: str
    profile: Profile | None = None
    points: Points | None = None

    def of_length(self, length_m: float) -> Ground:
        """The same course, its distances stretched evenly to this length where it is drawn as another one."""
        drawn_m = [float(known[-1]) for known in self._distances() if len(known)]
        if not drawn_m or abs(length_m - drawn_m[0]) <= _SAME_M or drawn_m[0] <= 0:
            return self
        factor = length_m / drawn_m[0]
        profile = self.profile and replace(self.profile, distance_m=self.profile.distance_m * factor)
        return replace(
            self, profile=profile, points=self.points and replace(self.points, at_m=self.points.at_m * factor)
        )

    def _distances(self) -> Iterator[FloatArray]:
        if self.profile is not None:
            yield self.profile.distance_m
        if self.points is not None:
            yield self.points.at_m


@dataclass(frozen=True, slots=True, eq=False)
class Paces:
    """Median pace between the edges, metres from the start: one value fewer than there are edges."""

    edges_m: FloatArray
    s_per_km: FloatArray


def ground_of_track(name: str, track: Track, route: RouteGeometry) -> Ground:
    """The ground of a file that is at hand."""
    at_m = along_m(track)
    heights_m = np.full(len(at_m), np.nan) if track.elevation_m is None else track.elevation_m
    points = Points(track.lat_deg, track.lon_deg, heights_m, at_m)
    return Ground(one_line(name) or UNNAMED, Profile(route.distance_m, route.elevation_m), points)


def ground_of_line(name: str | None, line: CourseLine, route: RouteGeometry) -> Ground:
    """The ground of a file that a child has read: its heights are those of the smoothed profile."""
    heights_m = np.interp(line.at_m, route.distance_m, route.elevation_m)
    points = Points(line.lat_deg, line.lon_deg, heights_m, line.at_m)
    return Ground(one_line(name or "") or UNNAMED, Profile(route.distance_m, route.elevation_m), points)


def ground_told(
    name: str | None, elevation: Sequence[ElevationPoint] = (), points: Sequence[TrackPoint] = ()
) -> Ground:
    """The ground as the predictor tells it; what it does not tell is None."""
    profile = Profile(*_columns([(p.distance_m, p.elevation_m) for p in elevation])) if len(elevation) > 1 else None
    rows = [(p.lat_deg, p.lon_deg, p.elevation_m, p.distance_m) for p in points]
    return Ground(one_line(name or "") or UNNAMED, profile, Points(*_columns(rows)) if len(rows) > 1 else None)


def paces_of(prediction: Prediction) -> Paces:
    """How fast each piece is gone: its stretches, or its kilometres where those tell more."""
    stretches, kilometres = prediction.terrain, prediction.splits
    pieces: Sequence[TerrainSegment | Split] = stretches if len(stretches) >= len(kilometres) else kilometres
    edges_m = np.array([0.0, *(piece.to_m for piece in pieces)])
    moving_s = np.array([float(piece.time_s.p50) for piece in pieces])
    return Paces(edges_m, 1000.0 * moving_s / np.maximum(np.diff(edges_m), 1.0))


def _columns(rows: Sequence[tuple[float, ...]]) -> tuple[FloatArray, ...]:
    return tuple(np.array(rows, dtype=np.float64).T)
