"""TCX, FIT and packed files as they should not be."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import replace

from tests.trackfiles.malformed.base import FIT, GPX, START_S, TCX, points
from tests.trackfiles.malformed.cases import READABLE, Case, case
from tests.trackfiles.malformed.writers import FIT_EPOCH_S, TCX_SPACE, data, definition, fit_file, fit_of, tcx_of


def tcx_cases() -> Iterator[Case]:
    """TCX files."""
    blind = [replace(point, lat_deg=None, lon_deg=None) for point in points()]
    yield case("tcx of another namespace", TCX.replace(TCX_SPACE.encode(), b"urn:nothing"), READABLE)
    yield case(
        "tcx without activities", re.sub(rb"<Activities>.*</Activities>", b"", TCX, flags=re.DOTALL), "too_few_points"
    )
    yield case("tcx without trackpoints", tcx_of([]), "too_few_points")
    yield case("tcx of one point", tcx_of(points(1)), "too_few_points")
    yield case("tcx without positions", tcx_of(blind), "no_position")
    yield case("tcx with positions at the end only", tcx_of(blind[:90] + points()[90:]), "no_position")
    yield case("tcx without sport", TCX.replace(b' Sport="Running"', b""), READABLE)
    yield case("tcx of an unknown sport", TCX.replace(b"Running", b"Other"), READABLE)
    yield case("tcx of a ride", TCX.replace(b"Running", b"Biking"), "other_sport")
    yield case("tcx with words for calories", TCX.replace(b"<Calories>1<", b"<Calories>many<"), READABLE)
    yield case("tcx with endless calories", TCX.replace(b"<Calories>1<", b"<Calories>1e400<"), READABLE)
    yield case("tcx with words for distance", TCX.replace(b"<DistanceMeters>1<", b"<DistanceMeters>far<"), READABLE)
    for text in (b"nan", b"1e400", b"1_0.5", b"\xd9\xa1", b"4,3,0", b"inf"):
        yield case(f"tcx latitude {text!r}", re.sub(rb"43[.][0-9]+", text, TCX, count=9), "bad_number")
        yield case(f"tcx latitude {text!r} once", TCX.replace(b"43.0000000", text, 1), READABLE)
        yield case(f"tcx distance {text!r}", TCX.replace(b">100.00<", b">" + text + b"<", 1), READABLE)
        yield case(f"tcx height {text!r}", TCX.replace(b">900.00<", b">" + text + b"<", 1), READABLE)
    yield case("tcx latitude 91", TCX.replace(b"43.0000000", b"91", 1), READABLE)
    yield case("tcx longitude -180.1", TCX.replace(b"77.0000000", b"-180.1", 1), READABLE)
    yield case("tcx at 0, 0", re.sub(rb"(43|77)\.\d+", b"0.0", TCX), "no_position")
    yield case("tcx heights of -19999", re.sub(rb"(<AltitudeMeters>)[^<]*", rb"\g<1>-19999", TCX), "no_elevation")
    yield case("tcx without times", re.sub(rb"<Time>[^<]*</Time>", b"", TCX), "no_time")
    yield case("tcx of bad times", re.sub(rb"<Time>[^<]*", b"<Time>2026-05-00T00:00:00Z", TCX), "no_time")
    yield case("tcx distance that falls", TCX.replace(b">500.00<", b">1.00<", 1), READABLE)
    yield case("tcx distance of 1e308", TCX.replace(b">1190.00<", b">1e308<", 1), READABLE)
    yield case("tcx with a document type", b"<!DOCTYPE a>" + TCX.split(b"?>", 1)[1], "dtd_forbidden")
    laughs = b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    yield case("tcx with laughs", laughs + TCX.split(b"?>", 1)[1].replace(b"Manual", b"&b;"), "dtd_forbidden")
    yield case("tcx nested 10^4 deep", TCX.replace(b"<Activities>", b"<a>" * 10_000), "broken_tcx")
    yield case("tcx nested 10^6 deep", lambda: TCX.replace(b"<Activities>", b"<a>" * 10**6), "oversized_element")
    yield case(
        "tcx of 10^6 elements", lambda: TCX.replace(b"<Track>", b"<Track>" + b"<a/>" * 10**6), "oversized_element"
    )
    yield case(
        "tcx of 10^6 points", lambda: TCX.replace(b"<Track>", b"<Track>" + b"<Trackpoint/>" * 10**6), "too_many_points"
    )
    yield case("tcx with a control character", TCX.replace(b"Manual", b"Man\x02ual"), READABLE)
    yield case("tcx in latin-1 that says utf-8", TCX.replace(b"Manual", b"M\xe4nual"), READABLE)
    yield case("tcx in utf-16", TCX.decode().replace('encoding="UTF-8"', "").encode("utf-16"), READABLE)
    yield case("tcx with a closing tag missing", TCX.replace(b"</Lap>", b""), "broken_tcx")
    lap_words = b"</Track><Extensions><LX xmlns='http://www.garmin.com/xmlschemas/ActivityExtension/v2'><Steps>x</Steps></LX></Extensions>"
    yield case("tcx with words for steps", TCX.replace(b"</Track>", lap_words), READABLE)
    yield case("tcx named in a comment of a gpx", GPX.replace(b"<gpx ", b"<!-- <TrainingCenterDatabase > --><gpx ", 1))


def fit_cases() -> Iterator[Case]:
    """FIT files."""
    recorded = points()
    blind = [replace(point, lat_deg=None, lon_deg=None) for point in recorded]
    yield case("fit header only", FIT[:14], "broken_fit")
    yield case("fit short header only", FIT[:12], "broken_fit")
    yield case("fit never finished", struct.pack("<BBHI4sH", 14, 0x20, 2132, 0, b".FIT", 0) + FIT[14:], "broken_fit")
    yield case("fit wrong checksum", FIT[:-2] + bytes((FIT[-2] ^ 1, FIT[-1])), "broken_fit")
    yield case("fit no checksum", FIT[:-2], READABLE)
    yield case("fit checksum zero", FIT[:-2] + b"\0\0", READABLE)
    yield case("fit half a checksum", FIT[:-1])
    yield case("fit header size 0", b"\0" + FIT[1:], "broken_fit")
    yield case("fit header size 255", b"\xff" + FIT[1:], "broken_fit")
    yield case("fit of 4 GiB by its header", FIT[:4] + b"\xff\xff\xff\xff" + FIT[8:], "broken_fit")
    yield case("fit without records", fit_of([]), "too_few_points")
    yield case("fit of one record", fit_of(recorded[:1]), "too_few_points")
    yield case("fit without positions", fit_of(blind), "no_position")
    yield case("fit at 0, 0", fit_of([replace(p, lat_deg=0.0, lon_deg=0.0) for p in recorded]), "no_position")
    yield case("fit latitude of 179", fit_of([*recorded[:-1], replace(recorded[-1], lat_deg=179.0)]), READABLE)
    yield case("fit off the Earth", fit_of([replace(p, lat_deg=179.0) for p in recorded]), "bad_position")
    yield case("fit without heights", fit_of([replace(p, ele_m=None) for p in recorded]), "no_elevation")
    yield case("fit heights of 20 km", fit_of([replace(p, ele_m=20_000.0) for p in recorded]), "no_elevation")
    yield case("fit of one place", fit_of([replace(p, lat_deg=43.0) for p in recorded]), "zero_length")
    yield case(
        "fit before its clock was set", fit_of([p.later(FIT_EPOCH_S + 9 - START_S) for p in recorded]), "too_few_points"
    )
    yield case("fit of one moment", fit_of([replace(p, time_s=START_S) for p in recorded]), "no_time")
    yield case("fit backward", fit_of([p.later(2 * (START_S - p.time_s)) for p in recorded]), READABLE)
    yield case(
        "fit distance that falls",
        fit_of([replace(p, distance_m=5000 - (p.distance_m or 0)) for p in recorded]),
        READABLE,
    )
    yield case("fit of a ride", fit_of(recorded, "cycling"), "other_sport")
    yield case("fit of a treadmill", fit_of(recorded, "running", 1), "other_sport")
    yield case("fit chained", FIT + FIT, "several_activities")
    yield case("fit chained with a cut one", FIT + FIT[:300], "broken_fit")
    yield case("fit followed by rubbish", FIT + b"rubbish" * 9, READABLE)
    yield case("fit data before its definition", fit_file(data(3, "B", 1)), "broken_fit")
    yield case("fit definition cut", fit_file(definition(1, 20, ((253, 4, 0x86),))[:-2]), "broken_fit")
    yield case(
        "fit field sizes that do not fit",
        fit_file(definition(1, 20, ((253, 3, 0x86), (0, 1, 0x85))) + data(1, "4B", 1, 2, 3, 4)),
        "too_few_points",
    )
    yield case(
        "fit unknown base types",
        fit_file(definition(1, 20, ((253, 4, 0xFF), (0, 4, 0x33))) + data(1, "II", 1, 2)),
        "too_few_points",
    )
    yield case(
        "fit fields of no size", fit_file(definition(1, 20, ((253, 0, 0x86),) * 3) + data(1, "") * 9), "broken_fit"
    )
    yield case("fit messages of nothing", fit_file(definition(1, 20, ()) + data(1, "") * 20_000), "too_few_points")
    yield case(
        "fit 255 fields",
        fit_file(definition(1, 20, ((7, 255, 0x02),) * 255) + data(1, "65025s", bytes(65_025))),
        "too_few_points",
    )
    yield case("fit of settings", fit_file(definition(0, 2, ((1, 4, 0x86),)) + data(0, "I", 5)), "too_few_points")
    yield case("fit without its mark", FIT[:8] + b".FAT" + FIT[12:], "binary")


def packed_cases() -> Iterator[Case]:
    """Files packed once too often, or badly."""
    packed = gzip.compress(GPX, mtime=0)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr(zipfile.ZipInfo("a.gpx"), GPX)
    yield case("gz bomb", lambda: gzip.compress(bytes(300 * 2**20), 9, mtime=0), "too_large")
    yield case("gz bomb of members", lambda: gzip.compress(bytes(2**20), mtime=0) * 300, "too_large")
    yield case("gz in gz", gzip.compress(packed), "nested_gzip")
    yield case("gz cut", packed[:-20], "broken_gzip")
    yield case("gz without its checksum", packed[:-8], "broken_gzip")
    yield case("gz wrong checksum", packed[:-8] + b"\0\0\0\0" + packed[-4:], "broken_gzip")
    yield case("gz magic only", packed[:2], "broken_gzip")
    yield case("gz and rubbish", packed + b"rubbish", READABLE)
    yield case("gz of two members", gzip.compress(GPX[:700]) + gzip.compress(GPX[700:]), READABLE)
    yield case("gz of nothing", gzip.compress(b""), "empty_file")
    yield case("gz of a page", gzip.compress(b"<html></html>"), "html")
    yield case("gz of a zip", gzip.compress(archive.getvalue()), "zip_inside")
    yield case("zip", archive.getvalue(), "zip_inside")
    yield case("bz2", bz2.compress(GPX), "compressed")
    yield case("xz", lzma.compress(GPX), "compressed")
    yield case("gz of fit", gzip.compress(FIT), READABLE)
    yield case("gz of tcx", gzip.compress(TCX), READABLE)
