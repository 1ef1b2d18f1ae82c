"""Files that are no usable track: every one gets a reason and a sentence, quickly, and nothing but BadGpx is raised."""

from __future__ import annotations

import gzip
import time
import tracemalloc
import zipfile
from io import BytesIO

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kernel.tracks import MAX_GPX_BYTES, BadGpx, NoElevation, read_gpx, recording_from_track, route_from_track
from tests.kernel.tracks.gpx_text import DECLARATION, document, point, walk

GOOD = document(walk())
BOMB = "<!ENTITY a0 'ha'>" + "".join(f"<!ENTITY a{i + 1} '{f'&a{i};' * 10}'>" for i in range(9))


def zipped(content: bytes) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("track.gpx", content)
    return buffer.getvalue()


def recoded(encoding: str, declared: str) -> bytes:
    return GOOD.decode().replace("UTF-8", declared).encode(encoding)


def with_position(lat: object, lon: object) -> bytes:
    return document([point(47, 8, 500), point(lat, lon, 500), point(47.1, 8, 500)])


CASES: dict[str, tuple[str, bytes]] = {
    "nothing": ("empty_file", b""),
    "white space": ("empty_file", b" \r\n\t "),
    "a byte order mark alone": ("empty_file", b"\xef\xbb\xbf"),
    "over 50 MiB": ("too_large", GOOD + b" " * MAX_GPX_BYTES),
    "a path": ("not_gpx", b"/home/me/track.gpx"),
    "json": ("not_gpx", b'{"type": "FeatureCollection"}'),
    "a web page": ("html", b"<!DOCTYPE html><html><body>Please log in</body></html>"),
    "a web page in capitals": ("html", b"\n<HTML><head>"),
    "a web page after a comment": ("html", b"<!-- saved --><html></html>"),
    "xhtml": ("html", b'<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD" "http://x/"><html/>'),
    "prefixed html": ("html", b'<x:html xmlns:x="http://www.w3.org/1999/xhtml"/>'),
    "tcx": ("not_gpx", b"<TrainingCenterDatabase/>"),
    "kml": ("not_gpx", b"<kml><Document/></kml>"),
    "another root": ("not_gpx", b"<GPX/>"),
    "fit": ("fit_file", b"\x0e\x10\xd9\x07\x10\x00\x00\x00.FIT\x00\x00" + bytes(200)),
    "zip": ("compressed", zipped(GOOD)),
    "gzip": ("compressed", gzip.compress(GOOD)),
    "an image": ("binary", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"),
    "nul bytes": ("binary", bytes(1000)),
    "a text of another alphabet": ("not_gpx", "маршрут".encode()),
    "utf-7": ("unsupported_encoding", recoded("utf-7", "utf-7")),
    "utf-32": ("unsupported_encoding", recoded("utf-32", "utf-32")),
    "an unknown encoding": ("unsupported_encoding", recoded("utf-8", "x-user-defined")),
    "half a utf-16 unit": ("broken_xml", recoded("utf-16", "utf-16")[:-1]),
    "a control character in a tag": ("broken_xml", GOOD.replace(b"<trk>", b"<t\x01rk>")),
    "bytes that are not windows-1252": (
        "broken_xml",
        GOOD.replace(b"UTF-8", b"windows-1252").replace(b"A walk", b"A w\x81lk"),
    ),
    "a document type": ("dtd_forbidden", f"{DECLARATION}<!DOCTYPE gpx><gpx/>".encode()),
    "an external document type": ("dtd_forbidden", b'<!DOCTYPE gpx SYSTEM "file:///etc/passwd"><gpx/>'),
    "an external entity": (
        "dtd_forbidden",
        b'<!DOCTYPE gpx [<!ENTITY x SYSTEM "http://127.0.0.1/">]><gpx><name>&x;</name></gpx>',
    ),
    "a parameter entity": ("dtd_forbidden", b'<!DOCTYPE gpx [<!ENTITY % x SYSTEM "http://127.0.0.1/"> %x;]><gpx/>'),
    "a billion laughs": ("dtd_forbidden", f"<!DOCTYPE gpx [{BOMB}]><gpx>&a9;</gpx>".encode()),
    "laughs in utf-16": ("dtd_forbidden", f"<!DOCTYPE gpx [{BOMB}]><gpx>&a9;</gpx>".encode("utf-16")),
    "laughs behind a mark": ("dtd_forbidden", b"\xef\xbb\xbf" + f"<!DOCTYPE gpx [{BOMB}]><gpx>&a9;</gpx>".encode()),
    "laughs behind comments": ("dtd_forbidden", f"<!-- > --><?x ?><!DOCTYPE gpx [{BOMB}]><gpx>&a9;</gpx>".encode()),
    "an entity in lower case": ("dtd_forbidden", b"<!entity x 'y'><gpx/>"),
    "an entity no one declared": ("broken_xml", GOOD.replace(b"A walk", b"A &nbsp; walk")),
    "cut in a tag": ("broken_xml", GOOD[:-300]),
    "cut between points": ("broken_xml", GOOD[: GOOD.rindex(b"<trkpt")]),
    "cut in a comment": ("broken_xml", b"<!-- <gpx>"),
    "a declaration alone": ("broken_xml", DECLARATION.encode()),
    "two documents": ("broken_xml", GOOD + GOOD[GOOD.index(b"<gpx") :]),
    "tags crossed": ("broken_xml", GOOD.replace(b"</trkseg></trk>", b"</trk></trkseg>")),
    "an unclosed point": ("broken_xml", GOOD.replace(b"</trkpt>", b"", 1)),
    "an undeclared attribute quote": ("broken_xml", GOOD.replace(b'lon="', b"lon=", 1)),
    "a nest of 10^6": ("oversized_element", b"<gpx>" + b"<a>" * 10**6),
    "a nest inside a point": (
        "oversized_element",
        document([point(47, 8, 1, inside="<extensions>" + "<a>" * 99 + "</a>" * 99 + "</extensions>"), *walk()]),
    ),
    "10^6 attributes": ("oversized_element", b"<gpx " + b" ".join(b'a%d=""' % i for i in range(10**6)) + b"/>"),
    "100 attributes": ("oversized_element", b"<gpx " + b" ".join(b'a%d=""' % i for i in range(100)) + b"/>"),
    "a 4 MB name": ("oversized_element", document(walk(), name="x" * 4_000_000)),
    "a 4 MB comment": ("oversized_element", b"<!--" + b"x" * 4_000_000 + b"--><gpx/>"),
    "no track": ("too_few_points", b"<gpx/>"),
    "waypoints only": ("too_few_points", b'<gpx><wpt lat="47" lon="8"/></gpx>'),
    "an empty segment": ("too_few_points", document([])),
    "one point": ("too_few_points", document([point(47, 8, 500)])),
    "two equal points": ("zero_length", document([point(47, 8, 500), point(47, 8, 501)])),
    "a route of two equal points": (
        "zero_length",
        b'<gpx><rte><rtept lat="1" lon="2"/><rtept lat="1" lon="2"/></rte></gpx>',
    ),
    "latitudes missing": ("bad_number", GOOD.replace(b'lat="47.000', b'lot="47.000')),
    "latitude 91": ("bad_position", with_position(91, 8)),
    "latitude -90.1": ("bad_position", with_position(-90.1, 8)),
    "longitude 181": ("bad_position", with_position(47, 181)),
    "longitude -180.6": ("bad_position", with_position(47, -180.6)),
    "more waypoints than 10,000": ("too_many_waypoints", document(walk(), before='<wpt lat="1" lon="2"/>' * 10_001)),
    **{
        f"latitude {text!r}": ("bad_number", with_position(text, 8))
        for text in [
            "",
            " ",
            "nan",
            "NaN",
            "inf",
            "-Infinity",
            "1e400",
            "1_0.5",
            "\u0664\u0667",
            "47,1,2",
            "47.1.2",
            "4 7",
            "0x2F",
            "--1",
        ]
    },
    **{
        f"longitude {text!r}": ("bad_number", with_position(47, text))
        for text in ["", "nan", "1e999", "8_0", "\uff18", "+-8"]
    },
}


@pytest.mark.parametrize(("reason", "content"), CASES.values(), ids=CASES.keys())
def test_every_bad_file_gets_its_reason_and_a_sentence(reason: str, content: bytes) -> None:
    with pytest.raises(BadGpx) as caught:
        read_gpx(content)
    assert caught.value.reason == reason
    assert str(caught.value).endswith(".")
    assert len(str(caught.value)) > 30


def test_a_track_of_more_than_half_a_million_points_is_refused() -> None:
    with pytest.raises(BadGpx) as caught:
        read_gpx(document(['<trkpt lat="1" lon="2"></trkpt>'] * 500_001))
    assert caught.value.reason == "too_many_points"
    with pytest.raises(BadGpx) as caught:
        read_gpx(document(["<trkpt lat='1' lon='2'/>"] * 500_001))
    assert caught.value.reason == "too_many_points"


@pytest.mark.parametrize("before", [0, 1, 500_000, 1_048_576, 3_000_000])
def test_an_element_may_have_a_mebibyte_and_no_byte_more(before: int) -> None:
    room = b"<trk>" + b"\n" * (before % 1_000_000) + b"</trk>"
    good = GOOD.replace(b"<trk>", room * (1 + before // 1_000_000) + b"<trk>", 1)
    longest = b"<desc>" + b"x" * (1024 * 1024 - len(b"<desc>"))
    read_gpx(good.replace(b"</trkseg>", b"</trkseg>" + longest + b"</desc>"))
    with pytest.raises(BadGpx) as caught:
        read_gpx(good.replace(b"</trkseg>", b"</trkseg>" + longest + b"x</desc>"))
    assert caught.value.reason == "oversized_element"
    with pytest.raises(BadGpx) as caught:
        read_gpx(good + b"\n" * (1024 * 1024))
    assert caught.value.reason == "oversized_element"


@pytest.mark.parametrize("name", ["a billion laughs", "laughs behind comments", "a nest of 10^6", "a 4 MB name"])
def test_an_attack_is_refused_at_first_sight(name: str) -> None:
    reason, content = CASES[name]
    tracemalloc.start()
    began = time.process_time()
    with pytest.raises(BadGpx, match=r"."):
        read_gpx(content)
    took_s = time.process_time() - began
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert reason in {"dtd_forbidden", "oversized_element"}
    assert took_s < 0.5
    assert peak < 30 * 1024 * 1024


def usable(content: bytes) -> None:
    """Whatever the bytes, the readers answer or raise their own errors."""
    try:
        track = read_gpx(content)
        route_from_track(track)
        recording_from_track(track)
    except (BadGpx, NoElevation) as error:
        assert error.reason.isidentifier()  # noqa: PT017 - both outcomes are right; only the token is checked


@given(st.binary(max_size=400))
@example(b"<gpx><trk><trkseg><trkpt")
@example(b"\xff\xfe")
@settings(deadline=None)
def test_any_bytes_give_a_track_or_bad_gpx(content: bytes) -> None:
    usable(content)


FRAGMENTS = st.sampled_from(
    [
        "<gpx>",
        "</gpx>",
        "<trk>",
        "</trk>",
        "<trkseg>",
        "</trkseg>",
        '<trkpt lat="1" lon="2">',
        '<trkpt lat="3" lon="9e9"/>',
        '<trkpt lat="1.1" lon="2"/>',
        "</trkpt>",
        "<ele>5</ele>",
        "<ele/>",
        "<time>2026-05-00T00:00:00Z</time>",
        "<rte>",
        "</rte>",
        '<rtept lat="1" lon="1"/>',
        "<extensions>",
        "</extensions>",
        "<!-- x -->",
        "<![CDATA[<trkpt>]]>",
        "<?p i?>",
        "&amp;",
        "\x00",
        "<name>",
        "</name>",
        " ",
        "<!DOCTYPE gpx>",
    ]
)


@given(st.lists(FRAGMENTS, max_size=30))
@example(["<gpx>", '<trkpt lat="1" lon="2">', "<ele>5</ele>"])
@settings(deadline=None)
def test_any_grammar_salad_gives_a_track_or_bad_gpx(pieces: list[str]) -> None:
    usable(("<gpx><trk><trkseg>" + "".join(pieces)).encode())


SMALL = document(walk(12))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.binary(max_size=3), st.integers(0, 9)), max_size=4))
def test_any_mutation_of_a_good_file_gives_a_track_or_bad_gpx(edits: list[tuple[int, bytes, int]]) -> None:
    content = SMALL
    for at, new, gone in edits:
        content = content[:at] + new + content[at + gone :]
    usable(content)
