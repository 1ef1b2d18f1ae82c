"""The times along the way for a watch's virtual partner or another planner: the course with a time at every point."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import gpxpy.gpx
import numpy as np

from kernel.contracts.prediction import Prediction
from kernel.units import format_hms
from kernel.zones import later
from takealong.along import Timeline
from takealong.course import Points
from takealong.words import one_line

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""What times count from when no start is known: planners and watches look at differences only."""


def plan_gpx(name: str, points: Points, prediction: Prediction, timeline: Timeline, start: datetime | None) -> str:
    """GPX 1.1 with the plan's times where there is a plan, else the forecast's; checkpoints are waypoints."""
    begin = start or EPOCH
    document = gpxpy.gpx.GPX()
    document.creator = "ayda"
    document.name = one_line(name)
    document.description = f"Times {'planned for a goal' if prediction.plan else 'forecast'} by ayda"
    document.time = begin.astimezone(UTC)
    document.waypoints.extend(_waypoints(points, prediction, timeline, begin))
    drawn = gpxpy.gpx.GPXTrack(name=one_line(name))
    drawn.segments.append(_segment(points, timeline, begin))
    document.tracks.append(drawn)
    return str(document.to_xml(version="1.1"))


def moment(begin: datetime, after_s: float) -> datetime:
    """The instant so long after the begin, in UTC, to the second."""
    return later(begin.astimezone(UTC), round(after_s))


def _segment(points: Points, timeline: Timeline, begin: datetime) -> gpxpy.gpx.GPXTrackSegment:
    segment = gpxpy.gpx.GPXTrackSegment()
    columns = (points.lat_deg, points.lon_deg, points.elevation_m, timeline.at(points.at_m))
    for lat, lon, height, after_s in zip(*(column.tolist() for column in columns), strict=True):
        elevation = None if np.isnan(height) else round(height, 1)
        segment.points.append(gpxpy.gpx.GPXTrackPoint(lat, lon, elevation=elevation, time=moment(begin, after_s)))
    return segment


def _waypoints(
    points: Points, prediction: Prediction, timeline: Timeline, begin: datetime
) -> Iterator[gpxpy.gpx.GPXWaypoint]:
    for checkpoint in prediction.checkpoints:
        lat, lon = points.at(checkpoint.at_m)
        reached_s = timeline.reached_s(checkpoint.at_m)
        eta = checkpoint.eta_s
        between = f"8 in 10 times between {format_hms(eta.p10)} and {format_hms(eta.p90)} after the start"
        yield gpxpy.gpx.GPXWaypoint(
            lat,
            lon,
            time=moment(begin, reached_s),
            name=one_line(checkpoint.name),
            description=f"{checkpoint.at_m / 1000:.1f} km, {format_hms(reached_s)}; {between}",
        )
