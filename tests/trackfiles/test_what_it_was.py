"""What a recording was: in order, merged, with the right clock, and each outing by itself."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from kernel.tracks import BadTrack
from tests.trackfiles.malformed.writers import FIT_EPOCH_S, Point, data, definition, fit_file, fit_of, gpx_of, tcx_of
from tests.trackfiles.outings import METRES_PER_DEGREE, START_S, outing
from trackfiles import read_track
from trackfiles.outing import Dropped, Outing, SaidSport, outing_of, outings_from
from trackfiles.reading import read_recordings

DAY_S = 86_400.0
WRITERS = {"gpx": gpx_of, "tcx": tcx_of, "fit": fit_of}
every_format = pytest.mark.parametrize("kind", ["gpx", "tcx", "fit"])
CLEAN = outing_of(gpx_of(outing(counted=False)), "")


def told(content: bytes) -> list[Outing | Dropped]:
    """The outings of a file, and why others tell nothing."""
    return outings_from(read_recordings(content, ""), "", "a", SaidSport(otherwise="run"))


def the_outing(content: bytes) -> Outing:
    (one,) = told(content)
    assert isinstance(one, Outing)
    return one


def codes_of(one: Outing) -> set[str]:
    return {correction.code for correction in one.corrections}


def assert_clean(one: Outing, rel: float = 0.01) -> None:
    assert one.distance_m == pytest.approx(CLEAN.distance_m, rel=rel)
    assert one.moving_s == pytest.approx(CLEAN.moving_s, rel=rel)
    assert one.gain_m == pytest.approx(CLEAN.gain_m, rel=0.03)


def tracks(*several: tuple[list[Point], str]) -> bytes:
    """Tracks of one GPX, each with its word."""
    bodies = [gpx_of(points, word).split(b"<trk>")[1].split(b"</gpx>")[0] for points, word in several]
    head = gpx_of(several[0][0]).split(b"<trk>")[0]
    return head + b"".join(b"<trk>" + body for body in bodies) + b"</gpx>"


@every_format
@pytest.mark.parametrize("order", ["halves", "backward", "pairs"])
def test_points_out_of_order_are_sorted_by_time(kind: str, order: str) -> None:
    points = outing(counted=kind != "gpx")
    half = len(points) // 2
    mixed = {
        "halves": points[half:] + points[:half],
        "backward": points[::-1],
        "pairs": [points[at ^ 1] if (at ^ 1) < len(points) else points[at] for at in range(len(points))],
    }[order]
    one = the_outing(WRITERS[kind](mixed))
    assert_clean(one)
    assert codes_of(one) == {"order"}


def test_a_clock_set_back_half_way_does_not_shuffle_the_way() -> None:
    points = outing(counted=False)
    half = len(points) // 2
    one = the_outing(gpx_of(points[:half] + [point.later(-400) for point in points[half:]]))
    assert_clean(one)
    assert codes_of(one) == {"clock"}


def apart(points: list[Point]) -> bytes:
    """As a phone's app writes FIT: position and height, distance, heart rate in a record each, of one moment."""
    body = definition(0, 0, ((0, 1, 0x00),)) + data(0, "B", 4)
    body += definition(1, 20, ((253, 4, 0x86), (0, 4, 0x85), (1, 4, 0x85), (78, 4, 0x86)))
    body += definition(2, 20, ((253, 4, 0x86), (5, 4, 0x86))) + definition(3, 20, ((253, 4, 0x86), (3, 1, 0x02)))
    for p in points:
        moment = round(p.time_s - FIT_EPOCH_S)
        assert p.lat_deg is not None
        assert p.lon_deg is not None
        assert p.ele_m is not None
        place = round(p.lat_deg * 2**31 / 180), round(p.lon_deg * 2**31 / 180), round((p.ele_m + 500) * 5)
        body += data(1, "IiiI", moment, *place) + data(2, "II", moment, round((p.distance_m or 0) * 100))
        body += data(3, "IB", moment, 140)
    return fit_file(body + definition(0, 18, ((5, 1, 0x00),)) + data(0, "B", 1))


