from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kernel.tracks import BadGpx, Stretch, Track, one_course, read_gpx
from tests.kernel.tracks.gpx_text import DECLARATION, point
from tests.kernel.tracks.made_courses import course, heights_of, joined, moved
from tests.kernel.tracks.made_tracks import reversed_track

LONG, SHORT = course(12_000.0), course(6_000.0)


def file_of(*named: tuple[str | None, Track]) -> Track:
    starts = np.cumsum([0, *(len(track.lat_deg) for _, track in named)])[:-1].tolist()
    stretches = tuple(Stretch(start, at, name) for at, (start, (name, _)) in enumerate(zip(starts, named, strict=True)))
    return replace(joined(*(track for _, track in named)), stretches=stretches)


def part(track: Track, which: slice) -> Track:
    return Track(track.lat_deg[which], track.lon_deg[which], heights_of(track)[which], None)


def test_tracks_that_follow_each_other_are_one_course():
    whole, findings = one_course(file_of(("1", part(LONG, slice(0, 300))), ("2", part(LONG, slice(300, None)))))
    assert len(whole.lat_deg) == len(LONG.lat_deg)
    assert findings == ()


def test_there_and_back_as_two_tracks_is_one_course():
    whole, findings = one_course(file_of(("there", LONG), ("back", reversed_track(LONG))))
    assert len(whole.lat_deg) == 2 * len(LONG.lat_deg)
    assert findings == ()


def test_of_variants_the_longest_is_taken_and_all_are_named():
    taken, (finding,) = one_course(file_of(("Short", SHORT), ("Long", LONG)))
    assert (taken.name, len(taken.lat_deg)) == ("Long", len(LONG.lat_deg))
    assert finding.code == "several_courses"
    assert finding.figures == {"count": 2.0, "name": "Long", "names": ["Short", "Long"]}


@pytest.mark.parametrize("chosen", ["Short", "short", " SHORT ", "1"])
def test_a_variant_is_chosen_by_its_name_or_its_number(chosen: str):
    taken, findings = one_course(file_of(("Short", SHORT), ("Long", LONG)), chosen)
    assert (taken.name, len(taken.lat_deg), findings) == ("Short", len(SHORT.lat_deg), ())


def test_a_track_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(BadGpx, match="there is Short, track 2") as refused:
        one_course(file_of(("Short", SHORT), (None, LONG)), "Ultra")
    assert refused.value.reason == "no_such_track"


def test_the_same_way_twice_is_taken_once_and_said():
    taken, (finding,) = one_course(file_of(("A", LONG), ("A (copy)", moved(LONG, slice(None), 3.0))))
    assert len(taken.lat_deg) == len(LONG.lat_deg)
    assert finding.code == "same_course_twice"


def test_tracks_a_hundred_kilometres_apart_are_several_courses():
    taken, (finding,) = one_course(file_of(("here", LONG), ("there", moved(SHORT, slice(None), 100_000.0))))
    assert (taken.name, finding.code) == ("here", "several_courses")


def test_the_parts_of_one_recording_are_one():
    pieces = file_of(("run", LONG), ("run on", moved(SHORT, slice(None), 20_000.0)))
    timed = replace(pieces, time_s=1_780_000_000.0 + 5.0 * np.arange(len(pieces.lat_deg)))
    assert one_course(timed) == (timed, ())


def test_the_reader_tells_the_tracks_of_a_file_apart():
    lines = [
        f"<trk><name>{name}</name><trkseg>{''.join(point(lat + i * 1e-4, 8, 500) for i in range(30))}</trkseg></trk>"
        for name, lat in (("North", 47.0), ("South", 46.0))
    ]
    head = f'{DECLARATION}<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">'
    taken, _ = one_course(read_gpx(f"{head}{''.join(lines)}</gpx>".encode()), "South")
    assert (taken.name, float(taken.lat_deg[0])) == ("South", 46.0)
