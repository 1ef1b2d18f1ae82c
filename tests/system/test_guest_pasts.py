"""A guest's past through both services as they are run: told as it is read, kept nowhere, and not left by a kill."""

from __future__ import annotations

import json
import secrets
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from servicekit.base.vault import generate_setting
from tests.predictor.guests.pasts import FORM, form_of, past
from tests.predictor.tracks import gpx
from tests.system.processes import Process, free_port, killed_at_the_end

CANARIES = (b"Canary hill", b"77.0000000", b"activities/1.gpx")
PATIENCE_S = 240.0


class House:
    """Both services, their databases, logs and working files in one folder."""

    def __init__(self, folder: Path) -> None:
        ports = free_port(), free_port()
        self.folder = folder
        self.working = folder / "working"
        self.working.mkdir()
        shared = {"CROSS_SERVICE_API_KEY": secrets.token_urlsafe(32), "TMPDIR": str(self.working), "LOG_LEVEL": "DEBUG"}
        ayda = {
            **shared,
            "DATABASE_URL": f"sqlite:///{folder / 'ayda.db'}",
            "GPX_PREDICTOR_API_URL": f"http://127.0.0.1:{ports[1]}",
            "PUBLIC_URL": f"http://127.0.0.1:{ports[0]}",
            "STRAVA_CLIENT_ID": "4242",
            "STRAVA_CLIENT_SECRET": "simulated-secret",
            "TOKEN_ENCRYPTION_KEYS": generate_setting(),
            "TELEGRAM_BOT_TOKEN": f"4242:{secrets.token_urlsafe(26)}",
        }
        predictor = {
            **shared,
            "DATABASE_URL": f"sqlite:///{folder / 'predictor.db'}",
            "TOKEN_ENCRYPTION_KEYS": generate_setting(),
            "IMPORTS_FOLDER": str(folder / "imports"),
        }
        self.ayda = Process(("serve", "ayda"), ports[0], ayda, folder)
        self.predictor = Process(("serve", "predictor"), ports[1], predictor, folder)

    def lying(self) -> list[Path]:
        """Working files."""
        found = [path for spool in self.working.glob("ayda-spool-*") for path in spool.rglob("*") if path.is_file()]
        return [path for path in found if path.name != "in-use"]

    def wait_until(self, lying: bool) -> None:
        end = time.monotonic() + PATIENCE_S
        while bool(self.lying()) != lying:
            assert time.monotonic() < end, self.lying()
            time.sleep(0.02)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = House(tmp_path)
    built.ayda.migrate()
    built.predictor.migrate()
    with killed_at_the_end(built.ayda, built.predictor):
        built.predictor.start()
        built.ayda.start()
        yield built


def send(house: House, content: bytes) -> socket.socket:
    """A connection on which this was sent."""
    body = form_of(("file", content))
    head = (
        f"POST /api/v1/guest/profiles?sport=trail_run HTTP/1.1\r\nHost: a.example\r\nContent-Length: {len(body)}\r\n"
        f"Content-Type: {FORM['Content-Type']}\r\nConnection: close\r\n\r\n"
    )
    made = socket.create_connection(("127.0.0.1", urlsplit(house.ayda.url).port or 0), PATIENCE_S)
    made.sendall(head.encode() + body)
    return made


def begun(caller: socket.socket) -> bytes:
    """What is said until files are being read."""
    said = b""
    while b'"of":' not in said:
        piece = caller.recv(65_536)
        assert piece, said
        said += piece
    return said


def test_a_past_is_read_while_it_is_told_and_nothing_of_it_stays(house: House):
    sealed = ""
    with send(house, past(30)) as caller:
        said = begun(caller)
        assert b'"profile"' not in said, "it is told before the end"
        while piece := caller.recv(65_536):
            said += piece
        last = next(json.loads(line) for line in said.splitlines() if b'"profile"' in line)
        assert last["profile"]["outings"] == {"trail_run": 30}
        sealed = last["profile"]["sealed"]
    house.wait_until(lying=False)
    question = {"question": (None, json.dumps({"profile": sealed}).encode(), "application/json")}
    files = {**question, "file": ("a.gpx", gpx(length_m=30_000, name="Canary hill"), "application/gpx+xml")}
    answer = httpx.post(f"{house.ayda.url}/api/v1/guest/predictions", files=files, trust_env=False, timeout=PATIENCE_S)
    assert answer.json()["personalized"] is True
    bad = {**files, "question": (None, json.dumps({"profile": sealed[:-3]}).encode(), "application/json")}
    answer = httpx.post(f"{house.ayda.url}/api/v1/guest/predictions", files=bad, trust_env=False, timeout=PATIENCE_S)
    assert answer.json()["code"] == "bad_guest_profile"
    searched = [path for path in house.folder.rglob("*") if path.is_file()]
    assert {path.name for path in searched} >= {"ayda.db", "predictor.db", "serve-ayda.log", "serve-predictor.log"}
    for path in searched:
        content = path.read_bytes()
        for canary in (*CANARIES, sealed.encode(), sealed[-200:-3].encode()):
            assert canary not in content, (path.name, canary[:40])


def test_who_leaves_takes_their_files_along(house: House):
    with send(house, past(60)) as caller:
        begun(caller)
        assert house.lying()
    house.wait_until(lying=False)
    with send(house, past(2)) as caller:
        assert b'"of":2' in begun(caller), "there is a turn again at once"


def test_a_killed_predictor_is_told_of_and_its_files_go_with_the_next_one(house: House):
    with send(house, past(60)) as caller:
        said = begun(caller)
        house.predictor.kill()
        while piece := caller.recv(65_536):
            said += piece
    (last,) = [json.loads(line) for line in said.splitlines() if b'"problem"' in line]
    assert last["problem"]["code"] == "upstream_unavailable"
    left = house.lying()
    assert left, "nobody was there to clear them away"
    house.predictor.start()
    assert not [path for path in left if path.exists()]
    house.wait_until(lying=False)
