"""How much a path turns: heading changes of its simplified line, the number that tells singletrack from road."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kernel.tracks.distance import local_plane_m
from kernel.tracks.elevation import on_grid, smooth
from kernel.tracks.track import FloatArray

SIMPLIFY_M: Final = 8.0
PATH_SIGMA_M: Final = 10.0

_CHUNK: Final = 2048
_PER_M: Final = 100.0


def turn_density(
    grid_m: FloatArray, edges_m: FloatArray, distance_m: FloatArray, lat_deg: FloatArray, lon_deg: FloatArray
) -> FloatArray:
    """Radians of unsigned heading change per 100 m in each segment between `edges_m`.

    The path is laid on the 10 m grid, smoothed (Gaussian, 10 m) and simplified (Douglas-Peucker, 8 m); a vertex's
    heading change counts in the segment the vertex lies in. Plans and recordings go through the same simplification.
    """
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
    kept = set(cuts)
    for first, end in pairwise(cuts):
        kept.update(_corners(east_m, north_m, first, end, tolerance_m))
    line = sorted(kept)
    for cut in cuts[1:-1]:
        at = line.index(cut)
        if _farthest(east_m, north_m, line[at - 1], line[at + 1])[1] <= tolerance_m:
            del line[at]
    return np.array(line, dtype=np.intp)


def _corners(east_m: FloatArray, north_m: FloatArray, first: int, end: int, tolerance_m: float) -> list[int]:
    corners: list[int] = []
    open_spans = [(first, end)]
    while open_spans:
        start, stop = open_spans.pop()
        if stop - start < 2:
            continue
        corner, off_m = _farthest(east_m, north_m, start, stop)
        if off_m > tolerance_m:
            corners.append(corner)
            open_spans += [(start, corner), (corner, stop)]
    return corners


def _farthest(east_m: FloatArray, north_m: FloatArray, start: int, stop: int) -> tuple[int, float]:
    """The point strictly between that lies farthest from the chord (a segment, not an endless line), and how far."""
    east, north = east_m[start + 1 : stop] - east_m[start], north_m[start + 1 : stop] - north_m[start]
    chord_east, chord_north = float(east_m[stop] - east_m[start]), float(north_m[stop] - north_m[start])
    chord_squared = chord_east * chord_east + chord_north * chord_north
    if chord_squared > 0:
        along = np.clip((east * chord_east + north * chord_north) / chord_squared, 0.0, 1.0)
        east, north = east - along * chord_east, north - along * chord_north
    off_squared = east * east + north * north
    worst = int(off_squared.argmax())
    return start + 1 + worst, float(off_squared[worst]) ** 0.5
