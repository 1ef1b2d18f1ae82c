from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import gpxpy
import msgspec
import pytest

from kernel.contracts.prediction import Prediction
from tests.cli.conftest import Ayda
from tests.cli.made_up import export_zip, gpx, history_folder

CAMP = "Джайляу"


def test_json_is_one_prediction_as_the_service_sends_it_and_nothing_else(ayda: Ayda, route: Path):
    said = ayda("predict", route, "--json")
    prediction = msgspec.json.decode(said.out, type=Prediction)
    assert said.code == 0
    assert said.err == ""
    assert said.out.count("\n") == 1
    assert prediction.personalized is False
    assert sum(split.time_s.p50 for split in prediction.splits) == prediction.times_s.moderate


def test_the_same_question_gets_the_same_answer(ayda: Ayda, route: Path):
    assert ayda("predict", route, "--json").out == ayda("predict", route, "--json").out


def test_without_history_and_pace_the_assumed_pace_is_said(ayda: Ayda, route: Path):
    said = " ".join(ayda("predict", route).out.split())
    assumed = re.search(r"assumed is the usual pace of people on such courses, (\S+) /km on the flat", said)
    assert assumed is not None
    assert "the margin is wide" in said
    stated, assuming = (
        json.loads(ayda("predict", route, *pace, "--json").out)["times_s"]["moderate"]
        for pace in (("--pace", assumed[1]), ())
    )
    assert stated == pytest.approx(assuming, rel=0.01)


def test_what_is_assumed_of_a_stranger_is_what_the_formulas_and_the_flat_run_go_by(ayda: Ayda, route: Path):
    answer = json.loads(ayda("predict", route, "--json").out)
    level_s = 60 * {part["cause"]: part["minutes"] for part in answer["minutes"]}["level"]
    assert level_s == pytest.approx(0.0, abs=0.02 * answer["times_s"]["moderate"])


def test_a_stated_pace_replaces_the_assumption(ayda: Ayda, route: Path):
    slow = json.loads(ayda("predict", route, "--pace", "8:00", "--json").out)
    fast = json.loads(ayda("predict", route, "--pace", "4:00", "--json").out)
    assert slow["times_s"]["moderate"] > 1.9 * fast["times_s"]["moderate"]
    assert "your steady pace on the flat of 8:00 /km" in ayda("predict", route, "--pace", "8:00").out


def test_a_history_makes_it_personal(ayda: Ayda, route: Path, tmp_path: Path):
    history = history_folder(tmp_path / "past")
    answer = json.loads(ayda("predict", route, "--history", history, "--json").out)
    assert answer["personalized"] is True
    assert answer["profile_stats"]["total_activities"] == 8
    assert "From 8 activities over" in ayda("predict", route, "--history", history).out


def test_an_export_counts_like_the_folder_of_its_files(ayda: Ayda, route: Path, tmp_path: Path):
    folder, archive = history_folder(tmp_path / "past"), export_zip(tmp_path / "export.zip")
    from_folder = json.loads(ayda("predict", route, "--history", folder, "--json").out)
    from_archive = json.loads(ayda("predict", route, "--history", archive, "--json").out)
    from_both = json.loads(ayda("predict", route, "--history", folder, "--history", archive, "--json").out)
    assert from_folder == from_archive == from_both


def test_a_history_without_a_hike_says_so_when_hiking(ayda: Ayda, route: Path, tmp_path: Path):
    said = ayda("predict", route, "--history", history_folder(tmp_path / "past"), "--mode", "hiking").out
    assert "No hike among 8 activities. No pace either" in said


def test_easy_takes_longer_than_fast(ayda: Ayda, route: Path):
    times = [
        json.loads(ayda("predict", route, "--effort", e, "--json").out)["interval"]["p50_s"] for e in ("fast", "easy")
    ]
    assert times[0] < times[1]


def test_what_goes_into_a_pipe_has_no_colour_codes(ayda: Ayda, route: Path):
    said = ayda("predict", route, "--start", "2026-06-13T06:00+02:00", "--goal", "0:45")
    assert "\x1b" not in said.out + said.err


def test_the_page_says_what_a_person_wants_to_know(ayda: Ayda, route: Path, tmp_path: Path):
    checkpoints = tmp_path / "cp.csv"
    checkpoints.write_text(f"name,at_km,stop,closes_at\n{CAMP},3,5,06:40\n", encoding="utf-8")
    start = "2026-06-13T06:00"
    said = ayda("predict", route, "--start", start, "--checkpoints", checkpoints, "--goal", "0:45").out
    assert re.search(
        r"0:\d\d from start to finish, steady. Finish 06:\d\d, in 8 of 10 between 06:\d\d and 07:\d\d.", said
    )
    assert re.search(r"8 in 10 such days end between 0:\d\d and 1:\d\d. Moving 0:\d\d, stops \d+ min.", said)
    parts = ("from start to finish", CAMP, "06:40", "Chance to make every cutoff", "Plan for 0:45:00", "Sunset")
    for words in (*parts, "The same distance on the flat", "Formulas: Strava GAP", "Splits"):
        assert words in said, words


