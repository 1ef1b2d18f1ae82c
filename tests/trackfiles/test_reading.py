from __future__ import annotations

import gzip
import struct
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.tracks import BadTrack, route_from_recording
from tests.trackfiles.malformed.writers import FIT_EPOCH_S, Point, data, definition, fit_file, fit_of, gpx_of, tcx_of
from tests.trackfiles.outings import START_S, outing
from trackfiles import MAX_FILE_BYTES, read_track, recording_of

WRITERS = {"gpx": gpx_of, "tcx": tcx_of, "fit": fit_of}
every_format = pytest.mark.parametrize("kind", ["gpx", "tcx", "fit"])


def reason_of(content: bytes, name: str = "file") -> str:
    with pytest.raises(BadTrack) as caught:
        read_track(content, name)
    assert len(str(caught.value)) > 20
    return caught.value.reason


@every_format
def test_a_file_is_known_by_its_content_whatever_its_name(kind: str) -> None:
    content = WRITERS[kind](outing())
    for packed in (content, gzip.compress(content)):
        for name in ("walk.gpx", "walk.fit.gz", "walk", ""):
            read = read_track(packed, name)
            assert (read.format, read.sport) == (kind, "run")


def test_one_outing_is_the_same_in_every_format() -> None:
    recordings = [recording_of(read_track(write(outing()), "")) for write in WRITERS.values()]
    routes = [route_from_recording(recording) for recording in recordings]
    for recording, route in zip(recordings[1:], routes[1:], strict=True):
        assert recording.started_at == recordings[0].started_at
        assert recording.distance_m[-1] == pytest.approx(recordings[0].distance_m[-1], rel=1e-3)
        assert recording.moving_time_s == pytest.approx(recordings[0].moving_time_s, abs=4)
        assert recording.elapsed_time_s == recordings[0].elapsed_time_s
        assert route.gain_m == pytest.approx(routes[0].gain_m, abs=0.5)


@pytest.mark.parametrize(
    ("sport", "sub_sport", "expected"),
    [
        ("running", 0, "run"),
        ("running", 3, "trail_run"),
        ("running", 2, "run"),
        ("running", 1, None),
        ("hiking", 0, "hike"),
        ("walking", 31, "walk"),
        ("cycling", 8, None),
    ],
)
def test_a_fit_file_says_which_sport_it_is(sport: str, sub_sport: int, expected: str | None) -> None:
    assert read_track(fit_of(outing(), sport, sub_sport), "").sport == expected


def sessions(*sports: tuple[int, int], message: int = 18) -> bytes:
    """A FIT activity with these sessions, as pairs of sport and sub sport."""
    body = definition(1, 20, ((253, 4, 0x86), (0, 4, 0x85), (1, 4, 0x85)))
    for index in range(3):
        body += data(1, "Iii", 1_100_000_000 + index, 500_000_000 + 9000 * index, 5)
    body += definition(2, message, ((0, 1, 0), (1, 1, 0)) if message == 12 else ((5, 1, 0), (6, 1, 0)))
    return fit_file(body + b"".join(data(2, "BB", *one) for one in sports))


def test_sessions_of_several_sports_are_none_on_foot_unless_all_are() -> None:
    assert read_track(sessions((1, 0), (1, 3)), "").sport == "run"
    assert read_track(sessions((11, 0), (1, 0)), "").sport == "walk"
    duathlon = read_track(sessions((1, 0), (2, 0), (1, 0)), "")
    assert (duathlon.sport, duathlon.sport_word) == (None, "multisport")
    assert read_track(sessions(), "").sport is None


def test_without_a_session_the_sport_that_was_announced_counts() -> None:
    assert read_track(sessions((1, 3), message=12), "").sport == "trail_run"


def test_the_height_to_the_decimetre_is_preferred_and_the_coarse_one_will_do() -> None:
    fine, coarse = (read_track(fit_of(outing(), enhanced=enhanced), "").track for enhanced in (True, False))
    assert fine.elevation_m is not None
    assert coarse.elevation_m is not None
    np.testing.assert_allclose(fine.elevation_m, coarse.elevation_m)


def test_both_heights_at_once_give_the_fine_one() -> None:
    fields = ((253, 4, 0x86), (0, 4, 0x85), (1, 4, 0x85), (78, 4, 0x86), (2, 2, 0x84))
    body = definition(0, 20, fields)
    for index in range(3):
        body += data(0, "IiiIH", 1_100_000_000 + index, 500_000_000 + 9000 * index, 5, 5 * 1500 + 1, 5 * 600)
    elevation_m = read_track(fit_file(body), "").track.elevation_m
    assert elevation_m is not None
    np.testing.assert_allclose(elevation_m, 1000.2)


def test_a_field_of_an_app_never_passes_for_one_of_the_device() -> None:
    described = definition(2, 206, ((0, 1, 2), (1, 1, 2), (2, 1, 2), (3, 9, 7)))
    described += struct.pack("<BBBB9s", 2, 0, 0, 0x86, b"distance\0")
    body = definition(1, 207, ((3, 1, 2),)) + data(1, "B", 0) + described
    body += struct.pack("<BBBHB", 0x60, 0, 0, 20, 3) + bytes((253, 4, 0x86, 0, 4, 0x85, 1, 4, 0x85, 1, 0, 4, 0))
    for index in range(3):
        body += data(0, "IiiI", 1_100_000_000 + index, 500_000_000 + 9000 * index, 5, 77)
    assert read_track(fit_file(body), "").device_distance_m is None


def test_chained_files_are_one_recording() -> None:
    points = outing()
    middle = len(points) // 2
    whole = read_track(fit_of(points), "").track
    chained = read_track(fit_of(points[:middle]) + fit_of(points[middle:]), "").track
    np.testing.assert_array_equal(whole.lat_deg, chained.lat_deg)


