"""A timed activity along its distance, and how much of its time was spent moving."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

import numpy as np

from kernel.tracks.distance import cumulative_m, local_plane_m, step_lengths_m
from kernel.tracks.errors import BadGpx
from kernel.tracks.findings import Finding
from kernel.tracks.foot import LeftOut, Leg, end_to_end, legs_on_foot
from kernel.tracks.geometry import RouteGeometry, route_from_arrays, segment_edges_m
from kernel.tracks.heights import filled_heights
from kernel.tracks.legs import transfers
from kernel.tracks.motion import moving_steps, nondecreasing
from kernel.tracks.spacing import WIDE_M, spacing_of
from kernel.tracks.track import FloatArray, TimeFault, Track
from kernel.tracks.turn import turn_density

_NO_TIME: Final[dict[TimeFault, str]] = {
    "absent": "This track has no times, so it is a plan and not a recording of an activity.",
    "sparse": "Too few of this track's points have a time, so it tells no pace.",
    "course": "This is a course to follow, and no recording of an activity.",
    "unreadable": "The times in this track are not written in a way that can be read. Export it again.",
}
_NOWHERE: Final = "This recording never leaves its start, so it tells no pace."


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """A timed activity: arrays of one length n >= 2, neither time nor distance ever falling.

    `time_s` counts from `started_at` (aware UTC), `distance_m` from 0; positions are None when only streams are known.
    `counted_m` is what a device counted from 0 on, nan where it did not, None when fixes had to be dropped. `cuts` are
    what was left out on the way, `findings` what was wrong with its heights and set right.
    """

    time_s: FloatArray
    distance_m: FloatArray
    elevation_m: FloatArray
    started_at: datetime
    lat_deg: FloatArray | None = None
    lon_deg: FloatArray | None = None
    counted_m: FloatArray | None = None
    cuts: tuple[LeftOut, ...] = ()
    findings: tuple[Finding, ...] = ()

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


def recording_from_track(track: Track, counted_m: FloatArray | None = None) -> Recording:
    """The recording a timed track holds, of which transfers and vehicles are cut out (`kernel/tracks/legs.py`).

    `counted_m` is the distance a device counted at each point. Times that break the order are replaced by what their
    neighbours say, and fixes no one can have run to are dropped. After a cut time and distance go on where they
    stopped, and heights as if the way between had been level.

    Raises BadGpx (`no_time`, `zero_length`, `vehicle` where nothing is left) and NoElevation as `route_from_track`
    does.
    """
    time_s = nondecreasing(times_of(track))
    if time_s[-1] <= time_s[0]:
        raise BadGpx("no_time", "All points of this track carry the same time, so it tells no pace.")
    steps_m = step_lengths_m(track.lat_deg, track.lon_deg)
    if steps_m.sum() <= 0:
        raise BadGpx("zero_length", _NOWHERE)
    cut = transfers(time_s, steps_m, track.elevation_m, track.stretches, counted_m)
    heights = filled_heights(cumulative_m(steps_m), track.elevation_m)
    legs, cuts = legs_on_foot(track, time_s, heights.elevation_m, counted_m, cut)
    if not legs and any(one.kind == "vehicle" for one in cuts):
        raise BadGpx("vehicle", "This moves as a vehicle does, and not as somebody on foot.")
    if not legs:
        raise BadGpx("zero_length", _NOWHERE)
    return _with_bends(replace(_recording(legs, cuts), findings=heights.findings))


def times_of(track: Track) -> FloatArray:
    """When each point was reached. Raises BadGpx `no_time` where the track does not say, and says why."""
    if track.time_s is None:
        raise BadGpx("no_time", _NO_TIME[track.time_fault or "absent"])
    return track.time_s


def _recording(legs: Sequence[Leg], cuts: Sequence[LeftOut]) -> Recording:
    """The legs one after the other."""
    time_s, distance_m = end_to_end([leg.time_s for leg in legs]), end_to_end([leg.distance_m for leg in legs])
    if time_s[-1] <= 0:
        raise BadGpx("no_time", "All points of this track carry the same time, so it tells no pace.")
    if distance_m[-1] <= 0:
        raise BadGpx("zero_length", _NOWHERE)
    counted = [leg.counted_m for leg in legs if leg.counted_m is not None]
    return Recording(
        time_s=time_s,
        distance_m=distance_m,
        elevation_m=legs[0].elevation_m[0] + end_to_end([leg.elevation_m for leg in legs]),
        started_at=datetime.fromtimestamp(float(legs[0].time_s[0]), UTC),
        lat_deg=np.concatenate([leg.lat_deg for leg in legs]),
        lon_deg=np.concatenate([leg.lon_deg for leg in legs]),
        counted_m=end_to_end(counted) if len(counted) == len(legs) else None,
        cuts=tuple(cuts),
    )


def _with_bends(recording: Recording) -> Recording:
    """A recording whose points lie far apart cuts its bends: the way is as much longer as they are worth."""
    lat_deg, lon_deg, steps_m = recording.lat_deg, recording.lon_deg, np.diff(recording.distance_m)
    if lat_deg is None or lon_deg is None or np.median(steps_m[steps_m > 0]) < WIDE_M:
        return recording
    factor = spacing_of(Track(lat_deg, lon_deg, None, None)).length
    if factor <= 1.0:
        return recording
    longer = Finding("coarse_points", {"longer_percent": round(100.0 * (factor - 1.0), 1)})
    return replace(recording, distance_m=recording.distance_m * factor, findings=(*recording.findings, longer))


def route_from_recording(recording: Recording) -> RouteGeometry:
    """The route that was walked, with its turning where positions are known. Raises as `route_from_arrays` does."""
    route = route_from_arrays(recording.distance_m, recording.elevation_m)
    if recording.lat_deg is None or recording.lon_deg is None:
        return route
    edges, distance_m = segment_edges_m(route.length_m), recording.distance_m - recording.distance_m[0]
    turn = turn_density(edges, distance_m, recording.lat_deg, recording.lon_deg)
    return route.with_turn(turn)