def test_records_of_one_moment_are_one() -> None:
    one = the_outing(apart(outing()))
    assert_clean(one)
    assert codes_of(one) == {"merged"}
    tcx = tcx_of(outing()).replace(b"<AltitudeMeters>", b"</Trackpoint><Trackpoint><!-- --><AltitudeMeters>")
    parts = b"".join(_with_time(piece) for piece in tcx.split(b"<!-- -->"))
    assert_clean(the_outing(parts))


def _with_time(piece: bytes) -> bytes:
    """The later half of a trackpoint that was cut in two, with the time of the first one."""
    at = piece.rfind(b"<Time>")
    return piece + (piece[at : piece.find(b"</Time>", at) + 7] if piece.endswith(b"<Trackpoint>") else b"")


@pytest.mark.parametrize("every", [3, 5])
def test_a_fix_now_and_then_places_what_is_sampled_between(every: int) -> None:
    points = [p if at % every == 0 else replace(p, lat_deg=None, lon_deg=None) for at, p in enumerate(outing())]
    for write in (tcx_of, fit_of):
        assert_clean(the_outing(write(points)), rel=0.02)


def test_several_fixes_of_one_second_stay_apart() -> None:
    points = [replace(p, time_s=float(int(p.time_s / 8) * 8)) for p in outing(stop_s=0)]
    assert len(read_track(fit_of(points), "").track.lat_deg) == len(points)


@every_format
@pytest.mark.parametrize("count", [1, 20])
@pytest.mark.parametrize("years", [-26, -6, 20])
def test_a_clock_that_was_not_set_yet_does_not_make_an_outing_of_years(kind: str, count: int, years: int) -> None:
    points = outing(counted=kind != "gpx")
    wrong = [point.later(years * 365 * DAY_S) for point in points[:count]]
    one = the_outing(WRITERS[kind](wrong + points[count:]))
    assert one.elapsed_s == pytest.approx(CLEAN.elapsed_s, rel=0.06)
    assert one.distance_m == pytest.approx(CLEAN.distance_m, rel=0.06)
    assert abs(one.started_at.timestamp() - START_S) < 200


@every_format
@pytest.mark.parametrize("days", [-3.0, -0.5, 2.0])
def test_one_lone_moment_of_another_day_is_no_outing(kind: str, days: float) -> None:
    points = outing(counted=kind != "gpx")
    one = the_outing(WRITERS[kind]([points[0].later(days * DAY_S), *points[1:]]))
    assert_clean(one)
    assert abs(one.started_at.timestamp() - START_S) < 200


@every_format
def test_outings_of_several_days_in_one_file_are_several(kind: str) -> None:
    first, second = outing(counted=kind != "gpx"), outing(counted=kind != "gpx", start_s=START_S + DAY_S)
    joined = {"gpx": gpx_of(first + second), "tcx": tcx_of(first + second), "fit": fit_of(first) + fit_of(second)}
    outings = told(joined[kind])
    assert len(outings) == 2
    for one, start_s in zip(outings, (START_S, START_S + DAY_S), strict=True):
        assert isinstance(one, Outing)
        assert_clean(one)
        assert one.started_at.timestamp() == start_s
        assert codes_of(one) == {"one_of_several"}
    assert len({one.digest for one in outings if isinstance(one, Outing)}) == 2


def test_several_activities_of_one_tcx_are_several_outings() -> None:
    later = tcx_of(outing(start_s=START_S + DAY_S)).split(b"<Activities>")[1].split(b"</Activities>")[0]
    assert len(told(tcx_of(outing()).replace(b"</Activities>", later + b"</Activities>"))) == 2


def test_a_run_and_a_later_ride_are_told_apart() -> None:
    ride = outing(start_s=START_S + 3 * 3600, speed_m_per_s=7.0, step_s=2.0, length_m=9000)
    run = (outing(counted=False), "running")
    for several in ((run, (ride, "cycling")), ((outing(start_s=START_S - 5 * 3600, length_m=9000), "cycling"), run)):
        outings = told(tracks(*several))
        assert sorted(type(one).__name__ for one in outings) == ["Dropped", "Outing"]
        (left,) = (one for one in outings if isinstance(one, Dropped))
        assert left.code == "other_sport"
        (kept,) = (one for one in outings if isinstance(one, Outing))
        assert_clean(kept)


