"""What a good file says, in all the forms devices and planners write it."""

from __future__ import annotations

import time

import gpxpy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.tracks import Track, read_gpx
from tests.kernel.tracks.gpx_text import DECLARATION, document, moment, point, walk

EXTENSION = (
    "<extensions><gpxtpx:TrackPointExtension><gpxtpx:hr>140</gpxtpx:hr><gpxtpx:time>1</gpxtpx:time>"
    "</gpxtpx:TrackPointExtension></extensions>"
)


def assert_same(one: Track, other: Track) -> None:
    for name in ("lat_deg", "lon_deg", "elevation_m", "time_s"):
        first, second = getattr(one, name), getattr(other, name)
        assert (first is None) == (second is None), name
        if first is not None:
            np.testing.assert_array_equal(first, second, err_msg=name)
    assert (one.name, one.sport, one.waypoints) == (other.name, other.sport, other.waypoints)


def with_namespaces(content: bytes) -> bytes:
    return content.replace(b"<gpx ", b'<gpx xmlns:gpxtpx="http://x/TrackPointExtension/v1" ')


def test_positions_heights_and_times_are_as_written() -> None:
    track = read_gpx(document(walk(3)))
    np.testing.assert_array_equal(track.lat_deg, [47.0, 47.0001, 47.0002])
    np.testing.assert_array_equal(track.lon_deg, [8.5, 8.5, 8.5])
    assert track.elevation_m is not None
    assert track.elevation_m.tolist() == [500, 501, 502]
    assert track.time_s is not None
    assert track.time_s.tolist() == [1777703400.0, 1777703408.0, 1777703416.0]
    assert track.name == "A walk"


@pytest.mark.parametrize(
    "xmlns",
    [
        "",
        'xmlns="http://www.topografix.com/GPX/1/0"',
        'xmlns="http://odd/ value"',
        "xmlns='' xsi:schemaLocation='a  b c'",
    ],
)
def test_any_namespace_will_do(xmlns: str) -> None:
    good = document(walk())
    odd = good.replace(b'xmlns="http://www.topografix.com/GPX/1/1"', xmlns.encode())
    assert_same(read_gpx(odd), read_gpx(good))


def test_a_prefixed_document_reads_like_a_plain_one() -> None:
    good = document(walk())
    names = (b"gpx", b"trk", b"trkseg", b"trkpt", b"ele", b"time", b"name")
    prefixed = good.replace(b"xmlns=", b"xmlns:g=")
    for name in names:
        for before in (b"<", b"</"):
            for after in (b" ", b">"):
                prefixed = prefixed.replace(before + name + after, before + b"g:" + name + after)
    assert_same(read_gpx(prefixed), read_gpx(good))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_an_encoding_that_is_declared_is_read(encoding: str) -> None:
    text = document(walk(), name="Zürich").decode()
    track = read_gpx(text.replace("UTF-8", encoding.removesuffix("-sig")).encode(encoding))
    assert_same(track, read_gpx(text.encode()))
    assert track.name == "Zürich"


VARIANTS = {
    "single quotes": (b'"', b"'"),
    "a comment": (b"<trkseg>", b"<trkseg><!-- <trkpt lat='1' lon='1'/> -->"),
    "an instruction": (b"<trkseg>", b"<trkseg><?x <trkpt lat='1' lon='1'/> ?>"),
    "character data": (b"<ele>500</ele>", b"<ele><![CDATA[500]]></ele>"),
    "a character reference": (b"<ele>500</ele>", b"<ele>&#53;00</ele>"),
    "white space in values": (b"<ele>500</ele>", b"<ele>\n 500 </ele>"),
    "windows line ends": (b"\n", b"\r\n"),
    "other children": (b"<time>", b"<speed>3</speed><time>"),
    "children after": (b"</time>", b"</time><sat>9</sat>"),
    "points in a foreign extension": (
        b"</time>",
        b"</time><extensions><trkpt lat='1' lon='1'><ele>9</ele></trkpt></extensions>",
    ),
    "heights in a foreign extension": (b"</time>", b"</time><extensions><ele>9</ele><time>x</time></extensions>"),
    "leading white space": (DECLARATION.encode(), b" \n" + DECLARATION.encode()),
}


