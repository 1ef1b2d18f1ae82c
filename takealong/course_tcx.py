"""A course for a watch (TCX), its checkpoints as course points that the watch counts down to.

The order of elements and the longest names are those of Garmin's schema TrainingCenterDatabase v2.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from html import escape
from typing import Final

import numpy as np

from kernel.contracts.prediction import CheckpointForecast, Prediction
from kernel.units import format_hms
from takealong.along import Timeline
from takealong.course import Points
from takealong.plan_gpx import EPOCH, moment
from takealong.words import one_line

_NAMESPACE: Final = "http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"
_LONGEST_NAME: Final = 15
_LONGEST_POINT_NAME: Final = 10


def course_tcx(name: str, points: Points, prediction: Prediction, timeline: Timeline, start: datetime | None) -> str:
    """The course with a time at every point: the plan's where there is a plan, else the forecast's."""
    begin = start or EPOCH
    total_s = float(timeline.p50[-1])
    return "".join(
        (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<TrainingCenterDatabase xmlns="{_NAMESPACE}"><Courses><Course>',
            f"<Name>{_name(name, _LONGEST_NAME)}</Name><Lap><TotalTimeSeconds>{total_s:.0f}</TotalTimeSeconds>",
            f"<DistanceMeters>{points.at_m[-1]:.1f}</DistanceMeters>",
            _position("BeginPosition", float(points.lat_deg[0]), float(points.lon_deg[0])),
            _position("EndPosition", float(points.lat_deg[-1]), float(points.lon_deg[-1])),
            "<Intensity>Active</Intensity></Lap><Track>",
            *_track(points, timeline, begin),
            "</Track>",
            *(_course_point(checkpoint, points, timeline, begin) for checkpoint in prediction.checkpoints),
            "</Course></Courses></TrainingCenterDatabase>\n",
        )
    )


def _track(points: Points, timeline: Timeline, begin: datetime) -> Iterator[str]:
    columns = (points.lat_deg, points.lon_deg, points.elevation_m, points.at_m, timeline.at(points.at_m))
    for lat, lon, height, at_m, after_s in zip(*(column.tolist() for column in columns), strict=True):
        altitude = "" if np.isnan(height) else f"<AltitudeMeters>{height:.1f}</AltitudeMeters>"
        yield (
            f"<Trackpoint><Time>{_instant(begin, after_s)}</Time>{_position('Position', lat, lon)}{altitude}"
            f"<DistanceMeters>{at_m:.1f}</DistanceMeters></Trackpoint>"
        )


def _course_point(checkpoint: CheckpointForecast, points: Points, timeline: Timeline, begin: datetime) -> str:
    after_s = timeline.reached_s(checkpoint.at_m)
    notes = f"{one_line(checkpoint.name)}: {checkpoint.at_m / 1000:.1f} km, {format_hms(after_s)} after the start"
    return (
        f"<CoursePoint><Name>{_name(checkpoint.name, _LONGEST_POINT_NAME)}</Name>"
        f"<Time>{_instant(begin, after_s)}</Time>{_position('Position', *points.at(checkpoint.at_m))}"
        f"<PointType>Generic</PointType><Notes>{escape(notes)}</Notes></CoursePoint>"
    )


def _position(element: str, lat_deg: float, lon_deg: float) -> str:
    return (
        f"<{element}><LatitudeDegrees>{lat_deg:.6f}</LatitudeDegrees>"
        f"<LongitudeDegrees>{lon_deg:.6f}</LongitudeDegrees></{element}>"
    )


def _name(text: str, most: int) -> str:
    return escape(one_line(text)[:most].strip() or "Course")


def _instant(begin: datetime, after_s: float) -> str:
    return f"{moment(begin, after_s):%Y-%m-%dT%H:%M:%SZ}"
