"""What a supervisor asks: does it serve, does it work?"""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from cli.healthy import SILENT_S, beating, beats, main, serves
from servicekit.jobs.queue import LEASE_S

NOW_S = 1_800_000_000.0


@contextmanager
def answering(answer: bytes) -> Iterator[int]:
    """The port of somebody who says this to the first who asks."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer_one() -> None:
            with suppress(OSError):
                connection, _ = server.accept()
                with connection:
                    connection.recv(4096)
                    connection.sendall(answer)

        thread = threading.Thread(target=answer_one, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(10)


@pytest.mark.system
@pytest.mark.parametrize(
    ("answer", "well"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", True),
        (b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", False),
        (b"", False),
    ],
)
def test_who_answers_200_serves(answer: bytes, well: bool):
    with answering(answer) as port:
        assert serves(port) is well


@pytest.mark.system
def test_where_nobody_listens_nobody_serves():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert main(str(port)) == 1


def test_a_worker_that_touched_its_file_a_moment_ago_works(tmp_path: Path):
    file = tmp_path / "heartbeat"
    file.touch()
    os.utime(file, (NOW_S, NOW_S))
    assert beats(file, NOW_S + SILENT_S - 1)
    assert not beats(file, NOW_S + SILENT_S)
    assert not beats(tmp_path / "absent", NOW_S)


def test_a_worker_is_silent_for_as_long_as_its_jobs_are_left_to_it():
    assert SILENT_S == LEASE_S


async def test_a_beating_worker_touches_its_file_and_outlives_a_disk_that_does_not_take_it(tmp_path: Path):
    file, nowhere = tmp_path / "heartbeat", tmp_path / "absent" / "heartbeat"
    tasks = [asyncio.create_task(beating(each)) for each in (file, nowhere)]
    while not file.exists():  # noqa: ASYNC110 - nothing tells when a file appears
        await asyncio.sleep(0.01)
    assert not any(task.done() for task in tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert main(str(file)) == 0
