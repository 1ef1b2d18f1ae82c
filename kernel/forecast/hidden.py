"""The time that bends and ripples take which a course has too few points to show."""

from __future__ import annotations

import numpy as np

from kernel.pace.population import log_relative_pace
from kernel.tracks import RouteGeometry
from kernel.tracks.distance import cumulative_m
from kernel.tracks.geometry import slopes_along
from kernel.tracks.hidden import closed_plane_m, lost_between
from kernel.tracks.mended import MendedTrack
from kernel.tracks.track import FloatArray


def with_hidden(route: RouteGeometry, whole: MendedTrack) -> RouteGeometry:
    """The route of a mended track, as much longer to go as what lies between its points takes by the common curve.

    Measured on the file itself: how much less time it takes when as many points again are left out. Distances stay.
    """
    track, hidden = whole.track, whole.hidden
    if hidden is None or track.elevation_m is None or track.at_m is None:
        return route
    line = closed_plane_m(track)
    shown = _effort(line, track.elevation_m)
    once, twice = (
        [_effort((line[0][kept], line[1][kept]), track.elevation_m[kept]) for kept in ways]
        for ways in (hidden.once, hidden.twice)
    )
    further = float(np.mean(once))
    if twice:
        lost = lost_between(shown, further, float(np.mean(twice)), hidden.effort)
    else:
        lost = hidden.effort * max(0.0, shown - further)
    told, mended = (_unit(*slopes_along(at_m, track.elevation_m)) for at_m in (track.at_m / whole.longer, track.at_m))
    return route.with_way((1.0 + min(lost / shown, hidden.most)) * told / mended)


def _effort(line: tuple[FloatArray, FloatArray], elevation_m: FloatArray) -> float:
    """Unit time of a course through these points."""
    return _unit(*slopes_along(cumulative_m(np.hypot(np.diff(line[0]), np.diff(line[1]))), elevation_m))


def _unit(length_m: FloatArray, gradient: FloatArray) -> float:
    return float(length_m @ np.exp(log_relative_pace(gradient, "run")))
