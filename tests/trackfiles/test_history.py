from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import msgspec
import pytest

from tests.trackfiles.malformed.writers import fit_of, gpx_of, tcx_of
from tests.trackfiles.outings import START_S, outing
from trackfiles.child import Bounds
from trackfiles.history import History, read_history
from trackfiles.outing import Dropped, Outing

DAY_S = 86_400.0


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """Three outings, one of them in every format, a ride, a page and a damaged file."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    first, second, third = (outing(start_s=START_S + at * DAY_S, length_m=3000 + at * 500) for at in range(3))
    (folder / "first.gpx").write_bytes(gpx_of(first))
    (folder / "first.tcx").write_bytes(tcx_of(first))
    (folder / "first.fit").write_bytes(fit_of(first))
    (folder / "copy.fit.gz").write_bytes(gzip.compress(fit_of(first)))
    (folder / "second.gpx.gz").write_bytes(gzip.compress(gpx_of(second, "hiking")))
    (folder / "ride.gpx").write_bytes(gpx_of(third, "cycling"))
    (folder / "page.gpx").write_bytes(b"<html></html>")
    (folder / "cut.fit").write_bytes(fit_of(third)[:500])
    with zipfile.ZipFile(tmp_path / "more.zip", "w") as archive:
        archive.writestr("third.gpx", gpx_of(third, "dancing"))
    return tmp_path


def test_each_outing_counts_once_and_each_loss_is_explained(shelf: Path) -> None:
    history = read_history([shelf / "shelf", shelf / "more.zip"], sport="trail_run", jobs=2)
    assert [(one.format, one.sport) for one in history.outings] == [
        ("fit", "run"),
        ("gpx", "hike"),
        ("gpx", "trail_run"),
    ]
    assert [one.name for one in history.outings[1:]] == ["shelf/second.gpx.gz", "more.zip/third.gpx"]
    assert sorted(one.code for one in history.dropped) == [
        "broken_fit", "duplicate", "duplicate", "duplicate", "html", "other_sport",
    ]  # fmt: skip
    assert all(len(one.sentence) > 20 for one in history.dropped)


def test_neither_order_nor_number_of_children_changes_the_history(shelf: Path) -> None:
    paths = [shelf / "shelf", shelf / "more.zip"]
    one = read_history(paths, sport="run", jobs=1)
    assert read_history(reversed(paths), sport="run", jobs=3) == one
    assert read_history([*paths, paths[0]], sport="run", jobs=2).outings == one.outings


def test_what_is_remembered_is_not_read_again(shelf: Path) -> None:
    remembered: dict[str, tuple[Outing | Dropped, ...]] = {}
    paths = [shelf / "shelf"]
    first = read_history(paths, remembered=remembered)
    assert len(remembered) == 8
    kept = msgspec.msgpack.decode(msgspec.msgpack.encode(remembered), type=dict[str, tuple[Outing | Dropped, ...]])
    assert read_history(paths, remembered=kept, bounds=Bounds(memory_bytes=1)) == first


def test_a_file_given_up_is_tried_again_next_time(tmp_path: Path) -> None:
    large = tmp_path / "large.gpx"
    large.write_bytes(gpx_of(outing(length_m=100_000)))
    remembered: dict[str, tuple[Outing | Dropped, ...]] = {}
    lost = read_history([large], remembered=remembered, bounds=Bounds(memory_bytes=1))
    assert [one.code for one in lost.dropped] == ["file_unreadable"]
    assert not remembered
    assert len(read_history([large], remembered=remembered).outings) == 1


def test_progress_is_told_until_all_is_done(shelf: Path) -> None:
    told: list[tuple[int, int]] = []
    read_history([shelf / "shelf"], on_progress=lambda done, total: told.append((done, total)))
    assert told == [(done, 8) for done in range(9)]


def test_a_history_is_plain_data(shelf: Path) -> None:
    history = read_history([shelf / "shelf"])
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(history), type=History) == history


def test_no_paths_no_history() -> None:
    assert read_history([]) == History((), ())
