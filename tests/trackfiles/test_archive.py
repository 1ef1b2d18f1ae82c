from __future__ import annotations

import contextlib
import gzip
import os
import stat
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.tracks import BadTrack
from tests.trackfiles.malformed.writers import fit_of, gpx_of, tcx_of
from tests.trackfiles.outings import outing
from trackfiles.answers import content_of
from trackfiles.archive import Entry, entries_of
from trackfiles.outing import Dropped
from trackfiles.reading import MAX_FILE_BYTES
from trackfiles.worker import answer
from trackfiles.zip_directory import MOST_ENTRIES

HEADER = "Activity ID,Activity Date,Activity Name,Activity Type,Elapsed Time,Filename,Elapsed Time"
TRACK = gpx_of(outing(length_m=600))


def table(*rows: tuple[str, str], header: str = HEADER) -> str:
    lines = [f'{at},"May 2, 2026, 6:00:00 AM",Übung,{sport},60,{file},60' for at, (sport, file) in enumerate(rows)]
    return "\ufeff" + "\r\n".join([header, *lines]) + "\r\n"


def zip_of(path: Path, members: dict[str, bytes | str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def listed(path: Path) -> tuple[dict[str, Entry], dict[str, str]]:
    """Entries by name, and codes of what was dropped by name; contents can be read."""
    found = list(entries_of(path, answer))
    entries = {one.name: one for one in found if isinstance(one, Entry)}
    for entry in entries.values():
        assert content_of(entry.source) is not None
    dropped = {one.name: one.code for one in found if isinstance(one, Dropped)}
    assert len(entries) + len(dropped) == len(found)
    return entries, dropped


def test_an_export_says_which_file_is_which_sport(tmp_path: Path) -> None:
    rows = table(
        ("Run", "activities/1.gpx"),
        ("Trail Run", "activities/2.fit.gz"),
        ("Hike", "activities/3.tcx.gz"),
        ("Ride", "activities/4.gpx"),
        ("Run", ""),
        ("Run", "activities/5.gpx"),
        ("Run", "activities/1.gpx"),
        ("Lauf", "activities/6.gpx"),
    )
    export = zip_of(
        tmp_path / "export.zip",
        {
            "activities.csv": rows,
            "activities/1.gpx": TRACK,
            "activities/2.fit.gz": gzip.compress(fit_of(outing())),
            "activities/3.tcx.gz": gzip.compress(tcx_of(outing())),
            "activities/4.gpx": TRACK,
            "activities/6.gpx": TRACK,
            "activities/7.gpx": TRACK,
            "media/photo.jpg": b"\xff\xd8",
            "profile.csv": "a,b",
        },
    )
    entries, dropped = listed(export)
    assert {name.rsplit("/")[-1]: entry.sport for name, entry in entries.items()} == {
        "1.gpx": "run",
        "2.fit.gz": "trail_run",
        "3.tcx.gz": "hike",
        "6.gpx": "run",
        "7.gpx": None,
    }
    assert sorted(dropped.values()) == ["duplicate_row", "missing_file", "no_file", "other_sport"]
    assert dropped["export.zip/activities/4.gpx"] == "other_sport"
    assert dropped["export.zip/activities.csv, line 6"] == "no_file"


def test_the_same_export_unpacked_into_a_folder_says_the_same(tmp_path: Path) -> None:
    members: dict[str, bytes | str] = {
        "export/activities.csv": table(("Hike", "activities/1.gpx"), ("Swim", "activities/2.gpx")),
        "export/activities/1.gpx": TRACK,
        "export/activities/2.gpx": TRACK,
    }
    archive = zip_of(tmp_path / "a.zip", members)
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(tmp_path / "a")
    for path in (archive, tmp_path / "a"):
        entries, dropped = listed(path)
        assert [entry.sport for entry in entries.values()] == ["hike"]
        assert list(dropped.values()) == ["other_sport"]


@pytest.mark.parametrize("nonsense", [b"", b"\0\xff\xfe", b"a,b\n1,2\n", b'"' + b"x" * 200_000, b"Filename\n\n\n"])
def test_a_table_that_is_none_hides_no_file(tmp_path: Path, nonsense: bytes) -> None:
    entries, dropped = listed(zip_of(tmp_path / "e.zip", {"activities.csv": nonsense, "b/1.gpx": TRACK}))
    assert (list(entries), dropped) == (["e.zip/b/1.gpx"], {})


def test_a_folder_without_a_table_is_its_track_files(tmp_path: Path) -> None:
    folder = tmp_path / "tracks"
    (folder / "2025").mkdir(parents=True)
    for name in ("a.gpx", "b.FIT", "2025/c.tcx.gz", "notes.txt", ".hidden.gpx"):
        (folder / name).write_bytes(TRACK)
    (folder / "link.gpx").symlink_to(folder / "a.gpx")
    os.mkfifo(folder / "pipe.gpx")
    zip_of(folder / "2025" / "more.zip", {"d.gpx": TRACK})
    entries, dropped = listed(folder)
    assert sorted(entries) == ["tracks/2025/c.tcx.gz", "tracks/2025/more.zip/d.gpx", "tracks/a.gpx", "tracks/b.FIT"]
    assert not dropped


def test_a_named_file_is_read_whatever_its_name_and_a_missing_one_is_said(tmp_path: Path) -> None:
    (tmp_path / "walk").write_bytes(TRACK)
    assert list(listed(tmp_path / "walk")[0]) == ["walk"]
    assert listed(tmp_path / "gone") == ({}, {"gone": "missing_file"})


def special(archive: zipfile.ZipFile, name: str, *, mode: int = 0, flags: int = 0) -> None:
    member = zipfile.ZipInfo(name)
    member.external_attr = mode << 16
    archive.writestr(member, TRACK)
    member.flag_bits |= flags


def test_what_no_export_holds_is_passed_over_with_its_code(tmp_path: Path) -> None:
    path = tmp_path / "odd.zip"
    with zipfile.ZipFile(path, "w") as archive:
        special(archive, "link.gpx", mode=stat.S_IFLNK | 0o777)
        special(archive, "locked.gpx", flags=0x1)
        special(archive, "../up.gpx")
        special(archive, "/etc/root.gpx")
        special(archive, "C:/drive.gpx")
        special(archive, "inner.zip")
        special(archive, "__MACOSX/._a.gpx")
        special(archive, "good.gpx")
        archive.writestr("squeezed.gpx", TRACK, zipfile.ZIP_LZMA)
        archive.writestr("huge.gpx", bytes(MAX_FILE_BYTES + 1), zipfile.ZIP_DEFLATED)
    entries, dropped = listed(path)
    assert list(entries) == ["odd.zip/good.gpx"]
    assert {name.removeprefix("odd.zip/"): code for name, code in dropped.items()} == {
        "link.gpx": "symlink",
        "locked.gpx": "encrypted",
        "../up.gpx": "unsafe_name",
        "/etc/root.gpx": "unsafe_name",
        "C:/drive.gpx": "unsafe_name",
        "inner.zip": "nested_archive",
        "squeezed.gpx": "unsupported_compression",
        "huge.gpx": "too_large",
    }


def test_a_bomb_of_many_small_lies_stops_at_the_lid(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "bomb.zip", {f"{at:03d}.gpx": bytes(24 * 1024**2) for at in range(6)})
    entries, dropped = listed(path)
    assert set(dropped.values()) == {"archive_too_large"}
    assert 24 * len(entries) <= 64 + 100 * path.stat().st_size // 1024**2


def test_a_member_gives_no_more_than_it_declares(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "liar.zip", {"a.gpx": bytes(1024**2)})
    content = path.read_bytes().replace(struct.pack("<I", 1024**2), struct.pack("<I", 100))
    path.write_bytes(content)
    (entry,) = entries_of(path, answer)
    assert isinstance(entry, Entry)
    with pytest.raises(BadTrack) as caught:
        content_of(entry.source)
    assert caught.value.reason == "broken_entry"


def test_an_archive_of_too_many_files_is_refused_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for at in range(MOST_ENTRIES + 1):
            archive.writestr(f"{at}.gpx", b"")
    assert listed(path) == ({}, {"many.zip": "too_many_entries"})


def test_a_false_count_does_not_hide_the_files(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "one.zip", {"a.gpx": TRACK})
    content = bytearray(path.read_bytes())
    content[-22 + 8 : -22 + 12] = struct.pack("<HH", 65_535, 65_535)
    path.write_bytes(bytes(content))
    assert listed(path) == ({}, {"one.zip": "too_many_entries"})


@pytest.mark.parametrize("keep", [4, 30, 100])
def test_a_cut_archive_is_damaged(tmp_path: Path, keep: int) -> None:
    path = zip_of(tmp_path / "cut.zip", {"a.gpx": TRACK})
    path.write_bytes(path.read_bytes()[:keep])
    assert listed(path) == ({}, {"cut.zip": "broken_zip"})


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    flips=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=4), cut=st.integers(0, 9)
)
def test_a_damaged_archive_is_entries_and_codes_and_nothing_worse(
    tmp_path: Path, flips: list[tuple[int, int]], cut: int
) -> None:
    small = {"activities.csv": table(("Run", "a.gpx"), ("Run", "")), "a.gpx": b"<gpx/>", "b.fit.gz": b"\x1f\x8b"}
    path = zip_of(tmp_path / "damaged.zip", small)
    content = bytearray(path.read_bytes())
    for at, value in flips:
        content[at % len(content)] = value
    path.write_bytes(content[: len(content) - cut])
    for one in entries_of(path, answer):
        if isinstance(one, Dropped):
            assert one.code
            continue
        with contextlib.suppress(BadTrack):
            assert len(content_of(one.source)) <= MAX_FILE_BYTES + 1


def test_a_name_is_shown_without_control_characters(tmp_path: Path) -> None:
    entries, _ = listed(zip_of(tmp_path / "a.zip", {"\x1b[31mred.gpx": TRACK}))
    assert list(entries) == ["a.zip/?[31mred.gpx"]
