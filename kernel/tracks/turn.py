"""How much a path turns: heading changes of its simplified line, the number that tells singletrack from road."""

from __future__ import annotations

from bisect import bisect_left
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kernel.tracks.distance import local_plane_m
from kernel.tracks.elevation import grid_of, on_grid, smooth
from kernel.tracks.track import FloatArray

SIMPLIFY_M: Final = 8.0
PATH_SIGMA_M: Final = 10.0

_CHUNK: Final = 2048
_PER_M: Final = 100.0


def turn_density(edges_m: FloatArray, distance_m: FloatArray, lat_deg: FloatArray, lon_deg: FloatArray) -> FloatArray:
    """Radians of unsigned heading change per 100 m in each segment between `edges_m`.

    The path is laid on the 10 m grid, smoothed (Gaussian, 10 m) and simplified (Douglas-Peucker, 8 m); a vertex's
    heading change counts in the segment the vertex lies in. Plans and recordings go through the same simplification.
    """
    grid_m = grid_of(float(edges_m[-1]))
    east, north = local_plane_m(lat_deg, lon_deg)
    east, north = (smooth(on_grid(grid_m, distance_m, axis), PATH_SIGMA_M) for axis in (east, north))
    vertices = simplify(east, north, SIMPLIFY_M)
    heading = np.arctan2(np.diff(north[vertices]), np.diff(east[vertices]))
    change = np.abs((np.diff(heading) + np.pi) % (2 * np.pi) - np.pi)
    segment = np.searchsorted(edges_m, grid_m[vertices[1:-1]], side="right") - 1
    count = len(edges_m) - 1
    turned = np.bincount(np.clip(segment, 0, count - 1), weights=change, minlength=count)
    return np.asarray(turned * _PER_M / np.diff(edges_m), dtype=np.float64)


def simplify(east_m: FloatArray, north_m: FloatArray, tolerance_m: float) -> NDArray[np.intp]:
    """Indices of the Douglas-Peucker line: no point lies farther than `tolerance_m` from its chord.

    The path is cut into chunks of 2,048 points, which bounds the work on adversarial input; a cut that is no corner is
    taken out again. Paths within one chunk get the classical result.
    """
    last = len(east_m) - 1
    cuts = [*range(0, last, _CHUNK), last]
    line = sorted({*cuts, *_corners(east_m, north_m, np.array(cuts, dtype=np.intp), tolerance_m).tolist()})
    for cut in cuts[1:-1]:
        at = bisect_left(line, cut)
        chord = np.array([line[at - 1]]), np.array([line[at + 1]])
        if _farthest(east_m, north_m, *chord)[1][0] <= tolerance_m:
            del line[at]
    return np.array(line, dtype=np.intp)


def _corners(east_m: FloatArray, north_m: FloatArray, cuts: NDArray[np.intp], tolerance_m: float) -> NDArray[np.intp]:
    """The corners between `cuts`, found for all open spans at once: those of one depth do not depend on each other."""
    corners = [cuts[:0]]
    start, stop = cuts[:-1], cuts[1:]
    while (wide := stop - start > 1).any():
        start, stop = start[wide], stop[wide]
        corner, off_m = _farthest(east_m, north_m, start, stop)
        far = off_m > tolerance_m
        start, corner, stop = start[far], corner[far], stop[far]
        corners.append(corner)
        start, stop = np.concatenate((start, corner)), np.concatenate((corner, stop))
    return np.concatenate(corners)


def _farthest(
    east_m: FloatArray, north_m: FloatArray, start: NDArray[np.intp], stop: NDArray[np.intp]
) -> tuple[NDArray[np.intp], FloatArray]:
    """For each span the point strictly between that lies farthest from the chord, and how far.

    The chord is a segment, not an endless line. Of equally far points the first counts. Every span has one.
    """
    inner = stop - start - 1
    firsts = np.cumsum(inner) - inner
    point = np.arange(inner.sum()) + np.repeat(start + 1 - firsts, inner)
    chord_east, chord_north = east_m[stop] - east_m[start], north_m[stop] - north_m[start]
    chord_squared = chord_east * chord_east + chord_north * chord_north
    chord_squared[chord_squared == 0] = np.inf
    east, north = east_m[point] - np.repeat(east_m[start], inner), north_m[point] - np.repeat(north_m[start], inner)
    chord_east, chord_north = np.repeat(chord_east, inner), np.repeat(chord_north, inner)
    along = np.clip((east * chord_east + north * chord_north) / np.repeat(chord_squared, inner), 0.0, 1.0)
    east -= along * chord_east
    north -= along * chord_north
    off_squared = east * east + north * north
    farthest = np.maximum.reduceat(off_squared, firsts)
    hits = np.flatnonzero(off_squared == np.repeat(farthest, inner))
    worst = hits[np.searchsorted(hits, firsts)]
    return point[worst], np.sqrt(farthest)
