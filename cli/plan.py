"""The times along the way as a file: CSV for a card, GPX for a watch or another planner."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import gpxpy.gpx
import numpy as np

from cli.along import Arrival, Timeline, clock, timeline_through
from cli.course import Course
from cli.failure import Refused, write_file
from kernel.contracts.prediction import Prediction
from kernel.contracts.times import QuantilesS
from kernel.tracks import FloatArray
from kernel.tracks.distance import cumulative_m, step_lengths_m
from kernel.units import format_hms, format_pace

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""What the times of a GPX count from when no start is known: planners and watches look at differences only."""

CSV_COLUMNS: Final = ("km", "name", "gain_m", "loss_m", "pace", "stop_s", "time", "elapsed", "elapsed_s", "clock")


def write_plan(path: Path, course: Course, prediction: Prediction, forecast: Timeline, start: datetime | None) -> None:
    """Writes the plan for the goal, or the forecast where there is none, in the format the name ends in.

    Raises Refused: `plan_format` for another ending, `folder_not_found` and the like.
    """
    timeline = planned_timeline(prediction, forecast)
    ending = path.suffix.lower()
    if ending == ".csv":
        content = _csv(prediction, timeline, start)
    elif ending == ".gpx":
        content = _gpx(course, prediction, timeline, start)
    else:
        raise Refused("plan_format", f"A plan is written as .gpx or .csv; {path} ends in neither.")
    write_file(path, content.encode())


def planned_timeline(prediction: Prediction, forecast: Timeline) -> Timeline:
    """When each place is reached: as planned for the goal, or as forecast where there is none."""
    if prediction.plan is None:
        return forecast
    reached: list[Arrival] = []
    begun_s = 0.0
    for split in prediction.plan.splits:
        stops = [c for c in prediction.checkpoints if split.from_m <= c.at_m < split.to_m]
        going_s = split.time_s - sum(c.stop_s for c in stops)
        stopped_s = 0.0
        for checkpoint in stops:
            share = (checkpoint.at_m - split.from_m) / (split.to_m - split.from_m)
            reached.append(_surely(checkpoint.at_m, begun_s + share * going_s + stopped_s, checkpoint.stop_s))
            stopped_s += checkpoint.stop_s
        begun_s = split.elapsed_s
        reached.append(_surely(split.to_m, begun_s))
    return timeline_through(reached)


def _surely(at_m: float, after_s: float, stop_s: float = 0.0) -> Arrival:
    return Arrival(at_m, QuantilesS(round(after_s), round(after_s), round(after_s)), stop_s)


def _csv(prediction: Prediction, timeline: Timeline, start: datetime | None) -> str:
    text = io.StringIO()
    table = csv.DictWriter(text, CSV_COLUMNS)
    table.writeheader()
    for _, row in sorted(
        (*_split_rows(prediction, timeline), *_checkpoint_rows(prediction, timeline)), key=lambda row: row[0]
    ):
        elapsed_s = int(row["elapsed_s"])
        moment = clock(start, elapsed_s) if start is not None else ""
        table.writerow({**row, "elapsed": format_hms(elapsed_s), "clock": moment})
    return text.getvalue()


def _split_rows(prediction: Prediction, timeline: Timeline) -> Iterator[tuple[float, dict[str, str | int]]]:
    ends_m = np.array([split.to_m for split in prediction.splits])
    elapsed_s = np.rint(timeline.at(ends_m)).astype(int).tolist()
    planned = prediction.plan.splits if prediction.plan else [None] * len(elapsed_s)
    for split, plan, reached_s in zip(prediction.splits, planned, elapsed_s, strict=True):
        length_m = max(1.0, split.to_m - split.from_m)
        pace = 1000.0 * split.time_s.p50 / length_m if plan is None else plan.pace_s_per_km
        yield (
            split.to_m,
            {
                "km": f"{split.to_m / 1000:.2f}",
                "gain_m": round(split.gain_m),
                "loss_m": round(split.loss_m),
                "pace": format_pace(pace),
                "stop_s": "" if plan is None else plan.stop_s,
                "time": format_hms(split.time_s.p50 if plan is None else plan.time_s),
                "elapsed_s": reached_s,
            },
        )


def _checkpoint_rows(prediction: Prediction, timeline: Timeline) -> Iterator[tuple[float, dict[str, str | int]]]:
    for checkpoint in prediction.checkpoints:
        reached_s = round(float(timeline.at(np.array([checkpoint.at_m]))[0]))
        stop_s = round(checkpoint.stop_s)
        km = f"{checkpoint.at_m / 1000:.2f}"
        yield checkpoint.at_m, {"km": km, "name": checkpoint.name, "stop_s": stop_s, "elapsed_s": reached_s}


def _gpx(course: Course, prediction: Prediction, timeline: Timeline, start: datetime | None) -> str:
    track, begin = course.track, start or EPOCH
    distance_m = _distance_m(course)
    document = gpxpy.gpx.GPX()
    document.creator = "ayda"
    document.name = course.name
    document.description = f"Times {'planned for a goal' if prediction.plan else 'forecast'} by ayda"
    document.time = begin.astimezone(UTC)
    document.waypoints.extend(_waypoints(course, prediction, timeline, begin))
    segment = gpxpy.gpx.GPXTrackSegment()
    heights = np.full(len(distance_m), np.nan) if track.elevation_m is None else track.elevation_m
    passed_s = timeline.at(distance_m)
    for lat, lon, height, after_s in zip(track.lat_deg, track.lon_deg, heights, passed_s, strict=True):
        elevation = None if np.isnan(height) else round(float(height), 1)
        segment.points.append(
            gpxpy.gpx.GPXTrackPoint(float(lat), float(lon), elevation=elevation, time=_moment(begin, float(after_s)))
        )
    drawn = gpxpy.gpx.GPXTrack(name=course.name)
    drawn.segments.append(segment)
    document.tracks.append(drawn)
    return str(document.to_xml(version="1.1"))


def _waypoints(
    course: Course, prediction: Prediction, timeline: Timeline, begin: datetime
) -> Iterator[gpxpy.gpx.GPXWaypoint]:
    track = course.track
    distance_m = _distance_m(course)
    for checkpoint in prediction.checkpoints:
        lat, lon = (
            float(np.interp(checkpoint.at_m, distance_m, axis))
            for axis in (track.lat_deg, np.unwrap(track.lon_deg, period=360.0))
        )
        reached_s = float(timeline.at(np.array([checkpoint.at_m]))[0])
        eta = checkpoint.eta_s
        between = f"8 in 10 times between {format_hms(eta.p10)} and {format_hms(eta.p90)} after the start"
        yield gpxpy.gpx.GPXWaypoint(
            round(lat, 7),
            round((lon + 180.0) % 360.0 - 180.0, 7),
            time=_moment(begin, reached_s),
            name=checkpoint.name,
            description=f"{checkpoint.at_m / 1000:.1f} km, {format_hms(reached_s)}; {between}",
        )


def _distance_m(course: Course) -> FloatArray:
    return cumulative_m(step_lengths_m(course.track.lat_deg, course.track.lon_deg))


def _moment(begin: datetime, after_s: float) -> datetime:
    return (begin + timedelta(seconds=round(after_s))).astimezone(UTC)