def test_sports_that_follow_each_other_are_several_sports() -> None:
    legs = [outing(start_s=START_S + at * 1600, stop_s=0) for at in range(3)]
    with pytest.raises(BadTrack) as caught:
        told(fit_of(legs[0], "swimming") + fit_of(legs[1], "cycling") + fit_of(legs[2], "running"))
    assert caught.value.reason == "other_sport"
    assert "several sports" in str(caught.value)


def test_a_pause_of_hours_is_one_outing_and_parts_of_one_track_are_too() -> None:
    points = outing(stop_s=4 * 3600.0, counted=False)
    assert_clean(the_outing(gpx_of(points)))
    points = outing(stop_s=3600.0, counted=False)
    half = len(points) // 2
    one = the_outing(tracks((points[: half + 1], "running"), (points[half + 1 :], "running")))
    assert_clean(one)


def test_the_same_outing_twice_in_one_file_is_two_recordings_of_it() -> None:
    outings = told(tracks((outing(), "running"), ([p.later(1) for p in outing()], "running")))
    assert len(outings) == 2


def test_a_course_is_no_recording_though_its_times_are_computed() -> None:
    course = tcx_of(outing()).replace(b'<Activity Sport="Running"><Id>', b"<Course><Name>")
    course = (
        course.replace(b"</Id>", b"</Name>").replace(b"</Activity>", b"</Course>").replace(b"Activities", b"Courses")
    )
    assert len(read_track(course, "").track.lat_deg) == len(outing())
    with pytest.raises(BadTrack, match="course") as caught:
        outing_of(course, "")
    assert caught.value.reason == "no_time"


def test_a_fit_course_may_count_its_times_from_zero() -> None:
    body = definition(0, 0, ((0, 1, 0x00),)) + data(0, "B", 6)
    body += definition(1, 20, ((253, 4, 0x86), (0, 4, 0x85), (1, 4, 0x85), (78, 4, 0x86)))
    for at, p in enumerate(outing()):
        assert p.lat_deg is not None
        assert p.ele_m is not None
        body += data(1, "IiiI", 4 * at, round(p.lat_deg * 2**31 / 180), 900_000_000, round((p.ele_m + 500) * 5))
    track = read_track(fit_file(body), "").track
    assert len(track.lat_deg) == len(outing())
    assert (track.time_s, track.time_fault) == (None, "course")


def test_an_app_that_nobody_declared_spoils_nothing() -> None:
    described = definition(2, 206, ((0, 1, 2), (1, 1, 2), (2, 1, 2))) + data(2, "BBB", 7, 0, 2)
    body = described + definition(1, 20, ((253, 4, 0x86), (0, 4, 0x85), (1, 4, 0x85)))
    for at in range(5):
        body += data(1, "Iii", 1_100_000_000 + at, 500_000_000 + 9000 * at, 5)
    assert len(read_track(fit_file(body), "").track.lat_deg) == 5


def test_a_place_off_the_earth_is_no_place() -> None:
    points = outing()
    points[40] = replace(points[40], lat_deg=179.0)
    assert_clean(the_outing(fit_of(points)))


def test_tcx_of_any_name_space_and_with_empty_sums_is_read() -> None:
    old = tcx_of(outing()).replace(b"/v2", b"/v1").replace(b"<Calories>1<", b"<Calories><")
    assert_clean(the_outing(old.replace(b"<TotalTimeSeconds>1<", b"<TotalTimeSeconds><")))


def test_a_lap_with_a_distance_of_its_own_changes_nothing() -> None:
    points = outing()
    counted = [replace(p, distance_m=(p.distance_m or 0) % 1000) for p in points]
    assert_clean(the_outing(tcx_of(counted)))


def with_hole(points: list[Point], *, after_s: float, east_m: float, up_m: float = 0.0) -> list[Point]:
    """The second half later, farther east and higher."""
    half = len(points) // 2
    east_deg = east_m / (METRES_PER_DEGREE * float(np.cos(np.radians(43.0))))
    moved = [
        replace(p, lon_deg=(p.lon_deg or 0) + east_deg, ele_m=(p.ele_m or 0) + up_m).later(after_s)
        for p in points[half + 1 :]
    ]
    return points[: half + 1] + moved


