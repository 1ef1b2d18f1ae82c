"""The shape of a route, as a forecast needs it: heights on a 10 m grid, gradients of 100 m segments, D+, turns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from kernel.tracks import codec
from kernel.tracks.climb import climb_of
from kernel.tracks.distance import along_m
from kernel.tracks.elevation import SMOOTHING_SIGMA_M, grid_of, on_grid, smooth
from kernel.tracks.errors import BadGpx
from kernel.tracks.heights import filled_heights
from kernel.tracks.hidden import unseen_climb_m
from kernel.tracks.mended import MendedTrack
from kernel.tracks.track import FloatArray, Track
from kernel.tracks.turn import turn_density

SEGMENT_M: Final = 100.0
STEEPEST: Final = 0.6
MAX_ROUTE_M: Final = 1_000_000.0

_SHORTEST_M: Final = 1.0
_MOST_CLIMB: Final = 1.5


@dataclass(frozen=True, slots=True, eq=False)
class RouteGeometry:
    """A route without places: nothing in it says where on Earth it lies.

    `distance_m` runs evenly from 0 to the end, about 10 m apart; `elevation_m` is smoothed (Gaussian, 30 m) and rounded
    to millimetres. Segments of about 100 m lie between `edges_m`, one more value than there are segments: `gradient` is
    the rise over run of each (within +-0.6), `turn_rad` its radians of turning per 100 m, None where the path is
    unknown, and `segment_length_m` how far people go in it. `gain_m` and `loss_m` are as `climb_of` reads them;
    `gain_band_m` is how far other careful readings of D+ lie apart. `way` is how many metres, of the same gradients,
    people go per metre of the line: not 1 where a file has too few points to show bends and ripples.
    """

    distance_m: FloatArray
    elevation_m: FloatArray
    edges_m: FloatArray
    segment_length_m: FloatArray
    gradient: FloatArray
    turn_rad: FloatArray | None
    gain_m: float
    loss_m: float
    gain_band_m: tuple[float, float]
    way: float = 1.0

    @property
    def length_m(self) -> float:
        """Metres of the line from start to end; its places are told along it."""
        return float(self.distance_m[-1])

    def with_turn(self, turn_rad: FloatArray) -> RouteGeometry:
        """This route with its turning, one value per segment in radians per 100 m. Raises ValueError if it misfits."""
        if turn_rad.shape != self.gradient.shape:
            raise ValueError(f"This route has {len(self.gradient)} segments, not {len(turn_rad)} turn values.")
        return replace(self, turn_rad=codec.rounded_turn(turn_rad))

    def with_way(self, way: float) -> RouteGeometry:
        """This route with so many metres to go per metre of its line, half a metre to 2."""
        return _assemble(self._stored()._replace(way=way))

    def to_bytes(self) -> bytes:
        """A compact, versioned form for storage; `from_bytes` gives back the same numbers to the last bit."""
        return codec.pack(self._stored())

    @classmethod
    def from_bytes(cls, packed: bytes) -> RouteGeometry:
        """The route that `to_bytes` packed. Raises ValueError if these are not such bytes."""
        return _assemble(codec.unpack(packed))

    def _stored(self) -> codec.Stored:
        line, counted_m = (self.length_m, self.elevation_m, self.turn_rad), (self.gain_m, self.loss_m)
        return codec.Stored(*line, counted_m, self.gain_band_m, self.way)


def route_from_arrays(
    distance_m: FloatArray, elevation_m: FloatArray, turn_rad: FloatArray | None = None
) -> RouteGeometry:
    """The route along cumulative distances (metres, never falling) with a height in metres at each.

    `turn_rad` has one value per segment of `segment_edges_m(length)`, in radians per 100 m.
    Raises BadGpx when the route has no length or more than 1,000 km, and ValueError for arrays that do not fit.
    """
    distance, height = np.asarray(distance_m, dtype=np.float64), np.asarray(elevation_m, dtype=np.float64)
    if distance.ndim != 1 or distance.shape != height.shape or len(distance) < 2:
        raise ValueError("Distance and elevation are two equally long lists of at least two numbers.")
    if not (np.isfinite(distance).all() and np.isfinite(height).all()) or (np.diff(distance) < 0).any():
        raise ValueError("Distances and elevations are finite, and distances never fall.")
    distance = distance - distance[0]
    length_m = _checked_length(float(distance[-1]))
    raw = on_grid(grid_of(length_m), distance, height)
    smoothed = codec.rounded_elevation(smooth(raw, SMOOTHING_SIGMA_M))
    climb = climb_of(distance, height)
    turn = None if turn_rad is None else codec.rounded_turn(np.asarray(turn_rad, dtype=np.float64))
    return _assemble(codec.Stored(length_m, smoothed, turn, (climb.gain_m, climb.loss_m), climb.band_m))


def route_from_track(track: Track) -> RouteGeometry:
    """The route a track runs, with its turning.

    Single missing heights are filled along the distance. Raises NoElevation as `filled_heights` does, and BadGpx as
    `route_from_arrays` does.
    """
    distance = along_m(track)
    length_m = _checked_length(float(distance[-1]))
    height = filled_elevation(track, distance)
    turn = turn_density(segment_edges_m(length_m), distance, track.lat_deg, track.lon_deg)
    return route_from_arrays(distance, height, turn)


def slopes_along(distance_m: FloatArray, elevation_m: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Lengths in metres and gradients of the segments of a profile, as a route has them."""
    grid, edges = grid_of(float(distance_m[-1])), segment_edges_m(float(distance_m[-1]))
    smoothed = smooth(on_grid(grid, distance_m, elevation_m), SMOOTHING_SIGMA_M)
    length_m = np.diff(edges)
    return length_m, np.clip(np.diff(np.interp(edges, grid, smoothed)) / length_m, -STEEPEST, STEEPEST)


