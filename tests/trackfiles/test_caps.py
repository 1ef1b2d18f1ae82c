"""What a hostile file may cost before it is refused: counted, not timed."""

from __future__ import annotations

import gzip
import io
import os
import struct
import sys
import time
import zipfile
from pathlib import Path

import pytest

from kernel.tracks import BadGpx, BadTrack, read_gpx
from kernel.tracks.gpx_elements import MAX_NAMES
from tests.trackfiles.malformed.writers import gpx_of
from tests.trackfiles.outings import outing
from trackfiles.child import Bounds
from trackfiles.children import Children
from trackfiles.gzipped import MOST_MEMBERS, unpacked
from trackfiles.questions import ArchiveOpens, CheckArchive, ListArchive, Refused
from trackfiles.zip_directory import check_directory
from trackfiles.zipped import Archive

EMPTY_MEMBER = gzip.compress(b"", mtime=0)
TRACK = gpx_of(outing(length_m=600))


def code_of(content: bytes) -> str:
    with pytest.raises(BadGpx) as caught:
        read_gpx(content)
    return caught.value.reason


def cpu_s_of(members: int, *, repeat: int = 5) -> float:
    """The least processor time of unpacking this many empty members and one that is not."""
    content = EMPTY_MEMBER * members + gzip.compress(b"x")
    spent = []
    for _ in range(repeat):
        begun_s = time.process_time()
        assert unpacked(content, 1000) == b"x"
        spent.append(time.process_time() - begun_s)
    return min(spent)


