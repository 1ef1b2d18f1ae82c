"""The shape of a route, as a forecast needs it: heights on a 10 m grid, gradients of 100 m segments, D+, turns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from kernel.tracks import codec
from kernel.tracks.distance import cumulative_m, step_lengths_m
from kernel.tracks.elevation import (
    CLIMB_HYSTERESIS_M,
    SMOOTHING_SIGMA_M,
    climb_and_descent,
    gain_band,
    grid_of,
    on_grid,
    smooth,
)
from kernel.tracks.errors import BadGpx, NoElevation
from kernel.tracks.track import FloatArray, Track
from kernel.tracks.turn import turn_density

SEGMENT_M: Final = 100.0
STEEPEST: Final = 0.6
MAX_ROUTE_M: Final = 1_000_000.0
NEEDED_ELEVATION_SHARE: Final = 0.95

_SHORTEST_M: Final = 1.0
_FLAT_FILLER_MIN_M: Final = 1000.0
_ADD_HEIGHT: Final = (
    "Open it in a route planner that adds heights from a map and export it again, "
    "or record it with a device that measures height."
)


@dataclass(frozen=True, slots=True, eq=False)
class RouteGeometry:
    """A route without places: nothing in it says where on Earth it lies.

    `distance_m` runs evenly from 0 to the end, about 10 m apart; `elevation_m` is smoothed (Gaussian, 30 m) and rounded
    to millimetres. `segment_length_m` and `gradient` (rise over run, within +-0.6) describe segments of about 100 m;
    `turn_rad` is radians of turning per 100 m in each of them, None where the path is unknown. `gain_m` and `loss_m`
    count turning points with 2 m hysteresis; `gain_band_m` is how far other defensible readings of D+ lie apart.
    """

    distance_m: FloatArray
    elevation_m: FloatArray
    segment_length_m: FloatArray
    gradient: FloatArray
    turn_rad: FloatArray | None
    gain_m: float
    loss_m: float
    gain_band_m: tuple[float, float]

    @property
    def length_m(self) -> float:
        """Metres from start to end."""
        return float(self.distance_m[-1])

    def with_turn(self, turn_rad: FloatArray) -> RouteGeometry:
        """This route with its turning, one value per segment in radians per 100 m. Raises ValueError if it misfits."""
        if turn_rad.shape != self.gradient.shape:
            raise ValueError(f"This route has {len(self.gradient)} segments, not {len(turn_rad)} turn values.")
        return replace(self, turn_rad=codec.rounded_turn(turn_rad))

    def to_bytes(self) -> bytes:
        """A compact, versioned form for storage; `from_bytes` gives back the same numbers to the last bit."""
        counted_m = (self.gain_m, self.loss_m)
        return codec.pack(codec.Stored(self.length_m, self.elevation_m, self.turn_rad, counted_m, self.gain_band_m))

    @classmethod
    def from_bytes(cls, packed: bytes) -> RouteGeometry:
        """The route that `to_bytes` packed. Raises ValueError if these are not such bytes."""
        return _assemble(codec.unpack(packed))


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
    counted_m = climb_and_descent(smoothed, CLIMB_HYSTERESIS_M)
    turn = None if turn_rad is None else codec.rounded_turn(np.asarray(turn_rad, dtype=np.float64))
    return _assemble(codec.Stored(length_m, smoothed, turn, counted_m, gain_band(raw, counted_m[0])))


def route_from_track(track: Track) -> RouteGeometry:
    """The route a track runs, with its turning.

    Single missing heights are filled along the distance. Raises NoElevation when fewer than 95 % of the points have a
    height, or when every height is the zero some planners write for "unknown"; BadGpx as `route_from_arrays` does.
    """
    distance = cumulative_m(step_lengths_m(track.lat_deg, track.lon_deg))
    length_m = _checked_length(float(distance[-1]))
    height = filled_elevation(track, distance)
    turn = turn_density(segment_edges_m(length_m), distance, track.lat_deg, track.lon_deg)
    return route_from_arrays(distance, height, turn)


def filled_elevation(track: Track, distance_m: FloatArray) -> FloatArray:
    """A height at every point of the track, holes filled along `distance_m`. Raises NoElevation."""
    if track.elevation_m is None:
        raise NoElevation("no_elevation", f"This track has no elevation. {_ADD_HEIGHT}")
    known = np.isfinite(track.elevation_m)
    share = float(known.mean())
    if share < NEEDED_ELEVATION_SHARE:
        raise NoElevation(
            "sparse_elevation", f"Only {share:.0%} of this track's points have an elevation. {_ADD_HEIGHT}"
        )
    if distance_m[-1] >= _FLAT_FILLER_MIN_M and not track.elevation_m[known].any():
        raise NoElevation("zero_elevation", f"Every elevation in this track is 0, so it says nothing. {_ADD_HEIGHT}")
    return np.interp(distance_m, distance_m[known], track.elevation_m[known])


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
        segment_length_m=segment_length_m,
        gradient=np.clip(gradient, -STEEPEST, STEEPEST),
        turn_rad=turn_rad,
        gain_m=stored.counted_m[0],
        loss_m=stored.counted_m[1],
        gain_band_m=stored.gain_band_m,
    )
