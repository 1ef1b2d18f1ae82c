"""Files that other programs trip over and that say plainly enough what they mean."""

from __future__ import annotations

import numpy as np
import pytest

from kernel.tracks import BadGpx, Stretch, Track, read_gpx, recording_from_track
from kernel.tracks.mended import mended
from tests.kernel.tracks.gpx_text import START, document, moment, point, walk

GOOD = document(walk())


def recoded(encoding: str, declared: str, name: str = "A walk") -> bytes:
    return GOOD.decode().replace("UTF-8", declared).replace("A walk", name).encode(encoding)


def same_places(one: Track, other: Track) -> bool:
    return bool((one.lat_deg == other.lat_deg).all() and (one.lon_deg == other.lon_deg).all())


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (recoded("cp1251", "windows-1251", "Поход"), "Поход"),
        (recoded("koi8-r", "KOI8-R", "Поход"), "Поход"),
        (recoded("iso8859-15", "ISO-8859-15", "Été"), "Été"),
        (recoded("cp1250", "windows-1250", "Źródło"), "Źródło"),
        (recoded("gbk", "GBK", "路线"), "路线"),
        (recoded("gb2312", "GB2312", "路线"), "路线"),
        (recoded("big5", "Big5", "路線"), "路線"),
        (recoded("shift_jis", "Shift_JIS", "登山"), "登山"),
        (recoded("euc_kr", "EUC-KR", "등산"), "등산"),
        (recoded("utf-16-le", "UTF-16", "Été"), "Été"),
        (recoded("utf-16-be", "UTF-16", "Été"), "Été"),
        (recoded("utf-8", "UTF-16", "Été"), "Été"),
        (b"\xef\xbb\xbf" * 2 + GOOD, "A walk"),
        (GOOD + bytes(512), "A walk"),
        (GOOD + bytes(100_000), "A walk"),
        (document(walk(), name="Peak&#xFFFF; &#0;&#233;"), "Peak é"),
        (GOOD.replace(b"A walk", b"A w\xe4lk \x99"), "A wälk ™"),
        (GOOD.replace(b"A walk", "Été".encode() + b" \xe4"), "Été ä"),
        (GOOD.replace(b"A walk", b"A\x0bwalk\x01"), "A walk"),
    ],
)
def test_the_writing_is_found_out(content: bytes, name: str) -> None:
    track = read_gpx(content)
    assert same_places(track, read_gpx(GOOD))
    assert track.name == name


def test_zeros_alone_are_no_file() -> None:
    with pytest.raises(BadGpx) as caught:
        read_gpx(bytes(5000))
    assert caught.value.reason == "binary"


def test_decimal_commas_are_read_in_heights_and_positions() -> None:
    commas = document([point(f"47,{1000 + i}", "8,5", f"{500 + i},5") for i in range(50)])
    points = document([point(f"47.{1000 + i}", "8.5", f"{500 + i}.5") for i in range(50)])
    ours, theirs = read_gpx(commas), read_gpx(points)
    assert same_places(ours, theirs)
    assert ours.elevation_m is not None
    assert theirs.elevation_m is not None
    np.testing.assert_array_equal(ours.elevation_m, theirs.elevation_m)


@pytest.mark.parametrize("nowhere", ['lat="91.0"', 'lat="nan"', 'lat=""', ""])
def test_a_point_that_lies_nowhere_is_left_out_and_said(nowhere: str) -> None:
    spoilt = mended(read_gpx(GOOD.replace(b'lat="47.010000"', nowhere.encode())))
    assert [finding.code for finding in spoilt.findings] == ["positions_left_out"]
    assert len(spoilt.track.lat_deg) == 199
    assert spoilt.track.lat_deg.min() == 47.0


def test_a_waypoint_that_lies_nowhere_is_none() -> None:
    marks = '<wpt lat="100" lon="2"/><wpt lat="47.01" lon="8.5"><name>Hut</name></wpt><wpt lat="x" lon="2"/>'
    assert [mark.name for mark in read_gpx(document(walk(), before=marks)).waypoints] == ["Hut"]


def test_heights_that_are_no_numbers_are_said_to_be_none() -> None:
    with pytest.raises(BadGpx, match="1200 ft") as caught:
        read_gpx(document(walk(heights=["1200 ft"] * 200)))
    assert caught.value.reason == "bad_elevation"


