"""Files for planners and watches: every point in time, checkpoints where they are, and nothing a reader trips over."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from itertools import pairwise
from xml.etree import ElementTree as ET

import gpxpy
import numpy as np
import pytest

from kernel.contracts.prediction import CheckpointRequest, Prediction
from takealong.along import Timeline, start_of, timeline_of
from takealong.course import Points, ground_told
from takealong.course_tcx import course_tcx
from takealong.plan import kilometres, planned_timeline
from takealong.plan_csv import CSV_COLUMNS, plan_csv
from takealong.plan_gpx import plan_gpx
from tests.takealong.made import camps, loop, told

SIX = datetime(2026, 6, 13, 6)  # noqa: DTZ001 - at the course
TCX = "{http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2}"
NASTY = "=cmd|'/C calc'!A0 \x07<b>&amp;"


def taken(**asked: object) -> tuple[Prediction, Points, Timeline, datetime | None]:
    prediction, ground = told(**asked)  # type: ignore[arg-type]
    assert ground.points is not None
    return prediction, ground.points, planned_timeline(prediction, timeline_of(prediction)), start_of(prediction)


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 - our own


def gpx_of(**asked: object) -> tuple[Prediction, gpxpy.gpx.GPX]:
    prediction, points, timeline, start = taken(**asked)
    return prediction, gpxpy.parse(plan_gpx("Lake loop", points, prediction, timeline, start))


def tcx_of(**asked: object) -> tuple[Prediction, ET.Element, str]:
    prediction, points, timeline, start = taken(**asked)
    text = course_tcx("Lake loop of a long name", points, prediction, timeline, start)
    return prediction, parsed(text), text


def test_a_gpx_passes_every_point_in_time_from_the_start_to_the_finish():
    prediction, written = gpx_of(start_at=SIX)
    times = [point.time for point in written.tracks[0].segments[0].points]
    assert times[0] == datetime(2026, 6, 13, 4, tzinfo=UTC)
    assert all(earlier <= later for earlier, later in pairwise(times))
    assert (times[-1] - times[0]).total_seconds() == pytest.approx(prediction.elapsed_s.p50, abs=2)


def test_the_checkpoints_of_a_gpx_are_waypoints_on_the_course_with_their_whole_names():
    prediction, written = gpx_of(start_at=SIX, checkpoints=camps(9, 20_000))
    assert [place.name for place in written.waypoints] == [each.name for each in prediction.checkpoints]
    points = written.tracks[0].segments[0].points
    for place in written.waypoints:
        assert min(place.distance_2d(point) for point in points) < 30


def test_a_plan_decides_the_times_of_a_gpx():
    goal_s = 9_000.0
    _, written = gpx_of(start_at=SIX, goal_s=goal_s)
    points = written.tracks[0].segments[0].points
    assert (points[-1].time - points[0].time).total_seconds() == goal_s


def test_a_course_across_the_antimeridian_stays_on_earth():
    track = loop(lat_deg=-18.0, lon_deg=180.0)
    _, written = gpx_of(track=track, checkpoints=camps(7, 20_000))
    places = [*written.waypoints, *written.tracks[0].segments[0].points]
    assert all(-180 <= place.longitude <= 180 for place in places)
    assert all(abs(abs(place.longitude) - 180) < 0.2 for place in places)


def test_a_course_for_a_watch_is_the_course_it_was_with_a_time_at_every_point():
    prediction, points, timeline, start = taken(start_at=SIX, checkpoints=camps(4, 20_000))
    document = parsed(course_tcx("Lake loop", points, prediction, timeline, start))
    read = document.findall(f".//{TCX}Trackpoint")
    names = (f"{TCX}Position/{TCX}LatitudeDegrees", f"{TCX}Position/{TCX}LongitudeDegrees", f"{TCX}AltitudeMeters")
    lat, lon, ele = ([float(point.findtext(name, "")) for point in read] for name in names)
    assert lat == pytest.approx(points.lat_deg.tolist(), abs=1e-6)
    assert lon == pytest.approx(points.lon_deg.tolist(), abs=1e-6)
    assert ele == pytest.approx(points.elevation_m.tolist(), abs=0.06)
    times = [datetime.fromisoformat(point.findtext(f"{TCX}Time", "")) for point in read]
    assert times == sorted(times)
    assert (times[-1] - times[0]).total_seconds() == pytest.approx(prediction.elapsed_s.p50, abs=2)


def test_a_watch_is_given_names_no_longer_than_it_takes_and_the_whole_name_as_a_note():
    prediction, document, _ = tcx_of(start_at=SIX, checkpoints=camps(9, 20_000))
    course = document.find(f"{TCX}Courses/{TCX}Course")
    assert course is not None
    assert 1 <= len(course.findtext(f"{TCX}Name", "")) <= 15
    points = course.findall(f"{TCX}CoursePoint")
    assert len(points) == 9
    for point, checkpoint in zip(points, prediction.checkpoints, strict=True):
        assert 1 <= len(point.findtext(f"{TCX}Name", "")) <= 10
        assert checkpoint.name in point.findtext(f"{TCX}Notes", "")


def test_the_elements_of_a_course_stand_in_the_order_of_its_schema():
    _, document, _ = tcx_of(start_at=SIX, checkpoints=camps(1, 20_000))
    course = document.find(f"{TCX}Courses/{TCX}Course")
    assert course is not None
    orders = {
        course: ["Name", "Lap", "Track", "CoursePoint"],
        course.find(f"{TCX}Lap"): ["TotalTimeSeconds", "DistanceMeters", "BeginPosition", "EndPosition", "Intensity"],
        course.find(f"{TCX}Track/{TCX}Trackpoint"): ["Time", "Position", "AltitudeMeters", "DistanceMeters"],
        course.find(f"{TCX}CoursePoint"): ["Name", "Time", "Position", "PointType", "Notes"],
    }
    for element, order in orders.items():
        assert element is not None
        assert [child.tag.removeprefix(TCX) for child in element] == order


def test_a_height_that_is_unknown_is_left_out():
    prediction, points, timeline, start = taken(start_at=SIX)
    holes = Points(points.lat_deg, points.lon_deg, np.full(len(points.at_m), np.nan), points.at_m)
    assert "AltitudeMeters" not in course_tcx("x", holes, prediction, timeline, start)
    assert "<ele>" not in plan_gpx("x", holes, prediction, timeline, start)


def test_a_name_from_a_file_can_break_neither_xml_nor_a_spreadsheet():
    nasty = (CheckpointRequest(NASTY, 5_000.0),)
    prediction, points, timeline, start = taken(start_at=SIX, checkpoints=nasty)
    assert gpxpy.parse(plan_gpx(NASTY, points, prediction, timeline, start)).waypoints[0].name.startswith("=cmd")
    assert parsed(course_tcx(NASTY, points, prediction, timeline, start)) is not None
    row = next(row for row in rows_of(prediction, timeline, start) if row["name"])
    assert row["name"].startswith("'=cmd")


def rows_of(prediction: Prediction, timeline: Timeline, start: datetime | None) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(plan_csv(prediction, timeline, start))))


def test_a_table_has_a_row_for_each_kilometre_and_checkpoint_in_the_order_of_the_course():
    prediction, _, timeline, start = taken(start_at=SIX, checkpoints=camps(5, 20_000), goal_s=9_000.0)
    rows = rows_of(prediction, timeline, start)
    assert tuple(rows[0]) == CSV_COLUMNS
    assert len(rows) == len(prediction.splits) + 5
    assert sorted(rows, key=lambda row: float(row["km"])) == rows
    assert (rows[-1]["elapsed_s"], rows[-1]["clock"]) == ("9000", "08:30")


def test_what_a_plan_stands_still_at_a_checkpoint_is_told_there_and_in_its_kilometre_alike():
    prediction, _, timeline, start = taken(checkpoints=(CheckpointRequest("Hut", 5_500.0),), goal_s=18_000.0)
    rows = rows_of(prediction, timeline, start)
    hut = next(row for row in rows if row["name"] == "Hut")
    kilometre = next(row for row in rows if float(row["km"]) == 6.0)
    assert int(hut["stop_s"]) == int(kilometre["stop_s"]) > 0
    going_s = int(kilometre["elapsed_s"]) - int(hut["elapsed_s"]) - int(hut["stop_s"])
    assert going_s == pytest.approx(0.5 * (prediction.plan.splits[5].time_s - int(hut["stop_s"])), abs=2)  # type: ignore[union-attr]


def test_without_a_start_a_table_has_no_clock():
    prediction, _, timeline, start = taken()
    assert {row["clock"] for row in rows_of(prediction, timeline, start)} == {""}


def test_kilometres_tell_the_plan_where_there_is_one_and_the_forecast_elsewhere():
    plain, _, forecast, _ = taken()
    assert [each.time_s for each in kilometres(plain, forecast)] == [split.time_s.p50 for split in plain.splits]
    planned, _, timeline, _ = taken(goal_s=9_000.0)
    assert sum(each.time_s for each in kilometres(planned, timeline)) == 9_000


def test_ground_that_nobody_kept_has_neither_profile_nor_places():
    unknown = ground_told(None, [])
    assert (unknown.profile, unknown.points) == (None, None)
    assert unknown.name
