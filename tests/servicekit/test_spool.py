from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import shutil
import stat
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar.exceptions import ClientException

from servicekit.web.form_file import FormFile, FormFiles
from servicekit.web.sinks import FileSink, SeveralFiles, Sink, TooManyBytes, TooManyFiles
from servicekit.web.spool import Spool, SpoolFull, sweep

NOW = datetime(2026, 6, 1, tzinfo=UTC)


async def arriving(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        await asyncio.sleep(0)
        yield chunk


def everything_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def content_of(path: Path) -> bytes:
    return path.read_bytes()


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.name != "in-use"]


@pytest.fixture
async def spool(tmp_path: Path) -> AsyncIterator[Spool]:
    made = Spool(tmp_path, now=lambda: NOW)
    yield made
    await made.close()
    assert everything_in(tmp_path) == []


async def test_a_body_lies_in_a_file_that_only_its_owner_may_read_and_is_gone_afterwards(spool: Spool, tmp_path: Path):
    pieces = [os.urandom(100_000) for _ in range(9)]
    async with spool.receive(arriving(*pieces), 10**6) as got:
        assert content_of(got.path) == b"".join(pieces)
        assert (got.size_bytes, got.digest) == (900_000, hashlib.sha256(b"".join(pieces)).hexdigest())
        assert (mode(got.path), mode(got.path.parent)) == (0o600, 0o700)
    assert files_below(tmp_path) == []


async def test_a_body_that_is_too_long_is_not_taken_to_its_end(spool: Spool, tmp_path: Path):
    taken: list[int] = []

    async def endless() -> AsyncIterator[bytes]:
        while True:
            taken.append(1)
            yield bytes(100_000)

    with pytest.raises(TooManyBytes):
        async with spool.receive(endless(), 10**6):
            pass
    assert len(taken) < 20
    assert files_below(tmp_path) == []


async def test_a_caller_that_goes_away_leaves_nothing(spool: Spool, tmp_path: Path):
    begun = asyncio.Event()

    async def stalled() -> AsyncIterator[bytes]:
        yield bytes(300_000)
        begun.set()
        await asyncio.sleep(3600)
        yield b""

    async def take() -> None:
        async with spool.receive(stalled(), 10**6):
            pass

    task = asyncio.create_task(take())
    await begun.wait()
    assert files_below(tmp_path)
    task.cancel()
    await asyncio.wait([task])
    assert files_below(tmp_path) == []


async def test_a_folder_that_cannot_be_written_is_said_as_a_lack_of_room(tmp_path: Path):
    spool = Spool(tmp_path / "gone")
    with pytest.raises(SpoolFull):
        async with spool.receive(arriving(b"x"), 10):
            pass
    await spool.close()


def test_what_a_killed_process_left_is_swept_and_what_is_in_use_is_not(tmp_path: Path):
    left, used, fresh, old, other = (
        tmp_path / name
        for name in ("ayda-spool-left", "ayda-spool-used", "ayda-spool-new", "ayda-spool-old", "elsewhere")
    )
    for folder in (left, used, fresh, old, other):
        folder.mkdir()
        (folder / "body.part").write_bytes(b"x")
    os.utime(fresh, (NOW.timestamp(), NOW.timestamp()))
    os.utime(old, (NOW.timestamp() - 7200, NOW.timestamp() - 7200))
    (left / "in-use").touch()
    with (used / "in-use").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        sweep(tmp_path, NOW.timestamp() - 3600)
        assert {path.name for path in tmp_path.iterdir()} == {"ayda-spool-used", "ayda-spool-new", "elsewhere"}


def test_a_folder_that_is_being_made_is_not_swept_before_its_time(tmp_path: Path):
    young, old = tmp_path / ".ayda-spool-young", tmp_path / ".ayda-spool-old"
    for folder in (young, old):
        folder.mkdir()
        (folder / "in-use").touch()
    os.utime(young, (NOW.timestamp(), NOW.timestamp()))
    os.utime(old, (NOW.timestamp() - 7200, NOW.timestamp() - 7200))
    sweep(tmp_path, NOW.timestamp() - 3600)
    assert [path.name for path in tmp_path.iterdir()] == [young.name]


async def test_whoever_sweeps_while_others_begin_takes_no_folder_from_them(tmp_path: Path):
    begun = threading.Event()

    def sweeps() -> None:
        while not begun.is_set():
            sweep(tmp_path, NOW.timestamp() - 3600)

    sweeping = asyncio.create_task(asyncio.to_thread(sweeps))
    try:
        for _ in range(100):
            spool = Spool(tmp_path, now=lambda: NOW)
            async with spool.receive(arriving(b"x"), 10) as body:
                assert body.path.read_bytes() == b"x"
            async with spool.receive(arriving(b"y"), 10) as body:
                assert body.path.read_bytes() == b"y"
            await spool.close()
    finally:
        begun.set()
        await sweeping


async def test_a_folder_that_somebody_tidied_away_is_made_anew(tmp_path: Path):
    spool = Spool(tmp_path, now=lambda: NOW)
    async with spool.receive(arriving(b"x"), 10) as body:
        gone = body.path.parent
    shutil.rmtree(gone)
    async with spool.receive(arriving(b"y"), 10) as body:
        assert body.path.read_bytes() == b"y"
    await spool.close()
    assert files_below(tmp_path) == []


