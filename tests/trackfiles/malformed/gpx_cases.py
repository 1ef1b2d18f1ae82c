"""GPX files as they should not be."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator

from tests.trackfiles.malformed.base import COUNT, GPX, points
from tests.trackfiles.malformed.cases import READABLE, Case, case
from tests.trackfiles.malformed.writers import gpx_of

_TWO = "several_activities"
_LAT = re.compile(rb'lat="[^"]*"')
_LON = re.compile(rb'lon="[^"]*"')
_ELE = re.compile(rb"<ele>[^<]*</ele>")
_TIME = re.compile(rb"<time>[^<]*</time>")

_NO_MOMENTS = (
    b"2026-05-00T06:30:00Z",
    b"2026-13-02T06:30:00Z",
    b"2026-02-30T06:30:00Z",
    b"2026-05-02T25:00:00Z",
    b"0001-01-01T00:00:00Z",
    b"9999-12-31T23:59:59Z",
    b"1777777777",
    b"yesterday",
    b"",
    b"2026-05-02",
)


def _all(pattern: re.Pattern[bytes], by: bytes) -> bytes:
    return pattern.sub(by, GPX)


def _one(pattern: re.Pattern[bytes], by: bytes, at: int = 50) -> bytes:
    match = list(pattern.finditer(GPX))[at]
    return GPX[: match.start()] + by + GPX[match.end() :]


def _some(pattern: re.Pattern[bytes], by: bytes) -> bytes:
    """At a tenth of the points."""
    return _each(pattern, lambda at, old: old if at % 10 else by)


def _each(pattern: re.Pattern[bytes], by: Callable[[int, bytes], bytes]) -> bytes:
    counter = iter(range(COUNT))
    return pattern.sub(lambda match: by(next(counter), match[0]), GPX)


def numbers() -> Iterator[Case]:
    """Positions and heights no file should hold."""
    for text in (
        "nan",
        "inf",
        "-inf",
        "1e400",
        "1_0.5",
        "\u0661\u0662",
        "",
        " ",
        "0x2b",
        "43.0.0",
        "4 3",
        "--4",
        "NaN",
    ):
        raw = text.encode()
        yield case(f"lat is {text!r}", _some(_LAT, b'lat="' + raw + b'"'), "bad_number")
        yield case(f"lat is {text!r} once", _one(_LAT, b'lat="' + raw + b'"'), READABLE)
        yield case(f"lon is {text!r}", _some(_LON, b'lon="' + raw + b'"'), "bad_number")
        yield case(f"lon is {text!r} once", _one(_LON, b'lon="' + raw + b'"'), READABLE)
        yield case(f"ele is {text!r} once", _one(_ELE, b"<ele>" + raw + b"</ele>"), READABLE)
        none = "no_elevation" if text.strip().lower() in {"", "nan"} else "bad_elevation"
        yield case(f"ele is {text!r} always", _all(_ELE, b"<ele>" + raw + b"</ele>"), none)
    for text in ("91", "-90.1", "1e9", "1e308"):
        yield case(f"lat is {text}", _some(_LAT, f'lat="{text}"'.encode()), "bad_position")
        yield case(f"lat is {text} once", _one(_LAT, f'lat="{text}"'.encode()), READABLE)
    for text in ("181", "-180.6", "360", "1e300"):
        yield case(f"lon is {text}", _some(_LON, f'lon="{text}"'.encode()), "bad_position")
        yield case(f"lon is {text} once", _one(_LON, f'lon="{text}"'.encode()), READABLE)
    yield case("lon is -180.1", _one(_LON, b'lon="-180.1"'), READABLE)
    for text in ("43,5", "43.5"):
        yield case(f"ele is {text} always", _all(_ELE, f"<ele>{text}</ele>".encode()), READABLE)
    yield case("lat and lon with commas", re.sub(rb'(l[ao][tn]="[0-9]+)[.]', rb"\1,", GPX), READABLE)
    yield case("no lat", _some(_LAT, b""), "bad_number")
    yield case("no lat once", _one(_LAT, b""), READABLE)
    for text in (b"-19999", b"1e9", b"-501", b"9001"):
        yield case(f"ele is {text!r} always", _all(_ELE, b"<ele>" + text + b"</ele>"), "no_elevation")
        yield case(f"ele is {text!r} once", _one(_ELE, b"<ele>" + text + b"</ele>"), READABLE)
    yield case("no ele", _all(_ELE, b""), "no_elevation")
    yield case("empty ele", _all(_ELE, b"<ele/>"), "no_elevation")
    yield case("ele is 0 always", _all(_ELE, b"<ele>0</ele>"), "zero_elevation")
    yield case("half of the ele", _each(_ELE, lambda at, old: old if at % 2 else b""), READABLE)
    yield case("the ele of the first half", _each(_ELE, lambda at, old: old if at < 60 else b""), "sparse_elevation")
    yield case(
        "every third ele is -19999",
        _each(_ELE, lambda at, o: o if at % 3 else b"<ele>-19999</ele>"),
        READABLE,
    )
    yield case("antimeridian", lambda: gpx_of(points(lon_deg=179.9999)).replace(b"179.9999", b"-180.0", 60), READABLE)
    yield case("pole", lambda: gpx_of(points(lat_deg=89.98)), READABLE)


def times() -> Iterator[Case]:
    """Clocks that stop, jump, run backward or never were."""
    yield case("no time", _all(_TIME, b""), "no_time")
    yield case("every other time", _each(_TIME, lambda at, old: old if at % 2 else b""), READABLE)
    yield case("one time missing", _one(_TIME, b""), READABLE)
    yield case("pairs of equal times", _each(_TIME, lambda at, _: _stamp(at // 2 * 8)), READABLE)
    yield case("one moment for all", _each(_TIME, lambda _at, _old: _stamp(0)), "no_time")
    yield case("backward throughout", _each(_TIME, lambda at, _: _stamp(4 * (COUNT - at))), READABLE)
    yield case("backward once", _one(_TIME, _stamp(0)), READABLE)
    yield case("forward once", _one(_TIME, _stamp(9e5)), READABLE)
    yield case("first fix 1168 h early", _one(_TIME, _stamp(-1168 * 3600), 0), READABLE)
    yield case("gap of 1168 h", _each(_TIME, lambda at, _: _stamp(4 * at + 1168 * 3600 * (at > 60))), _TWO)
    yield case("more than a day", _each(_TIME, lambda at, _: _stamp(4 * at + 90_000 * (at > 60))), _TWO)
    for text in _NO_MOMENTS:
        yield case(f"time is {text!r} once", _one(_TIME, b"<time>" + text + b"</time>"), READABLE)
        yield case(f"time is {text!r} always", _all(_TIME, b"<time>" + text + b"</time>"), "no_time")
    yield case("microseconds", GPX.replace(b".000Z", b".000123Z"), READABLE)
    yield case("nanoseconds", GPX.replace(b".000Z", b".000123456Z"), READABLE)
    yield case("offset of 05:45", GPX.replace(b".000Z", b"+05:45"), READABLE)
    yield case("no zone", GPX.replace(b".000Z", b""), READABLE)
    yield case("the night clocks change", GPX.replace(b"2026-05-02T06", b"2026-03-29T02"), READABLE)
    yield case("a clock of 1985", GPX.replace(b"<time>2026-", b"<time>1985-"), "implausible_time")
    yield case("speed of an aeroplane", lambda: gpx_of(points(step_s=0.04)), "no_pace")
    yield case("speed of a snail", lambda: gpx_of(points(step_s=4000)), "no_pace")


def shapes() -> Iterator[Case]:
    """Documents that are not what they say."""
    head, tail = GPX.split(b"<trkseg>", 1)[0], b"</trkseg></trk></gpx>"
    rows = re.findall(rb"<trkpt.*?</trkpt>", GPX, re.DOTALL)
    yield case("no points", head + b"<trkseg>" + tail, "too_few_points")
    yield case("one point", head + b"<trkseg>" + rows[0] + tail, "too_few_points")
    yield case("two equal points", head + b"<trkseg>" + rows[0] * 2 + tail, "zero_length")
    yield case("one place for all", _all(_LAT, b'lat="43.0"'), "zero_length")
    yield case("too short", lambda: gpx_of(points(20)), "no_pace")
    yield case("only waypoints", GPX.replace(b"trkpt", b"wpt").replace(b"<trk>", b"").replace(b"</trk>", b"")
               .replace(b"<trkseg>", b"").replace(b"</trkseg>", b""), "too_few_points")  # fmt: skip
    yield case("no namespace", GPX.replace(b' xmlns="http://www.topografix.com/GPX/1/1"', b""), READABLE)
    odd = b'<gpx xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b c" '
    yield case("odd schemaLocation", GPX.replace(b"<gpx ", odd), READABLE)
    yield case("undeclared prefix", GPX.replace(b"<name>", b"<x:y>1</x:y><name>"))
    yield case("another sport", gpx_of(points(), "cycling"), "other_sport")
    yield case("a segment per point", GPX.replace(b"</trkpt>", b"</trkpt></trkseg><trkseg>"), READABLE)
    yield case("a path, not a file", b"/home/me/Downloads/morning run.gpx", "not_gpx")
    yield case("JSON", b'{"type": "FeatureCollection"}', "not_gpx")
    yield case("KML", b'<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"/>', "not_gpx")
    for page in (
        b"<html><body>404</body></html>",
        b"<!DOCTYPE html>\n<html>",
        b"\n<!-- x --><HTML>",
        b"\xef\xbb\xbf<!doctype HTML>",
    ):
        yield case(f"a page {page[:12]!r}", page, "html")
    for nothing in (b"", b" \n\t", b"\xef\xbb\xbf", b"\xef\xbb\xbf  "):
        yield case(f"nothing {nothing!r}", nothing, "empty_file")
    yield case("unclosed tag", GPX.replace(b"</ele>", b"", 1), "broken_xml")
    yield case("bare ampersand", GPX.replace(b"Made up", b"A & B"), "broken_xml")
    yield case("text after the end", GPX + b"more", "broken_xml")
    yield case("two documents", GPX + GPX, "broken_xml")
    yield case("zeros after the end, as a power loss leaves them", GPX + bytes(512), READABLE)


def attacks() -> Iterator[Case]:
    """What is meant to hurt a parser."""
    root = GPX.split(b"?>", 1)[1]
    laughs = b"".join(b'<!ENTITY l%d "%s">' % (at, b"&l%d;" % (at - 1) * 10) for at in range(1, 12))
    for name, dtd in {
        "document type": b"<!DOCTYPE gpx>",
        "external file": b'<!DOCTYPE gpx [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        "external address": b'<!DOCTYPE gpx SYSTEM "http://127.0.0.1:9/x.dtd">',
        "parameter entity": b'<!DOCTYPE gpx [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p"> %p;]>',
        "billion laughs": b'<!DOCTYPE gpx [<!ENTITY l0 "ha">' + laughs + b"]>",
        "quadratic": b'<!DOCTYPE gpx [<!ENTITY a "' + b"a" * 100_000 + b'">]>',
    }.items():
        yield case(name, b'<?xml version="1.0"?>' + dtd + root.replace(b"Made up", b"&l11;&x;&a;"), "dtd_forbidden")
        yield case(f"{name} behind a comment", b"<!-- a --><?a b?>" + dtd + root, "dtd_forbidden")
    yield case("unknown entity", GPX.replace(b"Made up", b"&nothing;"), "broken_xml")
    yield case("nested 10^5 deep", GPX.replace(b"<trk>", b"<a>" * 100_000), "oversized_element")
    yield case("nested 10^6 deep", lambda: GPX.replace(b"<trk>", b"<a>" * 1_000_000), "oversized_element")
    many = b" ".join(b'a%d="1"' % at for at in range(20_000))
    yield case("20,000 attributes", GPX.replace(b"<trk>", b"<trk " + many + b">"), "oversized_element")
    yield case("attribute of 2 MiB", GPX.replace(b"<trk>", b'<trk a="' + b"x" * 2**21 + b'">'), "oversized_element")
    yield case("text of 2 MiB", GPX.replace(b"Made up", b"x" * 2**21), "oversized_element")
    yield case("comment of 2 MiB", GPX.replace(b"<trk>", b"<!--" + b"x" * 2**21 + b"--><trk>"), "oversized_element")
    yield case("more than 50 MiB", lambda: GPX + b" " * (50 * 2**20), "too_large")
    yield case("10^5 empty elements", GPX.replace(b"<trk>", b"<a/>" * 100_000 + b"<trk>"), READABLE)
    for name, codec, *expected in (
        ("utf-16", "utf-16", READABLE),
        ("utf-16-be with mark", "utf-16-be", READABLE),
        ("utf-32", "utf-32", "unsupported_encoding"),
        ("utf-16 without mark", "utf-16-le", READABLE),
    ):
        mark = "\ufeff" if name.endswith("with mark") else ""
        yield case(name, (mark + GPX.decode()).encode(codec), *expected)
    for name in ("utf-7", "ebcdic-cp-us", "no-such"):
        yield case(f"says {name}", GPX.replace(b"UTF-8", name.encode()), "unsupported_encoding")
    for name in ("utf-16", "utf-32", "gb18030", "windows-1251"):
        yield case(f"says {name}", GPX.replace(b"UTF-8", name.encode()), READABLE)
    yield case("a character that is none", GPX.replace(b"Made up", b"A&#xFFFF;&#0;"), READABLE)
    yield case("latin-1 and says so", GPX.replace(b"UTF-8", b"ISO-8859-1").replace(b"Made", b"M\xe4d"), READABLE)
    yield case("latin-1 and says utf-8", GPX.replace(b"Made", b"M\xe4d"), READABLE)
    yield case("NUL in a name", GPX.replace(b"Made", b"M\0d"), "binary")
    yield case("control character", GPX.replace(b"Made", b"M\x01d"), READABLE)
    yield case("control character in a tag", GPX.replace(b"<trk>", b"<t\x01rk>"), "broken_xml")
    yield case("random text", random.Random(7).randbytes(4000).hex().encode(), "not_gpx")


def gpx_cases() -> Iterator[Case]:
    """All of them."""
    for family in (numbers, times, shapes, attacks):
        yield from family()


def _stamp(seconds: float) -> bytes:
    return re.findall(rb"<time>.*?</time>", gpx_of([points(1)[0].later(seconds)]))[0]