def route_of(mended: MendedTrack) -> RouteGeometry:
    """The route of a mended track, its climb with what lies between points too far apart. Raises as above."""
    route = route_from_track(mended.track)
    factor, (low_m, high_m) = _hidden_climb(mended, route.gain_m), route.gain_band_m
    gain_m, loss_m = route.gain_m * factor, route.loss_m * factor
    most_m = max(high_m * factor, gain_m + unseen_climb_m(np.diff(along_m(mended.track)), gain_m))
    return replace(route, gain_m=gain_m, loss_m=loss_m, gain_band_m=(low_m, most_m))


def _hidden_climb(mended: MendedTrack, gain_m: float) -> float:
    """How many times what is told a track climbs with what lies between its points."""
    track, hidden = mended.track, mended.hidden
    if hidden is None or track.elevation_m is None:
        return 1.0
    distance = along_m(track)
    thinned = [climb_of(distance[kept], track.elevation_m[kept]).gain_m for kept in hidden.once]
    further_m = max(0.0, gain_m - sum(thinned) / len(thinned))
    return min(1.0 + hidden.climb * further_m / max(gain_m, 1.0), _MOST_CLIMB)


def filled_elevation(track: Track, distance_m: FloatArray) -> FloatArray:
    """A height at every point of the track, as `filled_heights` has it. Raises NoElevation."""
    return filled_heights(distance_m, track.elevation_m).elevation_m


def segment_edges_m(length_m: float) -> FloatArray:
    """Where the segments of about 100 m begin and end; always at least one segment."""
    return np.linspace(0.0, length_m, max(1, round(length_m / SEGMENT_M)) + 1)


def _checked_length(length_m: float) -> float:
    if length_m < _SHORTEST_M:
        raise BadGpx("zero_length", "All points of this track are the same place. Choose the file of the whole route.")
    if length_m > MAX_ROUTE_M:
        raise BadGpx(
            "too_long", "This track is longer than 1,000 km. Split it, or check it for points far off the route."
        )
    return length_m


def _assemble(stored: codec.Stored) -> RouteGeometry:
    """The route of what is stored of it. Raises ValueError if the turns misfit."""
    grid, edges, turn_rad = grid_of(stored.length_m), segment_edges_m(stored.length_m), stored.turn_rad
    if turn_rad is not None and len(turn_rad) != len(edges) - 1:
        raise ValueError(f"A route of {grid[-1]:.0f} m has {len(edges) - 1} segments, not {len(turn_rad)} turn values.")
    segment_length_m = np.diff(edges)
    gradient = np.diff(np.interp(edges, grid, stored.elevation_m)) / segment_length_m
    return RouteGeometry(
        distance_m=grid,
        elevation_m=stored.elevation_m,
        edges_m=edges,
        segment_length_m=segment_length_m * stored.way,
        gradient=np.clip(gradient, -STEEPEST, STEEPEST),
        turn_rad=turn_rad,
        gain_m=stored.counted_m[0],
        loss_m=stored.counted_m[1],
        gain_band_m=stored.gain_band_m,
        way=stored.way,
    )
