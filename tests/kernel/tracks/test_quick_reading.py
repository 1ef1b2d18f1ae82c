"""Plain points are read without an XML parser; nothing but the time it takes may tell."""

from __future__ import annotations

import gpxpy
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks.made_up import made_up_gpx
from kernel.tracks import BadGpx, read_gpx
from kernel.tracks.segments import plain_points
from tests.kernel.tracks.gpx_text import document, moment, point, walk

HEART_RATE = "<extensions><x:hr>140</x:hr></extensions>"
FIGURES = "<speed>1.5</speed>\n<fix>3d</fix><sat>9</sat>"
NESTED = '<extensions>\n <x:Point v="1">\n  <x:hr>9</x:hr> <x:off/>\n </x:Point>\n</extensions>'


def mixed_points(count: int) -> list[str]:
    """Points with and without heights, times and extensions."""
    return [
        point(
            f"{47 + index * 1e-4:.5f}",
            f"8.{index}",
            None if index % 7 == 3 else f"{index}.5",
            None if index % 11 == 5 else moment(index),
            ("", HEART_RATE, FIGURES + NESTED)[index % 3],
        )
        for index in range(count)
    ]


GOOD = document(mixed_points(9), mixed_points(6)).replace(b"<gpx ", b'<gpx xmlns:x="http://x/v1" ')
TAGS = [at for at, byte in enumerate(GOOD) if byte in b"<>"]
PIECES = [
    *(b"<", b">", b"&", b"&amp;", b"]]>", b'"', b"'", b"=", b"!", b"?", b"_", b"-", b"text", b"1e5", b"1e999", b"nan"),
    *(b"\x00", b"\x0b", b"\r", b"\r\n", b"\xc3", b"\xc3\xa9", b"\xff", b"", b" "),
    *(b"<extensions>", b"</extensions>", b"<extensions/>", b"<extensions a='1'>", b"<a>", b"</a>", b"<a b='' b=''/>"),
    *(b"<b>" * 31, b"</b>" * 31, b"<ele>7</ele>", b"<ele>", b"</ele>", b"</time>", b"</x:hr>", b"<name>n</name>"),
    *(b"<hdop>1</hdop>", b"<sat/>", b"<fix>", b"</fix>", b"</sat>", b"<time>2026-05-02T06:30:00Z</time>"),
    *(b'<trkpt lat="1" lon="2">', b'<trkpt lat="1" lon="2"/>', b"</trkpt>", b"<trkseg>", b"</trkseg>", b"</trk>"),
    *(b"<wpt lat='1' lon='2'><name>x</name></wpt>", b"<!-- x -->", b"<?p?>", b"<![CDATA[5]]>"),
]
EDITS = st.lists(
    st.tuples(
        st.sampled_from(TAGS) | st.sampled_from([at + 1 for at in TAGS]) | st.integers(0, len(GOOD)),
        st.sampled_from(PIECES) | st.binary(max_size=2),
        st.sampled_from([0, 0, 0, 1, 2, 12]),
    ),
    max_size=3,
)


def outcome(content: bytes) -> tuple[object, ...]:
    """Every bit of what is read, or the reason why nothing is."""
    try:
        track = read_gpx(content)
    except BadGpx as error:
        return (error.reason,)
    columns = (track.lat_deg, track.lon_deg, track.elevation_m, track.time_s)
    return *(None if column is None else column.tobytes() for column in columns), track.name, track.waypoints


def carefully(content: bytes) -> bytes:
    """The same document with a comment behind it, which makes the reader hand every byte to the XML parser.

    Zeros at the end are none of the document.
    """
    written = content.rstrip(b"\x00")
    return written + b"<!-- careful -->" + content[len(written) :]


@given(EDITS)
@example([])
@example([(GOOD.index(b"</extensions>"), b"</extensions>", 0)])
@example([(GOOD.index(b"<x:hr>"), b"<extensions>", 0)])
@example([(GOOD.index(b"</trkpt>"), b"&", 0)])
@example([(len(GOOD), b"\x00", 0)])
@example([(GOOD.index(b"</trkpt>"), b"\xe4", 0)])
@example([(GOOD.index(b"</trkpt>"), b"\x01", 0)])
@settings(deadline=None, max_examples=500)
def test_the_quick_way_accepts_what_the_careful_way_accepts_and_reads_the_same(
    edits: list[tuple[int, bytes, int]],
) -> None:
    content = GOOD
    for at, new, gone in edits:
        content = content[:at] + new + content[at + gone :]
    assert outcome(content) == outcome(carefully(content))


def test_points_with_and_without_heights_times_and_extensions_are_plain() -> None:
    plain = plain_points("".join(mixed_points(9)).encode())
    assert plain is not None
    assert len(plain.lat) == len(plain.lon) == len(plain.ele) == len(plain.time) == 9
    assert (plain.lat[3], plain.lon[3], plain.ele[3], plain.time[5]) == ("47.00030", "8.3", "", "")
    assert plain.extensions in {
        HEART_RATE.encode() + NESTED.encode(),
        NESTED.encode() + HEART_RATE.encode(),
    }