@pytest.mark.parametrize(("old", "new"), VARIANTS.values(), ids=VARIANTS.keys())
def test_a_matter_of_style_changes_nothing(old: bytes, new: bytes) -> None:
    good = document(walk())
    assert old in good
    assert_same(read_gpx(good.replace(old, new)), read_gpx(good))


@given(
    st.lists(
        st.tuples(st.sampled_from(["", EXTENSION, "<!-- c -->", "<hdop>1</hdop>", "<extensions/>"]), st.booleans()),
        min_size=2,
        max_size=30,
    )
)
@settings(deadline=None)
def test_the_quick_way_and_the_careful_way_read_the_same(kinds: list[tuple[str, bool]]) -> None:
    points = [
        point(47 + index * 1e-4, 8, 500 + index if high else None, moment(index), inside)
        for index, (inside, high) in enumerate(kinds)
    ]
    quick = with_namespaces(document(points[:5], points[5:]))
    careful = quick.replace(b"<trkseg>", b"<trkseg><!-- careful -->")
    assert_same(read_gpx(quick), read_gpx(careful))


def test_segments_and_tracks_are_joined() -> None:
    points = walk(30)
    whole = read_gpx(document(points))
    assert_same(read_gpx(document(points[:7], points[7:8], points[8:])), whole)
    split = document(points[:7], points[7:]).replace(b"</trkseg><trkseg>", b"</trkseg></trk><trk><trkseg>")
    assert_same(read_gpx(split), whole)


def test_a_route_counts_when_there_is_no_track() -> None:
    route = "".join(point(47 + i * 1e-3, 8, 500, tag="rtept") for i in range(5))
    track = read_gpx(f"<gpx><rte><name>R</name><type>Hiking</type>{route}</rte></gpx>".encode())
    assert len(track.lat_deg) == 5
    assert (track.name, track.sport) == ("R", "hiking")
    both = document(walk(), before=f"<rte><name>R</name>{route}</rte>")
    assert len(read_gpx(both).lat_deg) == 200


def test_waypoints_carry_their_names() -> None:
    marks = (
        '<wpt lat="47.1" lon="8.1"><ele>612</ele><name> Hut &amp;\n spring </name><sym>x</sym></wpt>'
        '<wpt lat="47.2" lon="-180.2"/>'
    )
    hut, unnamed = read_gpx(document(walk(), before=marks)).waypoints
    assert (hut.name, hut.lat_deg, hut.lon_deg, hut.elevation_m) == ("Hut & spring", 47.1, 8.1, 612.0)
    assert (unnamed.name, unnamed.elevation_m) == ("", None)
    assert unnamed.lon_deg == pytest.approx(179.8)


def test_a_name_may_stand_in_the_metadata() -> None:
    content = document(walk(), name="", before="<metadata><name>Loop</name><link><name>no</name></link></metadata>")
    assert read_gpx(content).name == "Loop"


def test_longitudes_past_the_antimeridian_are_wrapped() -> None:
    track = read_gpx(document([point(60, lon, 1) for lon in ("-180.096", "-180", "180", "180.5")]))
    np.testing.assert_allclose(track.lon_deg, [179.904, -180, 180, -179.5])


@pytest.mark.parametrize(
    "height", ["", "-19999", "1e9", "nan", "1_0.5", "\u0665\u0660\u0660", "9000.1", "-500.5", "high", "<b>5</b>"]
)
def test_a_height_that_is_none_is_missing(height: str) -> None:
    track = read_gpx(document(walk(heights=[height, *range(199)])))
    assert track.elevation_m is not None
    assert np.isnan(track.elevation_m[0])
    assert np.isfinite(track.elevation_m[1:]).all()


