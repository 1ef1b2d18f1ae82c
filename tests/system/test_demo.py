"""The demo as a visitor runs it: its own process, its own servers, a real answer or one clear sentence."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from kernel.tracks import MAX_GPX_BYTES

ROOT = Path(__file__).parents[2]
TIMEOUT_S = 600
"""Only what hangs runs into it."""


def _demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cli", "demo", "--exit", "--activities", "12", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)


def test_the_demo_ends_with_one_json_object_on_stdout():
    done = _demo("--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["personalized"] is True
    assert answer["times_s"]["fast"] <= answer["times_s"]["moderate"] <= answer["times_s"]["easy"]
    assert answer["interval"]["p10_s"] < answer["interval"]["p50_s"] < answer["interval"]["p90_s"]
    assert sum(split["time_s"]["p50"] for split in answer["splits"]) == answer["times_s"]["moderate"]


def test_the_demo_shows_addresses_first_then_times_and_splits_and_who_goes_along():
    done = _demo()
    assert done.returncode == 0, done.stderr
    assert "from start to finish, steady" in done.stdout
    assert "Splits" in done.stdout
    said = done.stderr
    assert said.index("the chat (simulated Telegram)") < said.index("the page, for anyone") < said.index("Alex meets")
    assert "http://127.0.0.1:" in said
    told = [said.index(part) for part in ("Sasha, whose", "with /group", "Who suits Alex", "Pace groups, the fastest")]
    assert told == sorted(told)


def test_a_demo_that_serves_lets_a_visitor_ask_as_the_member():
    command = [sys.executable, "-m", "cli", "demo", "--json", "--activities", "3"]
    running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        assert running.stderr is not None
        line = next(each for each in running.stderr if "curl -H" in each)
        header, url = re.findall(r"curl -H 'Authorization: (.*)' (\S+)$", line.strip())[0]
        exported = httpx.get(url, headers={"Authorization": header}, timeout=TIMEOUT_S, trust_env=False)
        event = httpx.post(url.partition("/api/")[0] + "/webhooks/strava", json={}, timeout=TIMEOUT_S, trust_env=False)
    finally:
        running.send_signal(signal.SIGINT)
        running.wait(TIMEOUT_S)
        running.stderr.close()
    assert exported.status_code == 200
    assert exported.json()["ayda"]["member"]
    assert event.status_code == 400, "Strava's events are taken"


FLAT = b'<gpx version="1.1" creator="t"><trk><trkseg>%b</trkseg></trk></gpx>'
NO_ELEVATION = FLAT % b"".join(b'<trkpt lat="43.%03d" lon="77.0"/>' % i for i in range(50))


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("no elevation", NO_ELEVATION, "no_elevation"),
        ("empty", b"", "file_missing"),
        ("html", b"<!DOCTYPE html><html><body>Sign in</body></html>", "bad_gpx"),
        ("too large", FLAT % (b" " * MAX_GPX_BYTES), "file_too_large"),
    ],
)
def test_a_file_that_cannot_be_used_gets_a_code_and_a_sentence(name: str, content: bytes, code: str, tmp_path: Path):
    path = tmp_path / "course.gpx"
    path.write_bytes(content)
    done = _demo("--gpx", str(path))
    last = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 2, (name, done.stderr)
    assert last.startswith(f"{code}: "), (name, last)
    assert last.endswith("."), last
    assert "Traceback" not in done.stderr
