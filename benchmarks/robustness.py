"""How far a forecast moves when the file of a course is another one of the same course.

`python -m benchmarks.robustness [FILE.gpx ...]` lays courses out anew (back to front, simplified, at other spacings,
with errors of positions and heights) and prints by how much length, D+ and the time of a runner of 5:30/km move,
beside the goal. Without files it takes those of AYDA_EVAL_DATA/courses, and without that folder a made-up course.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from kernel.forecast import course_of, times_of
from kernel.tracks import FloatArray, Track, along_m, mended, one_course, read_gpx
from kernel.tracks.distance import EARTH_RADIUS_M, local_plane_m
from kernel.tracks.turn import simplify
from trackfiles.drawn import draw_course

GOAL_PERCENT: Final = 2.0
_PACE_S_PER_KM: Final = 330.0
_SLOW: Final = 20
_SEED: Final = 12

Remade = Callable[[Track, np.random.Generator], Track]


class Told(NamedTuple):
    """What is forecast of one file."""

    length_m: float
    gain_m: float
    time_s: float


class Row(NamedTuple):
    """By how many percent a remade file moves the forecast of a course."""

    course: str
    remade: str
    length: float
    gain: float
    time: float
    has_goal: bool


def told_of(track: Track) -> Told:
    """The forecast for a track."""
    course, _ = course_of(track)
    times = times_of(course.route, mode="trail_run", profile=None, flat_pace_s_per_km=_PACE_S_PER_KM)
    return Told(course.route.length_m, course.route.gain_m, times.p50_s)


def rows_of(name: str, track: Track) -> Iterator[Row]:
    """Each way to remake the track, and how far that moves the forecast."""
    track = mended(one_course(track)[0]).track
    plain = Track(track.lat_deg, track.lon_deg, track.elevation_m, None)
    before = told_of(plain)
    for remade, (remake, has_goal) in REMADE.items():
        after = told_of(remake(plain, np.random.default_rng(_SEED)))
        length, gain, time = (100.0 * (a / max(b, 1.0) - 1.0) for a, b in zip(after, before, strict=True))
        yield Row(name, remade, length, gain, time, has_goal)


def _picked(track: Track, which: slice | np.ndarray[tuple[int], np.dtype[np.intp]]) -> Track:
    heights = None if track.elevation_m is None else track.elevation_m[which]
    return Track(track.lat_deg[which], track.lon_deg[which], heights, None)


def _reversed(track: Track, _random: np.random.Generator) -> Track:
    return _picked(track, slice(None, None, -1))


def _simplified(tolerance_m: float) -> Remade:
    return lambda track, _random: _picked(
        track, simplify(*local_plane_m(track.lat_deg, track.lon_deg), tolerance_m=tolerance_m)
    )


def _spaced(step_m: float) -> Remade:
    def remake(track: Track, _random: np.random.Generator) -> Track:
        at_m = along_m(track)
        marks_m = np.append(np.arange(0.0, at_m[-1], step_m), at_m[-1])
        lon = np.unwrap(track.lon_deg, period=360.0)
        lat, lon, heights = (np.interp(marks_m, at_m, column) for column in (track.lat_deg, lon, _heights(track)))
        return Track(lat, (lon + 180.0) % 360.0 - 180.0, heights, None)

    return remake


def _wavering(sd_m: float, *, steps: int, spaced_m: float = 10.0) -> Remade:
    def remake(track: Track, random: np.random.Generator) -> Track:
        even = _spaced(spaced_m)(track, random)
        east, north = (_errors(random, len(even.lat_deg), sd_m, steps) for _ in range(2))
        scale = EARTH_RADIUS_M * np.cos(np.radians(even.lat_deg))
        lat, lon = even.lat_deg + np.degrees(north / EARTH_RADIUS_M), even.lon_deg + np.degrees(east / scale)
        return Track(lat, lon, even.elevation_m, None)

    return remake


def _uneven_heights(sd_m: float) -> Remade:
    def remake(track: Track, random: np.random.Generator) -> Track:
        even = _spaced(10.0)(track, random)
        return Track(even.lat_deg, even.lon_deg, _heights(even) + _errors(random, len(even.lat_deg), sd_m, 0), None)

    return remake


def _heights(track: Track) -> FloatArray:
    return np.zeros(len(track.lat_deg)) if track.elevation_m is None else track.elevation_m


def _errors(random: np.random.Generator, count: int, sd_m: float, steps: int) -> FloatArray:
    """Errors of one size, each anew, or forgotten over some `steps`."""
    fresh = random.normal(0.0, sd_m, count)
    if not steps:
        return fresh
    kept = np.exp(-1.0 / steps)
    for at in range(1, count):
        fresh[at] = kept * fresh[at - 1] + np.sqrt(1.0 - kept**2) * fresh[at]
    return fresh


REMADE: Final[Mapping[str, tuple[Remade, bool]]] = {
    "back to front": (_reversed, False),
    "simplified by 5 m": (_simplified(5.0), True),
    "simplified by 10 m": (_simplified(10.0), True),
    "a point every 10 m": (_spaced(10.0), True),
    "a point every 100 m": (_spaced(100.0), True),
    "errors of 3 m, fast": (_wavering(3.0, steps=0), True),
    "errors of 5 m, fast": (_wavering(5.0, steps=0), True),
    "errors of 3 m, slow": (_wavering(3.0, steps=_SLOW), True),
    "errors of 5 m, slow": (_wavering(5.0, steps=_SLOW), True),
    "heights off by 3 m": (_uneven_heights(3.0), True),
}
"""How a file is remade, and whether the goal is set for it."""


def _courses(paths: Sequence[str]) -> Iterator[tuple[str, Track]]:
    folder = os.environ.get("AYDA_EVAL_DATA")
    found = [*map(Path, paths)] or ([] if folder is None else sorted(Path(folder, "courses").glob("*.gpx")))
    if not found:
        yield "made up", read_gpx(draw_course())
    for path in found:
        yield path.stem, read_gpx(path.read_bytes())


def _line(row: Row) -> str:
    verdict = "" if not row.has_goal else "holds" if abs(row.time) <= GOAL_PERCENT else "MISSED"
    figures = f"{row.length:+8.2f} {row.gain:+8.1f} {row.time:+8.2f}"
    goal = f"<= {GOAL_PERCENT:.0f} %" if row.has_goal else ""
    return f"{row.course:<20} {row.remade:<20} {figures}   {goal:<7} {verdict}"


def main() -> int:
    """Print the table and how many of its rows reach the goal."""
    sys.stdout.write(f"{'course':<20} {'file':<20} {'length %':>8} {'D+ %':>8} {'time %':>8}   goal\n")
    reached, asked = 0, 0
    for name, track in _courses(sys.argv[1:]):
        for row in rows_of(name, track):
            sys.stdout.write(_line(row) + "\n")
            asked += row.has_goal
            reached += row.has_goal and abs(row.time) <= GOAL_PERCENT
    sys.stdout.write(f"{reached} of {asked} within {GOAL_PERCENT:.0f} %\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