@pytest.mark.parametrize(
    ("after_s", "east_m", "up_m"), [(900, 1500, 300), (2400, 5000, 0), (600, 9000, 100), (240, 1500, 10)]
)
def test_a_train_or_a_lift_while_the_recording_was_paused_is_not_counted(
    after_s: float, east_m: float, up_m: float
) -> None:
    points = with_hole(outing(counted=False, stop_s=0), after_s=after_s, east_m=east_m, up_m=up_m)
    one = the_outing(gpx_of(points))
    assert_clean(one)
    assert codes_of(one) == {"transfer"}


def test_the_distance_a_device_counted_tells_a_tunnel_from_a_train() -> None:
    points = outing(stop_s=0)
    train = with_hole(points, after_s=2400, east_m=5000)
    for write in (tcx_of, fit_of):
        assert_clean(the_outing(write(train)))
    half = len(points) // 2
    tunnel = [p for at, p in enumerate(points) if not half <= at < half + 30]
    assert_clean(the_outing(fit_of(tunnel)))


def test_a_car_home_with_the_watch_running_is_cut_off() -> None:
    points = outing(counted=False)
    last = points[-1]
    car = [
        replace(last, lat_deg=(last.lat_deg or 0) + 20 * at / METRES_PER_DEGREE).later(float(at))
        for at in range(1, 301)
    ]
    one = the_outing(gpx_of(points + car))
    assert_clean(one, rel=0.03)
    assert codes_of(one) == {"vehicle"}


@pytest.mark.parametrize("word", ["running", "unknown"])
def test_a_drive_is_no_outing_whatever_it_is_called(word: str) -> None:
    with pytest.raises(BadTrack) as caught:
        told(gpx_of(outing(speed_m_per_s=11, step_s=5, length_m=20_000), word))
    assert caught.value.reason == "vehicle"


def test_a_ride_called_a_run_is_a_vehicle_by_its_descents() -> None:
    rows: list[Point] = []
    for lap in range(8):
        slow = outing(speed_m_per_s=3, length_m=1500, stop_s=0, counted=False, start_s=START_S + lap * 700)
        rows += [replace(p, lat_deg=(p.lat_deg or 0) + lap * 0.03) for p in slow]
        last = rows[-1]
        rows += [
            replace(last, lat_deg=(last.lat_deg or 0) + at * 40 / METRES_PER_DEGREE).later(4.0 * at)
            for at in range(1, 45)
        ]
    with pytest.raises(BadTrack) as caught:
        told(gpx_of(rows))
    assert caught.value.reason == "vehicle"


def test_computed_times_that_nobody_could_go_are_no_recording() -> None:
    steep = [replace(p, ele_m=1000 + 0.12 * METRES_PER_DEGREE * abs((((p.lat_deg or 0) - 43) * 20) % 2 - 1) / 20)
             for p in outing(speed_m_per_s=4.6, step_s=50, length_m=150_000, stop_s=0)]  # fmt: skip
    with pytest.raises(BadTrack) as caught:
        told(gpx_of(steep))
    assert caught.value.reason in {"impossible_pace", "vehicle"}


def winding(every_s: int) -> bytes:
    """Eighty minutes on a path that winds, over hills, a point every so many seconds."""
    rows = []
    for second in range(0, 4801, every_s):
        at_m = 2.0 * second
        east_m = 60 * math.sin(at_m / 150) + 150 * math.sin(at_m / 700) + 12 * math.sin(at_m / 31)
        east_deg = east_m / (METRES_PER_DEGREE * math.cos(math.radians(43.0)))
        height_m = 900 + 60 * math.sin(at_m / 500)
        rows.append(Point(START_S + second, 43 + at_m / METRES_PER_DEGREE, 77 + east_deg, height_m))
    return gpx_of(rows)


@pytest.mark.parametrize("every_s", [10, 20, 30, 60])
def test_points_far_apart_do_not_make_anybody_slower(every_s: int) -> None:
    dense, sparse = the_outing(winding(1)), the_outing(winding(every_s))
    assert sparse.moving_s == dense.moving_s
    assert sparse.distance_m == pytest.approx(dense.distance_m, rel=0.02)
    assert sparse.gain_m == pytest.approx(dense.gain_m, rel=0.02)
    assert codes_of(sparse) == ({"coarse"} if every_s >= 20 else set())