@pytest.mark.parametrize("pattern", ["%Y-%m-%d %H:%M:%S UTC", "%Y-%m-%dT%H:%M:%S.000ZZ", "%Y/%m/%d %H:%M:%S"])
def test_times_of_other_forms_are_times(pattern: str) -> None:
    times = [np.datetime64(START.replace(tzinfo=None)) + np.timedelta64(8 * i, "s") for i in range(200)]
    written = [time.item().strftime(pattern) for time in times]
    track = read_gpx(document([point(f"{47 + i * 1e-4:.6f}", 8.5, 500 + i, each) for i, each in enumerate(written)]))
    assert recording_from_track(track).elapsed_time_s == 199 * 8


def test_a_clock_without_seconds_spreads_its_points_within_the_minute() -> None:
    rows = [point(f"{47 + i * 1e-4:.6f}", 8.5, 500 + i, moment(40 + 8 * i)[:16] + "Z") for i in range(300)]
    recording = recording_from_track(read_gpx(document(rows)))
    assert recording.moving_time_s == pytest.approx(299 * 8, rel=0.01)
    assert np.diff(recording.time_s) == pytest.approx(8.0, abs=1.2)


def test_a_few_minutes_without_seconds_are_no_trouble() -> None:
    rows = [point(f"{47 + i * 1e-4:.6f}", 8.5, 500 + i, moment(8 * i)[:16] + "Z") for i in range(14)]
    assert recording_from_track(read_gpx(document(rows))).elapsed_time_s == pytest.approx(104, abs=60)


def test_every_other_time_is_enough_and_a_long_hole_is_not() -> None:
    holes = [point(f"{47 + i * 1e-4:.6f}", 8.5, 500 + i, moment(8 * i) if i % 2 else None) for i in range(200)]
    assert recording_from_track(read_gpx(document(holes))).elapsed_time_s == pytest.approx(198 * 8)
    late = [point(f"{47 + i * 1e-4:.6f}", 8.5, 500 + i, moment(8 * i) if i > 60 else None) for i in range(200)]
    assert read_gpx(document(late)).time_fault == "sparse"


@pytest.mark.parametrize(
    ("times", "says"),
    [([None] * 200, "plan"), (["yesterday"] * 200, "read"), ([moment(0), *[None] * 199], "few")],
)
def test_what_is_wrong_with_the_times_is_said(times: list[str | None], says: str) -> None:
    track = read_gpx(document([point(f"{47 + i * 1e-4:.6f}", 8.5, 500, each) for i, each in enumerate(times)]))
    with pytest.raises(BadGpx, match=says) as caught:
        recording_from_track(track)
    assert caught.value.reason == "no_time"
    assert ("plan" in str(caught.value)) == (says == "plan")


def test_a_track_of_one_point_gives_way_to_a_full_route() -> None:
    route = "".join(point(f"{47 + i * 1e-4:.6f}", 8.5, 500 + i, tag="rtept") for i in range(100))
    track = read_gpx(document([point(1, 2, 3)], before=f"<rte><name>r</name>{route}</rte>"))
    assert len(track.lat_deg) == 100


def test_a_route_goes_through_the_points_between_its_points() -> None:
    space = 'xmlns:gpxx="http://www.garmin.com/xmlschemas/GpxExtensions/v3"'
    between = "".join(f'<gpxx:rpt lat="47.00{at}" lon="8.5"/>' for at in range(1, 5))
    shape = f"<extensions><gpxx:RoutePointExtension {space}>{between}</gpxx:RoutePointExtension></extensions>"
    route = point("47.000", 8.5, 500, inside=shape, tag="rtept") + point("47.005", 8.5, 510, tag="rtept")
    track = read_gpx(document([], before=f"<rte>{route}</rte>"))
    assert track.lat_deg.tolist() == [47.0, 47.001, 47.002, 47.003, 47.004, 47.005]
    assert track.elevation_m is not None
    assert np.isfinite(track.elevation_m).sum() == 2


def test_the_parts_of_a_file_are_told_with_the_words_of_their_tracks() -> None:
    later = f"<trk><trkseg>{''.join(walk(30))}</trkseg><name>Ride</name><type>Cycling</type></trk></gpx>"
    content = document(walk(10), [], walk(20), name="Run").replace(b"</gpx>", later.encode())
    assert read_gpx(content).stretches == (
        Stretch(0, 0, "Run"), Stretch(10, 0, "Run"), Stretch(30, 1, "Ride", "cycling"),
    )  # fmt: skip
