"""A course as its file means it: points that are none left out, its distance and heights set right, and what was found.

A track with nothing wrong comes back as it was.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kernel.tracks.distance import cumulative_m, step_lengths_m
from kernel.tracks.findings import Finding
from kernel.tracks.heights import filled_heights
from kernel.tracks.hidden import Hidden
from kernel.tracks.spacing import spacing_of
from kernel.tracks.standing import standing
from kernel.tracks.strays import astray, gaps_of
from kernel.tracks.track import FloatArray, Track

_NOTICED_M: Final = 50.0
_NOTICED: Final = 0.005


@dataclass(frozen=True, slots=True, eq=False)
class MendedTrack:
    """A track whose `at_m` is the way along it, what was found, and what lies between its points; nothing for most.

    `longer` is by what factor `at_m` was made longer than the steps between the points.
    """

    track: Track
    longer: float
    hidden: Hidden | None
    findings: tuple[Finding, ...]


def mended(track: Track) -> MendedTrack:
    """The course that a track means, with a height at each of its points. Raises NoElevation as `filled_heights`."""
    findings: list[Finding] = []
    stray = astray(track.lat_deg, track.lon_deg)
    if stray.any():
        track = _without(track, stray)
        findings.append(Finding("positions_left_out", {"count": float(stray.sum())}))
    stood = standing(track)
    if stood.any():
        before_m = _length_m(track)
        track = _without(track, stood)
        wandered_m = before_m - _length_m(track)
        if wandered_m > max(_NOTICED_M, _NOTICED * before_m):
            findings.append(Finding("standing_left_out", {"length_m": round(wandered_m, 1)}))
    step_m = step_lengths_m(track.lat_deg, track.lon_deg)
    gaps = gaps_of(step_m)
    spacing = spacing_of(track)
    findings += [*gaps.findings, *spacing.findings]
    longer = 1.0 if spacing.as_told else spacing.length
    at_m = cumulative_m(np.where(gaps.not_gone, 0.0, step_m)) * longer
    heights = filled_heights(at_m, track.elevation_m)
    found = (*findings, *heights.findings)
    return MendedTrack(replace(track, elevation_m=heights.elevation_m, at_m=at_m), longer, spacing.hidden, found)


def _length_m(track: Track) -> float:
    return float(step_lengths_m(track.lat_deg, track.lon_deg).sum())


def _without(track: Track, left_out: NDArray[np.bool_]) -> Track:
    """The track without some of its points; if fewer than two remain, the track."""
    kept = ~left_out
    if kept.sum() < 2:
        return track

    def of(column: FloatArray | None) -> FloatArray | None:
        return None if column is None else column[kept]

    return replace(
        track,
        lat_deg=track.lat_deg[kept],
        lon_deg=track.lon_deg[kept],
        elevation_m=of(track.elevation_m),
        time_s=of(track.time_s),
        at_m=of(track.at_m),
        stretches=(),
    )