def form(boundary: str, parts: list[tuple[str, str | None, bytes]]) -> bytes:
    body = b""
    for name, filename, content in parts:
        as_file = "" if filename is None else f'; filename="{filename}"'
        body += f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{as_file}\r\n\r\n'.encode()
        body += content + b"\r\n"
    return body + f"--{boundary}--\r\n".encode()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.binary(max_size=3000),
    others=st.lists(st.binary(max_size=200), max_size=4),
    at=st.integers(0, 4),
    cut=st.integers(1, 500),
)
def test_a_form_gives_its_file_however_it_is_cut_into_pieces(
    tmp_path: Path, content: bytes, others: list[bytes], at: int, cut: int
):
    parts = [(f"other{number}", None, value) for number, value in enumerate(others)]
    parts.insert(at, ("file", "a.gpx", content))
    sent = form("the-boundary", parts)
    with (tmp_path / "taken").open("wb") as file:
        sink = FileSink(file, 10_000)
        taken = FormFile(sink, "the-boundary")
        for begin in range(0, len(sent), cut):
            taken.put(sent[begin : begin + cut])
        taken.end()
    assert taken.single
    assert (tmp_path / "taken").read_bytes() == content
    assert sink.digest == hashlib.sha256(content).hexdigest()


async def test_a_form_of_two_files_has_no_single_one(spool: Spool):
    made: list[FormFile] = []

    def around(sink: FileSink) -> Sink:
        made.append(FormFile(sink, "b"))
        return made[0]

    sent = form("b", [("file", "a.gpx", b"1"), ("file", "b.gpx", b"2")])
    async with spool.receive(arriving(sent), 100, around) as got:
        assert content_of(got.path) == b"1"
    assert not made[0].single


@pytest.mark.parametrize("first", ["file", "question"])
async def test_the_text_beside_a_file_is_taken_wherever_it_stands(spool: Spool, first: str):
    made: list[FormFile] = []

    def around(sink: FileSink) -> Sink:
        made.append(FormFile(sink, "b", beside="question"))
        return made[0]

    fields = [("file", "a.gpx", b"1" * 99), ("question", "", b'{"a":1}'), ("other", "", b"ignored")]
    sent = form("b", fields if first == "file" else [fields[1], fields[0], fields[2]])
    async with spool.receive(arriving(*(sent[at : at + 7] for at in range(0, len(sent), 7))), 100, around) as got:
        assert content_of(got.path) == b"1" * 99
    assert bytes(made[0].text) == b'{"a":1}'
    assert made[0].single


async def test_a_text_beside_a_file_is_bounded(spool: Spool):
    sent = form("b", [("question", "", b"x" * (128 * 1024 + 1)), ("file", "a.gpx", b"1")])
    with pytest.raises(ClientException):
        async with spool.receive(arriving(sent), 100, lambda sink: FormFile(sink, "b", beside="question")):
            pass


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contents=st.lists(st.binary(max_size=600), max_size=6), cut=st.integers(1, 300))
def test_a_form_gives_each_of_its_files_however_it_is_cut_into_pieces(
    tmp_path_factory: pytest.TempPathFactory, contents: list[bytes], cut: int
):
    parts = [("other", None, b"x")]
    for content in contents:
        parts += [("file", "a.gpx", content), ("beside", None, b"y")]
    sent = form("the-boundary", parts)
    files = SeveralFiles(tmp_path_factory.mktemp("files"), 6, 10_000)
    taken = FormFiles(files, "the-boundary")
    for begin in range(0, len(sent), cut):
        taken.put(sent[begin : begin + cut])
    taken.end()
    assert [path.read_bytes() for path in files.paths] == [content for content in contents if content]


def form_files(*contents: bytes) -> AsyncIterator[bytes]:
    return arriving(form("b", [("file", "a.gpx", content) for content in contents]))


def each_in(files: SeveralFiles) -> FormFiles:
    return FormFiles(files, "b")


async def test_several_files_lie_in_a_folder_that_is_gone_afterwards(spool: Spool, tmp_path: Path):
    async with spool.receive_several(form_files(b"1", b"22"), 2, 100, each_in) as paths:
        assert [content_of(path) for path in paths] == [b"1", b"22"]
        assert mode(paths[0].parent) == 0o700
    async with spool.receive_several(arriving(b"as ", b"it is"), 2, 100) as paths:
        assert [content_of(path) for path in paths] == [b"as it is"]
    assert files_below(tmp_path) == []


@pytest.mark.parametrize(
    ("contents", "error"), [((b"1", b"2", b"3"), TooManyFiles), ((b"x" * 60, b"x" * 60), TooManyBytes)]
)
async def test_too_many_of_them_leave_nothing(
    spool: Spool, tmp_path: Path, contents: tuple[bytes, ...], error: type[Exception]
):
    with pytest.raises(error):
        async with spool.receive_several(form_files(*contents), 2, 100, each_in):
            raise AssertionError("they were to be refused")
    assert files_below(tmp_path) == []


async def test_what_a_kill_left_is_cleared_before_anything_arrives(spool: Spool, tmp_path: Path):
    left = tmp_path / "ayda-spool-left"
    left.mkdir()
    (left / "in-use").touch()
    (left / "0.parts").mkdir()
    (left / "0.parts" / "00000").write_bytes(b"somebody's morning")
    await spool.clear()
    assert everything_in(tmp_path) == []
