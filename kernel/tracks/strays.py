"""Points that lie off a way on which nobody can have left it, and the gaps of a way."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernel.tracks.chains import longest_chain, pieces_between
from kernel.tracks.distance import EARTH_RADIUS_M, step_lengths_m
from kernel.tracks.findings import Finding
from kernel.tracks.track import FloatArray

_NOWHERE_DEG: Final = 1e-6
_FAR_FROM_NOWHERE_DEG: Final = 0.05
_JUMP_M: Final = 100.0
_JUMP_STEPS: Final = 8.0
_UNEVEN: Final = 3.0
_JUMP_UNEVEN_STEPS: Final = 30.0
_MOST_PIECES: Final = 400
_SHORT_POINTS: Final = 10
_SHORT_SHARE: Final = 0.01
_MOST_STRAY: Final = 0.05
_GAP_M: Final = 500.0
_GAP_STEPS: Final = 10.0
_WALKED_M: Final = 5000.0
_WALKED_SHARE: Final = 0.2


class Gaps(NamedTuple):
    """Which steps of a way are none, because they lead through the air; and what was found."""

    not_gone: NDArray[np.bool_]
    findings: tuple[Finding, ...]


def astray(lat_deg: FloatArray, lon_deg: FloatArray) -> NDArray[np.bool_]:
    """Which points are no places of the way: the receiver's 0/0, and a few points far off all the others."""
    nowhere = (np.abs(lat_deg) < _NOWHERE_DEG) & (np.abs(lon_deg) < _NOWHERE_DEG)
    if nowhere.any():
        away = np.maximum(np.abs(lat_deg), np.abs(lon_deg))[~nowhere]
        if not len(away) or float(np.median(away)) < _FAR_FROM_NOWHERE_DEG:
            nowhere[:] = False
    here = np.flatnonzero(~nowhere)
    stray = nowhere.copy()
    stray[here[_far_off(lat_deg[here], lon_deg[here])]] = True
    return stray


def gaps_of(step_m: FloatArray) -> Gaps:
    """The steps of a way that are kilometres long where all others are short.

    One that somebody can have gone, up to 5 km and a fifth of the rest, counts as a straight line; a longer one does
    not count.
    """
    none = np.zeros(len(step_m), dtype=np.bool_)
    usual_m = float(np.percentile(step_m, 95)) if len(step_m) else 0.0
    wide = step_m > max(_GAP_M, _GAP_STEPS * usual_m)
    if not wide.any():
        return Gaps(none, ())
    rest_m = float(step_m[~wide].sum())
    not_gone = wide & (step_m > min(_WALKED_M, _WALKED_SHARE * rest_m))
    findings = []
    for code, which in (("gaps_bridged", wide & ~not_gone), ("gaps_left_out", not_gone)):
        if which.any():
            figures = {"count": float(which.sum()), "length_m": round(float(step_m[which].sum()), 1)}
            findings.append(Finding("gaps_bridged" if code == "gaps_bridged" else "gaps_left_out", figures))
    return Gaps(not_gone, tuple(findings))


def _far_off(lat_deg: FloatArray, lon_deg: FloatArray) -> NDArray[np.bool_]:
    """Short pieces behind jumps, where the way goes on without them."""
    stray = np.zeros(len(lat_deg), dtype=np.bool_)
    if len(lat_deg) < 4:
        return stray
    step_m = step_lengths_m(lat_deg, lon_deg)
    limit_m = _jump_m(step_m)
    pieces = pieces_between(step_m > limit_m)
    if not 1 < len(pieces) <= _MOST_PIECES:
        return stray
    spot = _on_sphere_m(lat_deg, lon_deg)
    starts, stops = np.array(pieces).T

    def follows(piece: int, earlier: NDArray[np.intp]) -> NDArray[np.bool_]:
        skipped = np.linalg.norm(spot[starts[piece]] - spot[stops[earlier] - 1], axis=1)
        near: NDArray[np.bool_] = skipped <= limit_m
        return near

    chain = longest_chain([float(stop - start) for start, stop in pieces], follows)
    most = max(_SHORT_POINTS, _SHORT_SHARE * len(lat_deg))
    for piece, (start, stop) in enumerate(pieces):
        if piece not in chain and stop - start <= most:
            stray[start:stop] = True
    return stray if stray.mean() <= _MOST_STRAY else np.zeros_like(stray)


def _jump_m(step_m: FloatArray) -> float:
    """From which length on a step is a jump; a drawn line of few corners has long ones where it runs straight."""
    middle_m, usual_m = (float(np.percentile(step_m, share)) for share in (50, 95))
    steps = _JUMP_UNEVEN_STEPS if usual_m > _UNEVEN * middle_m else _JUMP_STEPS
    return max(_JUMP_M, steps * usual_m)


def _on_sphere_m(lat_deg: FloatArray, lon_deg: FloatArray) -> FloatArray:
    lat, lon = np.radians(lat_deg), np.radians(lon_deg)
    axes = (np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat))
    spots: FloatArray = EARTH_RADIUS_M * np.column_stack(axes)
    return spots
