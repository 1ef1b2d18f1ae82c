"""An answer that is written as its work proceeds: it arrives in pieces, and the work ends with whoever asked for it."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.system.strangers import PATIENCE_S, SERVERS, Server, ask, knock, tiny_service

ASK = b"POST /lines HTTP/1.1\r\nHost: a.example\r\nContent-Length: 4\r\n\r\nbody"


@pytest.mark.parametrize("server", SERVERS)
def test_lines_come_one_by_one_and_end_with_the_caller(server: Server, tmp_path: Path):
    with tiny_service(server, tmp_path) as running:
        with knock(running.port, ASK) as caller:
            said = b""
            while said.count(b'"number"') < 3:
                said += caller.recv(65_536)
            head, _, _ = said.partition(b"\r\n\r\n")
            assert b"200 OK" in head
            assert b"application/x-ndjson" in head.lower()
            assert b"work_ended" not in running.log.read_bytes()
        _wait_for(running.log, '"work_ended"')
        assert ask(running.port, b"GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n")[0] == [200]
        logged = [json.loads(line) for line in running.said().splitlines() if line.startswith("{")]
        assert [each["event"] for each in logged if each["level"] in {"error", "critical"}] == []


def _wait_for(log: Path, word: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while word not in log.read_text():
        assert time.monotonic() < end, log.read_text()[-2000:]
        time.sleep(0.05)
