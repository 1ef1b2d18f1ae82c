"""The list of erasures outside of the database: durable, growing only, and telling nobody whose it is."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from servicekit.base.settings import Secret
from servicekit.data.erasure_list import ErasureList, ErasuresUnwritable

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
KEY = Secret("a-key-of-thirty-two-characters-00")
MEMBER = 279_058_397


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "ayda.erasures"


def test_an_erasure_is_found_until_the_person_has_come_back(path: Path):
    erasures = ErasureList(path, KEY)
    erasures.add([("person", MEMBER)], NOW)
    erasures.add([("person", MEMBER)], NOW + timedelta(hours=2))
    listed = erasures.read()
    assert erasures.since(listed, "person", MEMBER, NOW + timedelta(hours=1))
    assert not erasures.since(listed, "person", MEMBER, NOW + timedelta(hours=3))
    assert not erasures.since(listed, "athlete", MEMBER, NOW)
    assert not erasures.since(listed, "person", MEMBER + 1, NOW)
    assert erasures.last_at() == NOW + timedelta(hours=2)


def test_nobody_without_the_key_finds_out_whose_it_is_and_nobody_else_reads_the_file(path: Path):
    ErasureList(path, KEY).add([("person", MEMBER)], NOW)
    content = path.read_bytes()
    assert str(MEMBER).encode() not in content
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    other = ErasureList(path, Secret("another-key-of-thirty-two-chars-00"))
    assert other.digest("person", MEMBER).encode() not in content
    assert (other.read().foreign, other.last_at()) == (1, None)


def test_a_line_that_a_crash_has_cut_hides_no_other_one(path: Path):
    erasures = ErasureList(path, KEY)
    erasures.add([("person", 1), ("athlete", 2)], NOW)
    whole = path.read_bytes()
    first = whole.index(b"\n")
    for cut in range(1, len(whole)):
        path.write_bytes(whole[:-cut])
        erasures.add([("person", 3)], NOW + timedelta(seconds=1))
        listed = erasures.read()
        assert erasures.since(listed, "person", 3, NOW)
        assert erasures.last_at() == NOW + timedelta(seconds=1)
        assert erasures.since(listed, "person", 1, NOW) == (len(whole) - cut >= first)


def test_several_lists_are_read_as_one(path: Path, tmp_path: Path):
    ErasureList(path, KEY).add([("person", 1)], NOW)
    other = ErasureList(tmp_path / "other", KEY, also=[path])
    other.add([("person", 2)], NOW)
    listed = other.read()
    assert all(other.since(listed, "person", number, NOW) for number in (1, 2))


@pytest.mark.skipif(os.geteuid() == 0 and not Path("/dev/full").exists(), reason="nothing here refuses to be written")
def test_what_cannot_be_written_is_said():
    with pytest.raises(ErasuresUnwritable):
        ErasureList(Path("/dev/full"), KEY).add([("person", 1)], NOW)