def test_a_missing_checksum_is_forgiven_and_a_wrong_one_is_not() -> None:
    content = fit_of(outing())
    assert read_track(content[:-2], "").format == "fit"
    assert read_track(content[:-2] + b"\0\0", "").format == "fit"
    flipped = bytearray(content)
    flipped[200] ^= 4
    assert reason_of(bytes(flipped)) == "broken_fit"


def test_records_before_the_first_fix_are_left_out() -> None:
    points = outing()
    blind = [replace(point, lat_deg=None, lon_deg=None) for point in points[:20]]
    for write in (fit_of, tcx_of):
        track = read_track(write(blind + points[20:]), "").track
        assert len(track.lat_deg) == len(points) - 20
        assert track.time_s is not None
        assert track.time_s[0] == points[20].time_s


@pytest.mark.parametrize("write", [tcx_of, fit_of])
def test_a_treadmill_has_no_track(write: Callable[[list[Point]], bytes]) -> None:
    indoors = [replace(point, lat_deg=None, lon_deg=None) for point in outing()]
    assert reason_of(write(indoors)) == "no_position"
    nowhere = [replace(point, lat_deg=0.0, lon_deg=0.0) for point in outing()]
    assert reason_of(write(nowhere)) == "no_position"


def test_records_before_the_clock_was_set_are_left_out() -> None:
    points = outing()
    early = [replace(point, time_s=FIT_EPOCH_S + 5.0 + index) for index, point in enumerate(points[:5])]
    track = read_track(fit_of(early + points[5:]), "").track
    assert track.time_s is not None
    assert track.time_s[0] >= START_S


def test_the_distance_a_device_counted_is_used_when_it_agrees_with_the_track() -> None:
    points = outing()
    shorter = [replace(p, distance_m=None if p.distance_m is None else p.distance_m * 0.96) for p in points]
    for write in (tcx_of, fit_of):
        plain, counted = (recording_of(read_track(write(each), "")) for each in (points, shorter))
        assert counted.distance_m[-1] == pytest.approx(0.96 * plain.distance_m[-1], rel=1e-3)


@pytest.mark.parametrize("factor", [0.5, 1.3])
def test_a_distance_that_contradicts_the_track_is_not_used(factor: float) -> None:
    points = outing()
    other = [replace(p, distance_m=None if p.distance_m is None else p.distance_m * factor) for p in points]
    plain = recording_of(read_track(fit_of([replace(p, distance_m=None) for p in points]), ""))
    np.testing.assert_array_equal(recording_of(read_track(fit_of(other), "")).distance_m, plain.distance_m)


def test_a_distance_that_falls_is_not_used() -> None:
    points = outing()
    points[50] = replace(points[50], distance_m=1.0)
    plain = recording_of(read_track(fit_of([replace(p, distance_m=None) for p in points]), ""))
    np.testing.assert_array_equal(recording_of(read_track(fit_of(points), "")).distance_m, plain.distance_m)


@every_format
def test_a_file_cut_short_is_refused(kind: str) -> None:
    content = WRITERS[kind](outing())
    broken = {"gpx": "broken_xml", "tcx": "broken_tcx", "fit": "broken_fit"}[kind]
    for share in (0.3, 0.6, 0.9):
        assert reason_of(content[: int(share * len(content))]) == broken


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty_file"),
        (b"<!DOCTYPE html><html></html>", "html"),
        (gzip.compress(gzip.compress(b"<gpx/>")), "nested_gzip"),
        (gzip.compress(gpx_of(outing()))[:-9], "broken_gzip"),
        (gzip.compress(bytes(MAX_FILE_BYTES + 1)), "too_large"),
        (bytes(MAX_FILE_BYTES + 1), "too_large"),
        (b"PK\x03\x04rest", "zip_inside"),
        (gzip.compress(b"PK\x03\x04rest"), "zip_inside"),
        (b"\x0e\x20\x54\x08\x00\x00\x00\x00.FIT\x00\x00", "broken_fit"),
        (tcx_of([]), "too_few_points"),
        (tcx_of(outing()).replace(b">43.", b">43_"), "bad_number"),
        (tcx_of(outing()).replace(b">43.", b">nan"), "bad_number"),
        (tcx_of(outing()).replace(b">43.", b">143."), "bad_position"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]>' + tcx_of(outing()), "dtd_forbidden"),
    ],
)
def test_what_is_no_track_is_refused_with_its_code(content: bytes, reason: str) -> None:
    assert reason_of(content) == reason


def test_the_name_breaks_ties_only() -> None:
    assert reason_of(b"\0\1\2 nonsense", "a.fit.gz") == "broken_fit"
    assert reason_of(b"\0\1\2 nonsense", "a.gpx") == "binary"


def test_several_gzip_members_are_one_file() -> None:
    content = gpx_of(outing())
    members = gzip.compress(content[:1000]) + gzip.compress(content[1000:])
    assert read_track(members, "").format == "gpx"
    assert read_track(members + bytes(100), "").format == "gpx"


@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(["gpx", "tcx", "fit"]),
    at=st.integers(0, 4000),
    value=st.integers(0, 255),
    cut=st.integers(0, 60),
)
def test_a_damaged_file_is_a_track_or_a_sentence(kind: str, at: int, value: int, cut: int) -> None:
    content = bytearray(WRITERS[kind](outing(length_m=300)))
    content[at % len(content)] = value
    try:
        track = read_track(bytes(content[: len(content) - cut]), f"a.{kind}").track
    except BadTrack as bad:
        assert bad.reason  # noqa: PT017 - both outcomes are right
        return
    assert np.isfinite(track.lat_deg).all()
    assert np.isfinite(track.lon_deg).all()