def test_heights_may_be_absent_altogether() -> None:
    assert read_gpx(document(walk(heights=[None] * 200))).elevation_m is None
    assert read_gpx(document(walk()).replace(b"<ele>", b"<el>").replace(b"</ele>", b"</el>")).elevation_m is None


@pytest.mark.parametrize("height", ["-430", "8848.86", "0", "1e2", "+5", " 5 ", ".5", "5."])
def test_a_height_on_earth_is_kept(height: str) -> None:
    track = read_gpx(document(walk(heights=[height, *range(199)])))
    assert track.elevation_m is not None
    assert track.elevation_m[0] == float(height)


def test_times_may_be_absent_altogether() -> None:
    assert read_gpx(document(walk(timed=False))).time_s is None


def test_a_time_that_cannot_be_read_is_filled_from_its_neighbours() -> None:
    good = document(walk())
    track = read_gpx(good.replace(moment(80).encode(), b"2026-05-00T06:31:20Z"))
    reference = read_gpx(good)
    assert track.time_s is not None
    assert reference.time_s is not None
    np.testing.assert_allclose(track.time_s, reference.time_s, atol=0.01)


def test_too_many_unreadable_times_are_no_times() -> None:
    assert read_gpx(document(walk()).replace(b"2026-05-02T06:3", b"2026-05-00T06:3")).time_s is None


def test_points_out_of_place_change_nothing() -> None:
    good = document(walk(), before='<wpt lat="1" lon="2"><name>Hut</name></wpt>')
    wrong = "".join(point(1, 1 + i, 9, moment(i)) for i in range(9)).encode()
    stray = wrong + b"<wpt><name>x</name></wpt>"
    nested = good.replace(b"</time>", b"</time><extensions>" + stray + b"</extensions><!-- careful -->")
    beside = good.replace(b"<trkseg>", b"<x>" + wrong + b"<trkseg>" + stray + b"</trkseg></x><trkseg>", 1).replace(
        b"</trkseg>", b"</trkseg>" + stray
    )
    for odd in (nested, beside, nested.replace(b"<!-- careful -->", b"")):
        assert_same(read_gpx(odd), read_gpx(good))


def test_a_commented_out_segment_is_not_read() -> None:
    hidden = "".join(point(1, 1 + i, 9, moment(i)) for i in range(9))
    content = document([f"<!-- {hidden}</trkseg> -->", *walk()])
    assert_same(read_gpx(content), read_gpx(document(walk())))


def test_gpxpy_reads_the_same_points() -> None:
    content = with_namespaces(document(walk(50), [point(-47.5, -8.25, 1.5, moment(1000), EXTENSION)]))
    ours = read_gpx(content)
    theirs = list(gpxpy.parse(content.decode()).walk(only_points=True))
    assert ours.lat_deg.tolist() == [p.latitude for p in theirs]
    assert ours.lon_deg.tolist() == [p.longitude for p in theirs]
    assert ours.elevation_m is not None
    assert ours.elevation_m.tolist() == [p.elevation for p in theirs]
    assert ours.time_s is not None
    assert ours.time_s.tolist() == [p.time.timestamp() for p in theirs if p.time is not None]


def test_a_plain_file_is_read_faster_than_gpxpy_reads_it() -> None:
    points = [point(47 + i * 1e-5, 8 + i * 1e-5, 500 + i % 90, moment(i), EXTENSION) for i in range(3000)]
    content = with_namespaces(document(points))
    ours, theirs = [], []
    for _ in range(3):
        began = time.process_time()
        read_gpx(content)
        ours.append(time.process_time() - began)
        began = time.process_time()
        gpxpy.parse(content.decode())
        theirs.append(time.process_time() - began)
    assert min(ours) < min(theirs) / 2
