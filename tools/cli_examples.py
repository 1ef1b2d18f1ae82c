"""Make the files of the examples in docs/cli.md: `python -m tools.cli_examples FOLDER`, then run its commands there.

The route is the demo's, the past are runs of a simulated athlete, the recording is that route run in a made-up way.
"""

from __future__ import annotations

import math
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import gpxpy
import gpxpy.gpx

from simulators.strava import Simulator
from simulators.strava.world.activity import Activity
from trackfiles.drawn import draw_course

NOW = datetime(2026, 9, 25, tzinfo=UTC)
RUNS = 24
COMMANDS = """\
ayda predict two-cols.gpx --history past --start 2026-06-13T16:30 --checkpoints camps.csv --picture two-cols.png
ayda predict two-cols.gpx --history past --goal 2:20 --start 2026-06-13T16:30 --checkpoints camps.csv --plan p.csv
ayda predict two-cols.gpx
ayda history past
ayda compare two-cols.gpx recorded.gpx --history past
"""
CAMPS = "name,at_km,stop,cutoff,closes_at\nFirst col,4.6,2,,17:30\nLake hut,7.6,10,,\nSecond col,9.9,2,2:00,\n"


def route(*, timed: bool = False) -> gpxpy.gpx.GPX:
    """The course; `timed` as somebody recorded it, slower on slopes, with two rests."""
    document = gpxpy.parse(draw_course().decode())
    document.tracks[0].name = "Two cols above the lake"
    points = document.tracks[0].segments[0].points
    clock_s = 0.0
    for number, (before, point) in enumerate(zip([points[0], *points], points, strict=False)):
        distance_m = point.distance_2d(before) or 0.0
        slope = ((point.elevation or 0.0) - (before.elevation or 0.0)) / distance_m if distance_m else 0.0
        clock_s += distance_m / (2.65 * math.exp(-2.6 * abs(slope + 0.05)))
        clock_s += 240.0 if timed and number in {len(points) // 3, len(points) // 2} else 0.0
        point.time = datetime(2026, 9, 27, 1, tzinfo=UTC) + timedelta(seconds=round(clock_s)) if timed else None
    return document


def recording(activity: Activity) -> gpxpy.gpx.GPX | None:
    """An activity as its watch would export it; None when it has no positions or heights."""
    track = activity.track
    if track is None or track.lat_deg is None or track.lon_deg is None or track.altitude_m is None:
        return None
    rows = zip(track.time_s.tolist(), track.lat_deg.tolist(), track.lon_deg.tolist(), track.altitude_m, strict=True)
    segment = gpxpy.gpx.GPXTrackSegment()
    for time_s, lat, lon, ele in rows:
        at = activity.shown_start + timedelta(seconds=time_s)
        segment.points.append(gpxpy.gpx.GPXTrackPoint(lat, lon, elevation=round(float(ele), 1), time=at))
    document = gpxpy.gpx.GPX()
    document.tracks.append(gpxpy.gpx.GPXTrack(name=activity.name))
    document.tracks[0].type = "running"
    document.tracks[0].segments.append(segment)
    return document


def main(folder: Path) -> None:
    """Write the files and say what to run."""
    past = folder / "past"
    past.mkdir(parents=True, exist_ok=True)
    simulator = Simulator(now=lambda: NOW, seed=7)
    athlete = simulator.add_athlete(activities=90, history_days=208, specials=False)
    runs = [each for each in simulator.activities_of(athlete) if each.sport_type in {"Run", "TrailRun"}]
    recorded = [found for each in runs if (found := recording(each)) is not None]
    for number, document in enumerate(recorded[:RUNS]):
        (past / f"{number:02d}.gpx").write_text(document.to_xml(version="1.1"), encoding="utf-8")
    (past / "page.gpx").write_text("<!doctype html><html><body>Log in to download</body></html>", encoding="utf-8")
    (past / "plan.gpx").write_text(route().to_xml(version="1.1"), encoding="utf-8")
    (folder / "two-cols.gpx").write_text(route().to_xml(version="1.1"), encoding="utf-8")
    (folder / "recorded.gpx").write_text(route(timed=True).to_xml(version="1.1"), encoding="utf-8")
    (folder / "camps.csv").write_text(CAMPS, encoding="utf-8")
    print(COMMANDS, end="")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
