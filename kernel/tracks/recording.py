"""A timed activity along its distance, and how much of its time was spent moving."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from kernel.tracks.distance import cumulative_m, local_plane_m
from kernel.tracks.errors import BadGpx
from kernel.tracks.geometry import RouteGeometry, filled_elevation, route_from_arrays, segment_edges_m
from kernel.tracks.motion import moving_steps, nondecreasing, without_jumps
from kernel.tracks.track import FloatArray, Track
from kernel.tracks.turn import turn_density


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """A timed activity: arrays of one length n >= 2, neither time nor distance ever falling.

    `time_s` counts from `started_at` (aware UTC), `distance_m` from 0; positions are None when only streams are known.
    """

    time_s: FloatArray
    distance_m: FloatArray
    elevation_m: FloatArray
    started_at: datetime
    lat_deg: FloatArray | None = None
    lon_deg: FloatArray | None = None

    @property
    def elapsed_time_s(self) -> float:
        """Seconds from the first to the last point, pauses included."""
        return float(self.time_s[-1] - self.time_s[0])

    @property
    def moving_time_s(self) -> float:
        """Seconds in which the distance advanced meaningfully; see `moving_steps`."""
        return float(self.cumulative_moving_s()[-1])

    def cumulative_moving_s(self) -> FloatArray:
        """Seconds moved up to each point."""
        plane = None
        if self.lat_deg is not None and self.lon_deg is not None:
            plane = local_plane_m(self.lat_deg, self.lon_deg)
        moving = moving_steps(self.time_s, self.distance_m, self.elevation_m, plane)
        return cumulative_m(np.where(moving, np.diff(self.time_s), 0.0))

    def moving_s_at(self, distance_m: FloatArray) -> FloatArray:
        """Seconds moved when each distance is reached, any stop there included."""
        last_there = np.concatenate((np.diff(self.distance_m) > 1e-6, [True]))
        return np.interp(distance_m, self.distance_m[last_there], self.cumulative_moving_s()[last_there])


def recording_from_track(track: Track) -> Recording:
    """The recording a timed track holds.

    Times that break the order are replaced by what their neighbours say, and fixes no one can have run to are dropped.
    Raises BadGpx (`no_time`, `zero_length`) and NoElevation as `route_from_track` does.
    """
    if track.time_s is None:
        raise BadGpx("no_time", "This track has no times, so it is a plan and not a recording of an activity.")
    time_s, steps_m, track = without_jumps(nondecreasing(track.time_s), track)
    if time_s[-1] <= time_s[0]:
        raise BadGpx("no_time", "All points of this track carry the same time, so it tells no pace.")
    distance_m = cumulative_m(steps_m)
    if distance_m[-1] <= 0:
        raise BadGpx("zero_length", "This recording never leaves its start, so it tells no pace.")
    return Recording(
        time_s=time_s - time_s[0],
        distance_m=distance_m,
        elevation_m=filled_elevation(track, distance_m),
        started_at=datetime.fromtimestamp(float(time_s[0]), UTC),
        lat_deg=track.lat_deg,
        lon_deg=track.lon_deg,
    )


def route_from_recording(recording: Recording) -> RouteGeometry:
    """The route that was walked, with its turning where positions are known. Raises as `route_from_arrays` does."""
    route = route_from_arrays(recording.distance_m, recording.elevation_m)
    if recording.lat_deg is None or recording.lon_deg is None:
        return route
    edges, distance_m = segment_edges_m(route.length_m), recording.distance_m - recording.distance_m[0]
    turn = turn_density(edges, distance_m, recording.lat_deg, recording.lon_deg)
    return route.with_turn(turn)
