"""The legs of a recording that were gone on foot, each cleaned of fixes that cannot be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from kernel.tracks.distance import cumulative_m, local_plane_m, step_lengths_m
from kernel.tracks.legs import runs, vehicle_steps
from kernel.tracks.motion import without_jumps
from kernel.tracks.standing import without_wandering
from kernel.tracks.track import FloatArray, Track

_JUMP_M: Final = 1.0


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What was cut out of a recording: its distance and time as recorded, a hole's in a straight line."""

    kind: Literal["transfer", "vehicle"]
    distance_m: float
    time_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Leg:
    """A part that was gone on foot: columns of one length; `distance_m` counts from 0, times from the epoch.

    `counted_m` is what the device counted, None when a fix of the leg had to be dropped.
    """

    time_s: FloatArray
    distance_m: FloatArray
    elevation_m: FloatArray
    lat_deg: FloatArray
    lon_deg: FloatArray
    counted_m: FloatArray | None

    def part(self, begin: int, end: int) -> Leg:
        """Its points from one index to before another."""
        here = slice(begin, end)
        return Leg(
            self.time_s[here],
            self.distance_m[here] - self.distance_m[begin],
            self.elevation_m[here],
            self.lat_deg[here],
            self.lon_deg[here],
            None if self.counted_m is None else self.counted_m[here],
        )


def legs_on_foot(
    track: Track, time_s: FloatArray, elevation_m: FloatArray, counted_m: FloatArray | None, cut: NDArray[np.bool_]
) -> tuple[list[Leg], list[LeftOut]]:
    """The legs between the steps that are cut, without vehicles, and what was left out. Times never fall."""
    steps_m, steps_s = step_lengths_m(track.lat_deg, track.lon_deg), np.diff(time_s)
    cuts = [LeftOut("transfer", float(m), float(s)) for m, s in zip(steps_m[cut], steps_s[cut], strict=True)]
    legs: list[Leg] = []
    for begin, end in _between(cut):
        here = slice(begin, end)
        part = replace(
            track,
            lat_deg=track.lat_deg[here],
            lon_deg=track.lon_deg[here],
            elevation_m=elevation_m[here],
            time_s=time_s[here],
        )
        for leg in _without_jumps(part, time_s[here], None if counted_m is None else counted_m[here], cuts):
            legs += _without_vehicles(leg, cuts)
    return legs, cuts


def end_to_end(columns: Sequence[FloatArray]) -> FloatArray:
    """Columns of legs as one: each goes on where the one before stopped."""
    whole: FloatArray = columns[0] - columns[0][0]
    for column in columns[1:]:
        whole = np.append(whole, whole[-1] + column - column[0])
    return whole


def _between(cut: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """The points of each leg between steps that are cut, as indices; of two points at least."""
    return [(begin, end + 1) for begin, end in runs(~cut)]


def _without_jumps(track: Track, time_s: FloatArray, counted_m: FloatArray | None, cuts: list[LeftOut]) -> list[Leg]:
    kept_s, steps_m, kept = without_jumps(time_s, track)
    heights = kept.elevation_m if kept.elevation_m is not None else np.zeros(len(kept_s))
    whole_m = step_lengths_m(kept.lat_deg, kept.lon_deg)
    jumped = (steps_m == 0) & (whole_m > _JUMP_M)
    leg = Leg(
        time_s=kept_s,
        distance_m=cumulative_m(without_wandering(kept_s, steps_m, heights, local_plane_m(kept.lat_deg, kept.lon_deg))),
        elevation_m=heights,
        lat_deg=kept.lat_deg,
        lon_deg=kept.lon_deg,
        counted_m=counted_m if len(kept_s) == len(time_s) and not jumped.any() else None,
    )
    lasts_s = np.diff(kept_s)
    cuts += [LeftOut("transfer", float(whole_m[at]), float(lasts_s[at])) for at in np.flatnonzero(jumped)]
    return [leg.part(begin, end) for begin, end in _between(jumped)]


def _without_vehicles(leg: Leg, cuts: list[LeftOut]) -> list[Leg]:
    driven = vehicle_steps(leg.time_s, local_plane_m(leg.lat_deg, leg.lon_deg), leg.elevation_m)
    for begin, end in runs(driven):
        lasts_s = float(leg.time_s[end] - leg.time_s[begin])
        cuts.append(LeftOut("vehicle", float(leg.distance_m[end] - leg.distance_m[begin]), lasts_s))
    return [leg.part(begin, end) for begin, end in _between(driven)]
