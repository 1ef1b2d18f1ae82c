from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.trackfiles.malformed.writers import fit_of, gpx_of
from tests.trackfiles.outings import outing
from trackfiles.child import Bounds, Children
from trackfiles.outing import digest_of, outing_of
from trackfiles.wire import Answer

GOOD = gpx_of(outing())
SLOW = fit_of(outing(length_m=150_000, step_s=1))
LARGE = gpx_of(outing(length_m=100_000))
TIGHT = Bounds(deadline_s=0.2)


def code_of(answer: Answer) -> str:
    assert answer.dropped is not None
    return answer.dropped.code


def test_a_child_says_what_the_file_says() -> None:
    with Children(1) as children:
        assert children.read(GOOD, "walk.gpx").outing == outing_of(GOOD, "walk.gpx")
        assert children.read(GOOD, "walk.gpx", sport="hike").outing == outing_of(GOOD, "walk.gpx", sport="hike")


def test_an_outing_is_named_by_the_content_handed_in() -> None:
    assert outing_of(GOOD, "").digest == digest_of(GOOD)


def test_what_is_wrong_with_a_file_comes_back_as_code_and_sentence() -> None:
    flat = GOOD.replace(b"<ele>", b"<el>").replace(b"</ele>", b"</el>")
    with Children(1) as children:
        refused = children.read(b"<html></html>", "page.gpx")
        assert code_of(refused) == "html"
        assert not refused.lacks_elevation
        assert children.read(flat, "").lacks_elevation
        assert code_of(children.read(gpx_of(outing(), "cycling"), "")) == "other_sport"
        assert code_of(children.read(gpx_of(outing(), "levitating"), "")) == "sport_unknown"
        assert code_of(children.read(gpx_of(outing(length_m=200)), "")) == "no_pace"
        assert code_of(children.read(gpx_of(outing(start_s=4e8)), "")) == "implausible_time"


def test_a_file_that_takes_too_long_is_given_up_and_the_next_one_is_read() -> None:
    with Children(1, TIGHT) as children:
        assert code_of(children.read(SLOW, "slow.fit")) == "too_slow"
        assert children.read(gpx_of(outing(length_m=900)), "next.gpx").outing is not None


def test_a_child_without_memory_costs_only_its_file() -> None:
    with Children(1, Bounds(memory_bytes=1)) as children:
        assert code_of(children.read(LARGE, "first.gpx")) == "file_unreadable"
        assert code_of(children.read(LARGE, "second.gpx")) == "file_unreadable"


def test_more_callers_than_children_all_get_their_own_answer() -> None:
    files = [gpx_of(outing(length_m=1000 + 100 * index)) for index in range(8)]
    with Children(2) as children, ThreadPoolExecutor(8) as callers:
        answers = list(callers.map(lambda one: children.read(files[one], str(one)), range(8)))
    for index, answer in enumerate(answers):
        assert answer.outing is not None
        assert answer.outing.name == str(index)
        assert answer.outing.digest == digest_of(files[index])


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="The environment of a process is read from /proc.")
def test_a_child_holds_no_secret_of_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MADE_UP_SECRET", "canary-7d1f")
    with Children(1) as children:
        children.read(GOOD, "")
        child = _children_of(os.getpid())
        assert child
        assert not any(b"canary-7d1f" in Path(f"/proc/{pid}/environ").read_bytes() for pid in child)


def _children_of(parent: int) -> list[str]:
    return Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()
