"""Courses as a planner draws them, and what devices and programs do to them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from kernel.tracks import Track
from kernel.tracks.distance import cumulative_m, local_plane_m, step_lengths_m
from kernel.tracks.track import FloatArray
from kernel.tracks.turn import simplify
from tests.kernel.tracks.made_tracks import track_of


def course(length_m: float = 12_000.0, step_m: float = 20.0, *, climb_m: float = 60.0, wave_m: float = 260.0) -> Track:
    """A winding way north over hills, a point every `step_m` metres."""
    fine = np.arange(0.0, length_m + 1.0)
    heading = 0.7 * np.sin(2 * np.pi * fine / wave_m) + 0.5 * np.sin(2 * np.pi * fine / (0.31 * wave_m) + 1.0)
    north, east = cumulative_m(np.cos(heading[1:])), cumulative_m(np.sin(heading[1:]))
    at = np.append(np.arange(0.0, length_m, step_m), length_m)
    heights = 1200.0 + climb_m * np.sin(at / 700.0) + 0.3 * climb_m * np.sin(at / 210.0)
    return track_of(np.interp(at, fine, north), np.interp(at, fine, east), heights, 43.0)


def heights_of(track: Track) -> FloatArray:
    assert track.elevation_m is not None
    return track.elevation_m


def at_m(track: Track) -> FloatArray:
    return cumulative_m(step_lengths_m(track.lat_deg, track.lon_deg))


def with_heights(track: Track, heights_m: FloatArray) -> Track:
    return replace(track, elevation_m=heights_m)


def moved(track: Track, which: NDArray[np.intp] | list[int] | slice, north_m: FloatArray | float) -> Track:
    lat = track.lat_deg.copy()
    lat[which] += np.asarray(north_m) / 111_195.0
    return replace(track, lat_deg=lat)


def wavering(track: Track, sd_m: float, seed: int = 1) -> Track:
    """Each fix off by its own error."""
    off = np.random.default_rng(seed).normal(0.0, sd_m / 111_195.0, (2, len(track.lat_deg)))
    east = off[1] / np.cos(np.radians(track.lat_deg))
    return replace(track, lat_deg=track.lat_deg + off[0], lon_deg=track.lon_deg + east)


def joined(*tracks: Track) -> Track:
    """All points one after the other."""
    return Track(
        lat_deg=np.concatenate([one.lat_deg for one in tracks]),
        lon_deg=np.concatenate([one.lon_deg for one in tracks]),
        elevation_m=np.concatenate([heights_of(one) for one in tracks]),
        time_s=None,
    )


def rough_way(seed: int = 4, *, hills_m: float = 0.0) -> Track:
    """20 km with bends of every size, as a path has them, a point every 5 m; `hills_m` are those of its small hills."""
    fine, draw = np.arange(0.0, 20_001.0), np.random.default_rng(seed)
    heading, heights = np.zeros(len(fine)), 800.0 + 60.0 * np.sin(fine / 900.0)
    for wave_m in (45.0, 80.0, 140.0, 250.0, 430.0, 760.0, 1_300.0):
        marks = np.arange(0.0, 21_000.0, wave_m / 3)
        heading += 0.3 * np.interp(fine, marks, draw.normal(size=len(marks)))
        if hills_m:
            heights += hills_m * wave_m / 100.0 * np.interp(fine, marks, draw.normal(size=len(marks)))
    return track_of(np.cumsum(np.cos(heading))[::5], np.cumsum(np.sin(heading))[::5], heights[::5], 43.0)


def simplified(track: Track, tolerance_m: float) -> Track:
    """Its corners alone, as Douglas and Peucker's rule leaves them."""
    kept = simplify(*local_plane_m(track.lat_deg, track.lon_deg), tolerance_m=tolerance_m)
    return Track(track.lat_deg[kept], track.lon_deg[kept], heights_of(track)[kept], None)


def laid_out(track: Track, step_m: float) -> Track:
    """The same way with a point every `step_m` metres."""
    along_m = at_m(track)
    marks_m = np.arange(0.0, along_m[-1], step_m)
    columns = (np.interp(marks_m, along_m, column) for column in (track.lat_deg, track.lon_deg, heights_of(track)))
    return Track(*columns, None)