def test_waypoints_of_the_file_are_the_checkpoints_unless_others_are_given(ayda: Ayda, tmp_path: Path):
    path = tmp_path / "marked.gpx"
    mark = b'<wpt lat="43.0179864" lon="77.0"><name>Hut</name></wpt><trk>'
    path.write_bytes(gpx().replace(b"<trk>", mark))
    named = json.loads(ayda("predict", path, "--json").out)["checkpoints"]
    assert [(c["name"], round(c["at_m"], -2)) for c in named] == [("Hut", 2000)]


def test_an_impossible_goal_is_refused_with_what_would_be_possible(ayda: Ayda, route: Path):
    said = ayda("predict", route, "--goal", "0:01")
    assert said.code == 2
    assert said.err.startswith("goal_impossible: ")


def test_the_plan_as_csv_ends_at_the_goal(ayda: Ayda, route: Path, tmp_path: Path):
    plan = tmp_path / "plan.csv"
    ayda("predict", route, "--goal", "0:45", "--start", "2026-06-13T06:00", "--plan", plan)
    rows = list(csv.DictReader(io.StringIO(plan.read_text(encoding="utf-8"))))
    assert rows[-1]["elapsed"] == "0:45:00"
    assert rows[-1]["clock"] == "06:45"
    assert [row["km"] for row in rows] == ["1.00", "2.00", "3.00", "4.00", "5.00", "6.00"]


def test_the_plan_as_gpx_passes_every_point_in_time_and_names_checkpoints(ayda: Ayda, route: Path, tmp_path: Path):
    plan, checkpoints = tmp_path / "plan.gpx", tmp_path / "cp.csv"
    checkpoints.write_text("name,at_km,stop\nHut,3,5\n", encoding="utf-8")
    arguments = ("--start", "2026-06-13T06:00+02:00", "--checkpoints", checkpoints, "--json", "--plan", plan)
    answer = json.loads(ayda("predict", route, *arguments).out)
    written = gpxpy.parse(plan.read_text(encoding="utf-8"))
    points = written.tracks[0].segments[0].points
    times = [point.time for point in points]
    assert times == sorted(times)
    assert times[0].isoformat() == "2026-06-13T04:00:00+00:00"
    assert (times[-1] - times[0]).total_seconds() == pytest.approx(answer["elapsed_s"]["p50"], abs=1)
    assert len(points) == route.read_text().count("<trkpt")
    assert written.waypoints[0].name == "Hut"
    reached_s = (written.waypoints[0].time - times[0]).total_seconds()
    assert reached_s == pytest.approx(answer["checkpoints"][0]["eta_s"]["p50"], abs=60)


def test_without_a_start_the_times_of_a_gpx_count_from_1970(ayda: Ayda, route: Path, tmp_path: Path):
    plan = tmp_path / "plan.gpx"
    said = ayda("predict", route, "--plan", plan)
    assert gpxpy.parse(plan.read_text()).tracks[0].segments[0].points[0].time.year == 1970
    assert "no --start" in said.err


def test_the_start_decides_the_clock_of_every_table(ayda: Ayda, route: Path):
    assert "06:0" in ayda("predict", route, "--start", "2026-06-13T06:00").out
    assert "clock" not in ayda("predict", route).out


@pytest.mark.parametrize(
    ("start", "shown", "instant"),
    [
        ("2026-06-13T06:00", "Sat, Jun 13, 06:00 at the course (Asia/Almaty, UTC+5)", "2026-06-13T06:00:00+05:00"),
        (
            "2026-06-13T06:00+02:00",
            "Sat, Jun 13, 09:00 at the course (Asia/Almaty, UTC+5)",
            "2026-06-13T09:00:00+05:00",
        ),
        (
            "2026-06-13T06:00[Europe/Zurich]",
            "Sat, Jun 13, 06:00 at the course (Europe/Zurich, CEST)",
            "2026-06-13T06:00:00+02:00",
        ),
    ],
)
def test_a_start_is_meant_at_the_course_unless_it_says_otherwise(
    ayda: Ayda, route: Path, start: str, shown: str, instant: str
):
    assert f"Start {shown}" in ayda("predict", route, "--start", start).out
    told = json.loads(ayda("predict", route, "--start", start, "--json").out)
    assert told["start_at"] == instant
    assert told["time_zone"] in shown


@pytest.mark.parametrize(
    ("ending", "head"),
    [(".csv", b"km,name"), (".gpx", b"<?xml"), (".tcx", b"<?xml"), (".html", b"<!doctype html>"), (".GPX", b"<?xml")],
)
def test_the_ending_of_a_plan_decides_its_format(ayda: Ayda, route: Path, tmp_path: Path, ending: str, head: bytes):
    plan = tmp_path / f"plan{ending}"
    assert ayda("predict", route, "--start", "2026-06-13T06:00", "--plan", plan).code == 0
    assert plan.read_bytes().startswith(head)


