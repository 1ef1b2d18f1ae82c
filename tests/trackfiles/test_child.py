from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.trackfiles.asking import outing_in, refusal_of
from tests.trackfiles.malformed.writers import gpx_of
from tests.trackfiles.outings import outing
from trackfiles.child import Bounds
from trackfiles.children import Children
from trackfiles.outing import SaidSport, digest_of, outing_of

GOOD = gpx_of(outing())
SLOW = (
    b"<gpx><trk><trkseg>"
    + b'<trkpt lat="46.1" lon="7.1"><!-- --><ele>1</ele><time>2026-05-02T06:30:00Z</time></trkpt>' * 480_000
    + b"</trkseg></trk></gpx>"
)
LARGE = gpx_of(outing(length_m=100_000))
TIGHT = Bounds(cpu_s=1)


def test_a_child_says_what_the_file_says() -> None:
    with Children(1) as children:
        assert outing_in(children, GOOD, "walk.gpx") == outing_of(GOOD, "walk.gpx")
        assert outing_in(children, GOOD, "walk.gpx", sport="hike") == outing_of(GOOD, "walk.gpx", SaidSport("hike"))


def test_an_outing_is_named_by_the_content_handed_in() -> None:
    assert outing_of(GOOD, "").digest == digest_of(GOOD)


def test_what_is_wrong_with_a_file_comes_back_as_code_and_sentence() -> None:
    flat = GOOD.replace(b"<ele>", b"<el>").replace(b"</ele>", b"</el>")
    with Children(1) as children:
        refused = refusal_of(children, b"<html></html>", "page.gpx")
        assert refused.code == "html"
        assert not refused.lacks_elevation
        assert refusal_of(children, flat).lacks_elevation
        assert refusal_of(children, gpx_of(outing(), "cycling")).code == "other_sport"
        assert refusal_of(children, gpx_of(outing(), "levitating")).code == "sport_unknown"
        assert refusal_of(children, gpx_of(outing(length_m=200))).code == "no_pace"
        assert refusal_of(children, gpx_of(outing(start_s=4e8))).code == "implausible_time"


def test_a_file_that_takes_too_long_is_given_up_and_the_next_one_is_read() -> None:
    with Children(1, TIGHT) as children:
        assert refusal_of(children, SLOW, "slow.gpx").code == "too_slow"
        assert outing_in(children, gpx_of(outing(length_m=900)), "next.gpx").name == "next.gpx"


def test_a_child_without_memory_costs_only_its_file() -> None:
    with Children(1, Bounds(memory_bytes=1)) as children:
        assert refusal_of(children, LARGE, "first.gpx").code == "file_unreadable"
        assert refusal_of(children, LARGE, "second.gpx").code == "file_unreadable"


def test_more_callers_than_children_all_get_their_own_answer() -> None:
    files = [gpx_of(outing(length_m=1000 + 100 * index)) for index in range(8)]
    with Children(2) as children, ThreadPoolExecutor(8) as callers:
        outings = list(callers.map(lambda one: outing_in(children, files[one], str(one)), range(8)))
    for index, told in enumerate(outings):
        assert told.name == str(index)
        assert told.digest == digest_of(files[index])


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="The environment of a process is read from /proc.")
def test_a_child_holds_no_secret_of_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MADE_UP_SECRET", "canary-7d1f")
    with Children(1) as children:
        outing_in(children, GOOD)
        child = _children_of(os.getpid())
        assert child
        assert not any(b"canary-7d1f" in Path(f"/proc/{pid}/environ").read_bytes() for pid in child)


def _children_of(parent: int) -> list[str]:
    return Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()