def test_a_gzip_of_many_members_costs_as_much_as_it_has_members() -> None:
    # copying the rest for each member made 64 times as many cost thousands of times as much
    assert cpu_s_of(MOST_MEMBERS - 1) < 640 * cpu_s_of(MOST_MEMBERS // 64, repeat=20)


def test_a_gzip_of_more_members_than_any_compressor_writes_is_refused_at_once() -> None:
    content = EMPTY_MEMBER * 200_000
    begun_s = time.process_time()
    with pytest.raises(BadTrack) as caught:
        unpacked(content, 1000)
    assert caught.value.reason == "too_many_members"
    assert time.process_time() - begun_s < 10 * cpu_s_of(MOST_MEMBERS - 1)


def test_members_are_joined_and_what_follows_them_is_passed_over() -> None:
    pieces = [os.urandom(70_000), b"", os.urandom(200_000), b"end"]
    packed = b"".join(gzip.compress(piece) for piece in pieces)
    assert unpacked(packed + b"\0trailing", 10**6) == b"".join(pieces)
    with pytest.raises(BadTrack):
        unpacked(packed, sum(map(len, pieces)) - 1)


@pytest.mark.parametrize("where", ["elements", "attributes", "extensions"])
def test_a_file_of_distinct_names_is_refused_early(where: str) -> None:
    count = 400_000
    if where == "elements":
        content = b"<gpx>" + b"".join(b"<n%x/>" % at for at in range(count)) + b"</gpx>"
    elif where == "attributes":
        each = (b"<a " + b" ".join(b'n%x=""' % (at + one) for one in range(50)) + b"/>" for at in range(0, count, 50))
        content = b"<gpx>" + b"".join(each) + b"</gpx>"
    else:
        head, point = b"<gpx><trk><trkseg>", b'<trkpt lat="46.1" lon="7.1"><extensions>%b</extensions></trkpt>'
        each = (b"".join(b"<n%x/>" % (at + one) for one in range(20)) for at in range(0, count, 20))
        content = head + b"".join(point % names for names in each) + b"</trkseg></trk></gpx>"
    begun_s = time.process_time()
    assert code_of(content) == "oversized_element"
    early_s = time.process_time() - begun_s
    begun_s = time.process_time()
    sum(1 for _ in content)  # a walk over its bytes, as a measure of this machine today
    assert early_s < 4 * (time.process_time() - begun_s)


def test_as_many_names_as_a_rich_file_has_are_read() -> None:
    names = b"".join(b"<x:n%x>1</x:n%x>" % (at, at) for at in range(MAX_NAMES // 2))
    assert len(read_gpx(TRACK.replace(b"<trk>", b"<extensions>" + names + b"</extensions><trk>", 1)).lat_deg) > 10


@pytest.mark.parametrize("token", [b"<!-- %b -->", b"<?p %b?>"])
def test_a_token_without_end_is_refused_though_it_holds_what_looks_like_tags(token: bytes) -> None:
    content = TRACK.replace(b"<trk>", token % (b" < " * 1_200_000) + b"<trk>", 1)
    assert code_of(content) == "oversized_element"
    assert read_gpx(TRACK.replace(b"<trk>", token % (b" < " * 1000) + b"<trk>", 1))


def end_64(entries: int, size_bytes: int, offset: int, at: int) -> bytes:
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, entries, entries, size_bytes, offset)
    return record + struct.pack("<4sLQL", b"PK\x06\x07", 0, at, 1)


def archive(files: int = 3) -> tuple[bytes, bytes, bytes]:
    """The parts of an archive: files, list, end record."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        for at in range(files):
            packed.writestr(f"{at}.gpx", TRACK)
    whole = made.getvalue()
    size_bytes, offset = struct.unpack_from("<LL", whole, len(whole) - 22 + 12)
    return whole[:offset], whole[offset : offset + size_bytes], whole[-22:]


def refused(content: bytes) -> bool:
    """Before any entry is listed."""
    try:
        check_directory(io.BytesIO(content))
    except (ValueError, struct.error, BadTrack):
        return True
    return False


def test_both_end_records_of_an_archive_must_agree() -> None:
    files, listed, end = archive()
    at = len(files) + len(listed)
    honest = end_64(3, len(listed), len(files), at)
    assert not refused(files + listed + end)
    assert not refused(files + listed + honest + end)
    marked = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    assert not refused(files + listed + honest + marked)
    for decoy in (
        end_64(0, 0, 0, at),
        end_64(0, len(listed), len(files), at),
        end_64(4, len(listed), len(files), at),
        end_64(3, len(listed) + 1, len(files), at),
        end_64(3, len(listed), len(files) + 1, at),
    ):
        assert refused(files + listed + decoy + end)


@pytest.mark.parametrize("entries", [0, 2, 4, 2**40])
@pytest.mark.parametrize("more_bytes", [0, 2**33])
def test_a_list_is_as_long_as_the_end_says(entries: int, more_bytes: int) -> None:
    files, listed, _ = archive()
    marked = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    wide = end_64(entries, len(listed) + more_bytes, len(files), len(files) + len(listed))
    assert refused(files + listed + wide + marked)


def test_a_decoy_is_refused_by_children_and_an_honest_archive_opens(tmp_path: Path) -> None:
    files, listed, end = archive()
    honest, decoy = tmp_path / "honest.zip", tmp_path / "decoy.zip"
    honest.write_bytes(files + listed + end)
    decoy.write_bytes(files + listed * 30_000 + end_64(0, 0, 0, 0) + end)
    with Children(1) as children:
        assert isinstance(children.ask(CheckArchive(Archive(str(honest)))).answer, ArchiveOpens)
        for question in (CheckArchive(Archive(str(decoy))), ListArchive(Archive(str(decoy)), "decoy.zip")):
            answer = children.ask(question).answer
            assert isinstance(answer, Refused)
            assert answer.code == "broken_zip"


@pytest.mark.skipif(sys.platform != "linux", reason="Limits of another process are read from /proc.")
def test_a_child_may_use_little_of_the_machine() -> None:
    others = _processes_of_ours()
    with Children(1, Bounds(memory_bytes=700 * 1024**2, cpu_s=7)) as children:
        children.ask(CheckArchive(Archive("/nowhere")))
        (child,) = _processes_of_ours() - others
        rows = Path(f"/proc/{child}/limits").read_text(encoding="ascii").splitlines()
    soft = {row[:25].strip(): row[26:47].strip() for row in rows}
    assert soft["Max address space"] == str(700 * 1024**2)
    assert 7 <= int(soft["Max cpu time"]) <= 9
    assert soft["Max file size"] == soft["Max core file size"] == soft["Max processes"] == "0"
    assert int(soft["Max open files"]) <= 32


def _processes_of_ours() -> set[str]:
    """Ids of all that this process has started and that still runs: other tests' too."""
    tasks = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return {pid for one in tasks for pid in one.read_text(encoding="ascii").split()}