def test_a_name_cannot_steer_the_terminal(ayda: Ayda, tmp_path: Path):
    path = tmp_path / "named.gpx"
    path.write_bytes(gpx(name="Loop [red]one[/red]\u009b31m\u202e \n two"))
    said = ayda("predict", path).out
    assert "Loop [red]one[/red] 31m two" in said


def spoilt_heights() -> bytes:
    lines = gpx().split(b"<ele>")
    for at in range(60, 66):
        lines[at] = b"0.00" + lines[at][lines[at].index(b"</ele>") :]
    return b"<ele>".join(lines)


def test_what_was_wrong_with_the_course_is_said_and_stands_in_the_json(ayda: Ayda, tmp_path: Path):
    path = tmp_path / "spoilt.gpx"
    path.write_bytes(spoilt_heights())
    assert "Heights that no ground can have" in ayda("predict", path).out
    (warning,) = json.loads(ayda("predict", path, "--json").out)["warnings"]
    assert warning["code"] == "heights_filled"
    assert warning["detail"]["count"] == 6
    assert "150 m" in warning["message"] or "175 m" in warning["message"]


def test_a_clean_course_has_no_warnings(ayda: Ayda, route: Path):
    assert json.loads(ayda("predict", route, "--json").out)["warnings"] == []


def two_tracks() -> bytes:
    short = gpx(length_m=3_000.0, name="Short", lat_deg=43.5).partition(b"<trk>")[2].partition(b"</gpx>")[0]
    return gpx(name="Long").replace(b"</gpx>", b"<trk>" + short + b"</gpx>")


def test_of_several_tracks_one_is_chosen_by_its_name(ayda: Ayda, tmp_path: Path):
    path = tmp_path / "races.gpx"
    path.write_bytes(two_tracks())
    told = json.loads(ayda("predict", path, "--json").out)
    assert round(told["route"]["distance_m"], -2) == 6_000
    assert [warning["code"] for warning in told["warnings"]] == ["several_courses"]
    assert told["warnings"][0]["detail"]["names"] == ["Long", "Short"]
    chosen = json.loads(ayda("predict", path, "--track", "short", "--json").out)
    assert round(chosen["route"]["distance_m"], -2) == 3_000
    assert (chosen["warnings"], chosen["course"]["name"]) == ([], "Short")


def test_a_track_that_is_not_in_the_file_is_refused_with_the_names_that_are(ayda: Ayda, tmp_path: Path):
    path = tmp_path / "races.gpx"
    path.write_bytes(two_tracks())
    said = ayda("predict", path, "--track", "Ultra")
    assert said.code == 2
    assert said.err.startswith("no_such_track: ")
    assert "Long, Short" in said.err


def test_a_closing_time_is_on_the_clock_that_the_start_was_written_by(ayda: Ayda, route: Path, tmp_path: Path):
    closing = tmp_path / "cp.csv"
    closing.write_text("name,at_km,closes_at\nA,2,23:50\nB,5,00:20\n", encoding="utf-8")
    told = ayda("predict", route, "--start", "2026-06-13T23:00+02:00", "--checkpoints", closing, "--json").out
    assert [place["cutoff_s"] for place in json.loads(told)["checkpoints"]] == [3_000, 4_800]


def test_a_history_that_is_used_in_part_says_how_much_of_it(ayda: Ayda, tmp_path: Path):
    (tmp_path / "route.gpx").write_bytes(gpx())
    past = history_folder(tmp_path / "past")
    assert "activities used" not in ayda("predict", tmp_path / "route.gpx", "--history", past).out
    (past / "plan.gpx").write_bytes(gpx())
    (past / "ride.gpx").write_bytes(gpx(pace_s_per_km=200, sport="cycling"))
    assert "8 of 10 activities used." in ayda("predict", tmp_path / "route.gpx", "--history", past).out
    told = json.loads(ayda("predict", tmp_path / "route.gpx", "--history", past, "--json").out)["warnings"]
    assert told == [
        {"code": "history_in_part", "message": "8 of 10 activities used.", "detail": {"used": 8.0, "of": 10.0}}
    ]


@pytest.mark.parametrize("kind", ["nothing", "plans", "rides"])
def test_a_history_of_which_nothing_can_be_used_is_an_error(ayda: Ayda, tmp_path: Path, kind: str):
    (tmp_path / "route.gpx").write_bytes(gpx())
    past = tmp_path / "past"
    past.mkdir()
    if kind == "plans":
        (past / "plan.gpx").write_bytes(gpx())
    if kind == "rides":
        (past / "ride.gpx").write_bytes(gpx(pace_s_per_km=200, sport="cycling"))
    said = ayda("predict", tmp_path / "route.gpx", "--history", past)
    assert said.code == 2
    assert "history_unusable: " in said.err
    assert {"nothing": "no activity file", "plans": "no_time 1", "rides": "other_sport 1"}[kind] in said.err
