"""Heights that the ground cannot have: found by their neighbours, left out or set right.

The profile is cut at its cliffs, steps that no one walks. Of the pieces between them the longest chain is believed
whose members follow each other without a cliff. What is left is either a false reading (a zero, 8191.8 m, a spike),
which is left out, or a profile of its own that only lies higher or lower (a barometer set anew), which is moved.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernel.tracks.chains import longest_chain, pieces_between
from kernel.tracks.errors import NoElevation
from kernel.tracks.findings import Finding
from kernel.tracks.track import FloatArray, robust_sd

NEEDED_SHARE: Final = 0.95
"""Of the points that must have a height, where a hole between them is long."""

_LEAST_SHARE: Final = 0.2
_LONG_HOLE_M: Final = 200.0
_NOTICED_HOLE_M: Final = 60.0
_BELIEVED_SHARE: Final = 0.8
_FLAT_FILLER_MIN_M: Final = 1000.0
_HIGHEST_WAY_M: Final = 6500.0
"""No kilometre of level way lies higher."""
_ADD_HEIGHT: Final = (
    "Open it in a route planner that adds heights from a map and export it again, "
    "or record it with a device that measures height."
)
_CLIFF_M: Final = 20.0
_CLIFF_GRADIENT: Final = 2.0
_CLIFF_NOISES: Final = 6.0
_ZERO_CLIFF_M: Final = 4.0
_ZERO_CLIFF_GRADIENT: Final = 0.5
_SPIKE_M: Final = 8.0
_SPIKE_GRADIENT: Final = 0.6
_SPIKE_NOISES: Final = 12.0
_MOST_PIECES: Final = 400
_SHORT_SHARE: Final = 0.02
_SHORT_POINTS: Final = 20
_ALIVE: Final = 0.2


class Mended(NamedTuple):
    """The heights, nan where none is believed, and what was done to them."""

    elevation_m: FloatArray
    findings: tuple[Finding, ...]


def filled_heights(distance_m: FloatArray, elevation_m: FloatArray | None) -> Mended:
    """A height at every point, false ones left out and holes filled along `distance_m`.

    Raises NoElevation when fewer than 95 % of the points have a height and more than 200 m are without (or fewer than
    20 % have one), when a fifth of the heights is false, or when every one is the zero that some planners write for
    "unknown", or one height where nobody goes.
    """
    if elevation_m is None:
        raise NoElevation("no_elevation", f"This track has no elevation. {_ADD_HEIGHT}")
    known = np.isfinite(elevation_m)
    share, holes_m = float(known.mean()), _holes_m(distance_m, known)
    if share < (NEEDED_SHARE if holes_m.max(initial=0.0) > _LONG_HOLE_M else _LEAST_SHARE):
        raise NoElevation(
            "sparse_elevation", f"Only {share:.0%} of this track's points have an elevation. {_ADD_HEIGHT}"
        )
    if distance_m[-1] >= _FLAT_FILLER_MIN_M and (filler := _filler(elevation_m[known])) is not None:
        sentence = f"Every elevation in this track is {filler:g}, so it says nothing."
        raise NoElevation("zero_elevation", f"{sentence} {_ADD_HEIGHT}")
    mended = mended_heights(distance_m, elevation_m)
    believed = np.isfinite(mended.elevation_m)
    if (share := float(believed.sum() / known.sum())) < _BELIEVED_SHARE:
        sentence = f"Only {share:.0%} of this track's elevations can be true; the others are leaps no ground makes."
        raise NoElevation("sparse_elevation", f"{sentence} {_ADD_HEIGHT}")
    if believed.all():
        return mended
    filled_m = np.interp(distance_m, distance_m[believed], mended.elevation_m[believed])
    return Mended(filled_m, (*_missing(holes_m), *mended.findings))


def _filler(known_m: FloatArray) -> float | None:
    """What stands for "unknown" in all of these heights, if anything does."""
    first_m = float(known_m[0])
    everywhere = not np.any(known_m != first_m)
    return first_m if everywhere and (first_m == 0.0 or first_m > _HIGHEST_WAY_M) else None


def _holes_m(distance_m: FloatArray, known: NDArray[np.bool_]) -> FloatArray:
    """Metres of each stretch without heights, the ones at the ends from the first point and to the last."""
    at_m = distance_m[known]
    before = np.diff(np.flatnonzero(known)) > 1
    ends_m = np.array([at_m[0] - distance_m[0], distance_m[-1] - at_m[-1]]) if len(at_m) else np.zeros(0)
    holes_m: FloatArray = np.concatenate((np.diff(at_m)[before], ends_m))
    return holes_m


def _missing(holes_m: FloatArray) -> tuple[Finding, ...]:
    noticed_m = holes_m[holes_m > _NOTICED_HOLE_M]
    return (Finding("heights_missing", {"length_m": round(float(noticed_m.sum()), 1)}),) if len(noticed_m) else ()


def mended_heights(distance_m: FloatArray, elevation_m: FloatArray) -> Mended:
    """Heights (metres, nan where unknown) along distances that never fall, without what no ground can be.

    A profile that has nothing of the kind comes back unchanged, to the last bit.
    """
    known = np.flatnonzero(np.isfinite(elevation_m))
    if len(known) < 3:
        return Mended(elevation_m, ())
    at_m, height_m = distance_m[known], elevation_m[known]
    false = _spikes(at_m, height_m)
    rest = np.flatnonzero(~false)
    pieces = pieces_between(_cliffs(at_m[rest], height_m[rest]))
    if len(pieces) == 1 and not false.any():
        return Mended(elevation_m, ())
    moved_m = np.zeros(len(known))
    if len(pieces) <= _MOST_PIECES:
        false[rest], moved_m[rest] = _judged(at_m[rest], height_m[rest], pieces)
    mended = elevation_m.copy()
    mended[known] += moved_m
    mended[known[false]] = np.nan
    return Mended(mended, _found(false, at_m, moved_m))


def _found(false: NDArray[np.bool_], at_m: FloatArray, moved_m: FloatArray) -> tuple[Finding, ...]:
    findings = []
    if false.any():
        figures = {"count": float(false.sum()), "length_m": round(_length_of(false, at_m), 1)}
        findings.append(Finding("heights_filled", figures))
    if (steps := np.diff(moved_m[~false])).any():
        largest_m = float(np.abs(steps).max())
        findings.append(
            Finding("height_steps", {"count": float(np.count_nonzero(steps)), "height_m": round(largest_m, 1)})
        )
    return tuple(findings)


def _length_of(false: NDArray[np.bool_], at_m: FloatArray) -> float:
    """Metres of the way between points of which one is false."""
    return float(np.diff(at_m)[false[1:] | false[:-1]].sum())


def _cliffs(at_m: FloatArray, height_m: FloatArray) -> NDArray[np.bool_]:
    """Which steps are too high for any ground, given how restless the whole profile is; a step to exact zero sooner."""
    step_m, run_m = np.abs(np.diff(height_m)), np.diff(at_m)
    restless_m = _CLIFF_NOISES * _sd_of_moves(step_m)
    high = step_m > _CLIFF_M + restless_m + _CLIFF_GRADIENT * run_m
    zero = height_m == 0.0
    to_zero = (zero[1:] != zero[:-1]) & (step_m > _ZERO_CLIFF_M + restless_m + _ZERO_CLIFF_GRADIENT * run_m)
    cliffs: NDArray[np.bool_] = high | to_zero
    return cliffs


def _sd_of_moves(step_m: FloatArray) -> float:
    """How the steps spread that are none of level ground: many devices repeat a height until they have a new one."""
    moves = step_m[step_m > 0]
    return robust_sd(moves) if len(moves) else 0.0


def _judged(
    at_m: FloatArray, height_m: FloatArray, pieces: Sequence[tuple[int, int]]
) -> tuple[NDArray[np.bool_], FloatArray]:
    """Which points are false, and by how many metres each is to be moved."""
    chain = _believed(at_m, height_m, pieces)
    false, moved_m = np.zeros(len(at_m), dtype=np.bool_), np.zeros(len(at_m))
    anchor: int | None = None
    for piece, (start, stop) in enumerate(pieces):
        if piece not in chain and not _is_profile(height_m[start:stop], len(at_m)):
            false[start:stop] = True
            continue
        if anchor is not None:
            step_m = float(height_m[start] - height_m[anchor])
            apart = abs(step_m) > _CLIFF_M + _CLIFF_GRADIENT * float(at_m[start] - at_m[anchor])
            moved_m[start:] = moved_m[anchor] - (step_m if apart else 0.0)
        anchor = stop - 1
    return false, moved_m


def _is_profile(height_m: FloatArray, count: int) -> bool:
    """Whether a piece is long and lively enough to be ground that only lies at another level."""
    long_enough = len(height_m) >= max(_SHORT_POINTS, _SHORT_SHARE * count)
    return long_enough and float(np.count_nonzero(np.diff(height_m))) > _ALIVE * len(height_m)


def _believed(at_m: FloatArray, height_m: FloatArray, pieces: Sequence[tuple[int, int]]) -> frozenset[int]:
    """The pieces, in order, that have the most points among those each of which follows the one before it."""
    starts, stops = np.array(pieces).T

    def follows(piece: int, earlier: NDArray[np.intp]) -> NDArray[np.bool_]:
        start, last = starts[piece], stops[earlier] - 1
        reach_m = _CLIFF_M / 2 + _CLIFF_GRADIENT / 2 * (at_m[start] - at_m[last])
        near: NDArray[np.bool_] = np.abs(height_m[start] - height_m[last]) <= reach_m
        return near

    return longest_chain([_weight(height_m[start:stop]) for start, stop in pieces], follows)


def _weight(height_m: FloatArray) -> float:
    """How much a piece is worth: its points, less than nothing for one that repeats a height for ever or is zero."""
    alive = len(height_m) < 3 or np.count_nonzero(np.diff(height_m)) > 0
    return float(len(height_m)) if alive and height_m.any() else -1.0


def _spikes(at_m: FloatArray, height_m: FloatArray) -> NDArray[np.bool_]:
    """Single points that stand out from the line between their neighbours far more than points of this profile do.

    The neighbours must fit each other; of two such points side by side the farther one is the spike.
    """
    spikes = np.zeros(len(at_m), dtype=np.bool_)
    if len(at_m) < 3:
        return spikes
    before_m, after_m = np.diff(at_m)[:-1], np.diff(at_m)[1:]
    share = np.where(before_m + after_m > 0, before_m / np.maximum(before_m + after_m, 1e-9), 0.5)
    off_m = np.abs(height_m[1:-1] - (height_m[:-2] + share * (height_m[2:] - height_m[:-2])))
    usual_m = _SPIKE_NOISES * robust_sd(off_m)
    fit = np.abs(height_m[2:] - height_m[:-2]) <= _CLIFF_M / 2 + _CLIFF_GRADIENT / 2 * (before_m + after_m)
    out = fit & (off_m > _SPIKE_M + usual_m + _SPIKE_GRADIENT * np.minimum(before_m, after_m))
    padded = np.concatenate(([0.0], off_m, [0.0]))
    spikes[1:-1] = out & (off_m >= padded[:-2]) & (off_m >= padded[2:])
    return spikes