@pytest.mark.parametrize(
    "odd",
    [
        "stray text",
        "&",
        "\x00",
        "\x0b",
        "é",
        "<ele>5</ele>",
        "<extensions>",
        "</extensions>",
        "<trkpt lat='1' lon='2'></trkpt>",
        '<trkpt lat="x" lon="2"></trkpt>',
        '<trkpt lat="1" lon="2"><time>&#50;</time></trkpt>',
        '<trkpt lat="1" lon="2"><ele>]]></ele></trkpt>',
        '<trkpt lat="1" lon="2"><time></time><ele>1</ele></trkpt>',
        '<trkpt lat="1" lon="2"><ele>1</ele><ele>2</ele></trkpt>',
        '<trkpt lat="1" lon="2"><sat>1</fix></trkpt>',
        '<trkpt lat="1" lon="2"><name><b>1</b></name></trkpt>',
        '<trkpt lat="1" lon="2"><extensions></extensions><ele>1</ele></trkpt>',
        '<trkpt lat="1" lon="2"><extensions><extensions></extensions></extensions></trkpt>',
        f'<trkpt lat="1" lon="2"><extensions>{"<a>" * 33}{"</a>" * 33}</extensions></trkpt>',
        '<trkpt lat="1" lon="2"><extensions><a' + " b=''" * 65 + "/></extensions></trkpt>",
    ],
)
def test_what_xml_could_see_otherwise_is_not_plain(odd: str) -> None:
    before, after = "".join(mixed_points(3)), "".join(mixed_points(2))
    assert plain_points((before + after).encode()) is not None
    assert plain_points((before + odd + after).encode()) is None
    assert plain_points((before + odd).encode()) is None


def test_extensions_left_open_are_not_closed_by_a_later_part_of_the_file() -> None:
    points = walk(12_000)
    points[5] = point(47, 8, inside="<extensions><extensions ></extensions>")
    for late in ("</extensions>", "</extensions></extensions>", "</extensions></trkpt>"):
        content = document([*points, late, *walk(3)])
        assert len(content) > 1024 * 1024 + 10_000
        assert outcome(content) == outcome(carefully(content)) == ("broken_xml",)


def test_an_error_behind_plain_points_is_found_in_its_line() -> None:
    content = document(walk(500)).replace(b"</trkseg>", b"</trkseg>\n\n<x>")
    with pytest.raises(BadGpx) as caught:
        read_gpx(content)
    with pytest.raises(BadGpx) as careful:
        read_gpx(carefully(content))
    assert str(caught.value) == str(careful.value)
    assert "(line 504)" in str(caught.value)


ODD_FILES = {
    "the benchmark's": made_up_gpx(10_000),
    "mixed points": GOOD,
    "fractions of seconds": document(
        [point(47 + i / 7e4, 8 + i / 9e4, i / 3, f"{moment(i)[:-1]}.{i:03d}Z") for i in range(50)]
    ),
    "microseconds": document([point(47 + i / 7e4, 8, i, f"{moment(i)[:-1]}.{i * 19_993:06d}Z") for i in range(50)]),
    "nanoseconds": document([point(47 + i / 7e4, 8, i, f"{moment(i)[:-1]}.{i * 19_993_017:09d}Z") for i in range(50)]),
    "offsets": document([point(47 + i / 7e4, 8, i, f"{moment(i)[:-1]}+05:30") for i in range(50)]),
    "mixed times": document(
        [point(47 + i / 7e4, 8, i, f"{moment(i)[:-1]}{'.5Z' if i % 3 else 'Z'}") for i in range(50)]
    ),
    "long decimals": document([point(repr(47 + i / 7), repr(-8 - i / 11), repr(i / 13)) for i in range(50)]),
    "exponents": document([point(f"{47 + i / 7:.12e}", f"{8 + i / 11:e}", "1e2") for i in range(50)]),
    "signs and bare points": document([point("+47.", "-.5", "+.25"), point("-47.5", "8", "-3")]),
    "single quotes": document(walk(50)).replace(b'"', b"'"),
    "windows line ends": document(walk(50)).replace(b"\n", b"\r\n"),
    "no heights": document(walk(50, heights=[None] * 50)),
    "many segments": document(*([each] for each in walk(50))),
}


@pytest.mark.parametrize("content", ODD_FILES.values(), ids=ODD_FILES.keys())
def test_the_numbers_are_those_of_gpxpy_to_the_last_bit(content: bytes) -> None:
    ours = read_gpx(content)
    theirs = list(gpxpy.parse(content).walk(only_points=True))
    assert ours.lat_deg.tolist() == [p.latitude for p in theirs]
    assert ours.lon_deg.tolist() == [p.longitude for p in theirs]
    if ours.elevation_m is None:
        assert all(p.elevation is None for p in theirs)
    else:
        assert [None if np.isnan(e) else e for e in ours.elevation_m.tolist()] == [p.elevation for p in theirs]
    known = [p.time.timestamp() if p.time else None for p in theirs]
    if ours.time_s is None:
        assert known.count(None) > 0.05 * len(known)
    else:
        assert [ours_s for ours_s, s in zip(ours.time_s.tolist(), known, strict=True) if s is not None] == [
            s for s in known if s is not None
        ]
