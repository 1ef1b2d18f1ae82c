"""Whoever asks a command to stop gets one line and an exit code: no traceback, and nothing that goes on running."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from servicekit.base.vault import generate_setting
from tests.cli.made_up import gpx
from tests.system.processes import HOST, ROOT, free_port

PATIENCE_S = 300
BOTH = pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM])


@contextmanager
def started(*arguments: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """`ayda` with these arguments, in a process group of its own; killed when it takes too long."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    running = subprocess.Popen(
        [sys.executable, "-m", "cli", *arguments],
        cwd=ROOT,
        env={**kept, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )
    assert running.stderr is not None
    watch = threading.Timer(PATIENCE_S, running.kill)
    watch.start()
    try:
        yield running
    finally:
        watch.cancel()
        running.kill()
        running.wait(PATIENCE_S)
        running.stderr.close()


def line_with(running: subprocess.Popen[str], pattern: str) -> str:
    """The line of stderr that the process has reached."""
    assert running.stderr is not None
    said = []
    for line in running.stderr:
        said.append(line)
        if re.search(pattern, line):
            return line
    raise AssertionError(f"{pattern} was never said, but: {''.join(said)[-2000:]}")


def children_of(pid: int) -> set[int]:
    """Everything below this process, as Linux knows it; elsewhere nothing is seen."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = entry.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        parents[int(entry.parent.name)] = int(after_name[1])
    found, new = set[int](), {pid}
    while new:
        new = {child for child, parent in parents.items() if parent in new} - found
        found |= new
    return found


def ask(running: subprocess.Popen[str], number: int) -> tuple[int, list[str], set[int]]:
    """Exit code, what was said after the signal, and who of the children is still there."""
    assert running.stderr is not None
    children = children_of(running.pid)
    running.send_signal(number)
    said = running.stderr.read().splitlines()
    code = running.wait(PATIENCE_S)
    end_s = time.monotonic() + PATIENCE_S
    while (left := {child for child in children if Path(f"/proc/{child}").exists()}) and time.monotonic() < end_s:
        time.sleep(0.05)  # Python's own tracker of resources ends when it hears no more of whom it works for
    return code, said, left


def wait_for(url: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        with contextlib.suppress(httpx.TransportError):
            httpx.get(url, trust_env=False, timeout=PATIENCE_S)
            return
        time.sleep(0.05)
    raise AssertionError(f"{url} never answered")


@BOTH
def test_a_demo_that_is_starting_ends_with_one_line(asked: int):
    with started("demo", "--exit") as running:
        line_with(running, "Preparing")
        code, said, left = ask(running, asked)
    assert (code, said[-1], left) == (128 + asked, "Stopped.", set())
    assert not any("Traceback" in line for line in said)


@BOTH
def test_a_demo_that_serves_takes_its_children_along(asked: int):
    with started("demo", "--activities", "3") as running:
        header, url = re.findall(r"curl -H 'Authorization: (.*)' (\S+)/me/export", line_with(running, "curl -H"))[0]
        line_with(running, "Serving until Ctrl-C.")
        activity = httpx.post(
            f"{url}/activities?sport=run", content=gpx(pace_s_per_km=400.0), headers={"Authorization": header},
            timeout=PATIENCE_S, trust_env=False,
        )  # fmt: skip
        assert activity.status_code == 201, activity.text
        assert children_of(running.pid) or not Path("/proc").exists()
        assert ask(running, asked) == (128 + asked, ["Stopped."], set())


@BOTH
@pytest.mark.parametrize("importing", ["click", "rich"])
def test_a_command_that_is_still_importing_ends_with_one_line(asked: int, importing: str):
    with started("demo", "--exit", PYTHONPROFILEIMPORTTIME="1") as running:
        line_with(running, rf"\| +{importing}$")
        code, said, left = ask(running, asked)
    assert (code, left) == (128 + asked, set())
    assert [line for line in said if not line.startswith("import time:")] == ["Stopped."]


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    """Of both services, migrated."""
    environment = {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'ayda.db'}",
        "PREDICTOR_DATABASE_URL": f"sqlite:///{tmp_path / 'predictor.db'}",
        "IMPORTS_FOLDER": str(tmp_path / "imports"),
        "STRAVA_CLIENT_ID": "4242",
        "STRAVA_CLIENT_SECRET": "simulated-secret",
        "TOKEN_ENCRYPTION_KEYS": generate_setting(),
        "TELEGRAM_BOT_TOKEN": f"4242:{'s' * 35}",
        "LOG_FORMAT": "console",
    }
    with started("migrate", **environment) as migrating:
        assert migrating.wait(PATIENCE_S) == 0
    return environment


@BOTH
@pytest.mark.parametrize("service", ["ayda", "predictor"])
def test_a_service_that_is_asked_to_stop_has_succeeded(asked: int, service: str, settings: dict[str, str]):
    port = free_port()
    with started("serve", service, "--port", str(port), **settings) as running:
        line_with(running, f"serving .*{port}.*service={service}")
        assert httpx.get(f"http://{HOST}:{port}/health/live", trust_env=False, timeout=PATIENCE_S).status_code == 200
        code, said, left = ask(running, asked)
    assert (code, said[-1], left) == (0, "Stopped.", set())
    assert not any("Traceback" in line for line in said)


@pytest.mark.parametrize("server", ["uvicorn", "granian"])
def test_a_service_that_gives_notice_answers_on_and_says_that_it_leaves(server: str, settings: dict[str, str]):
    port = free_port()
    arguments = ("serve", "ayda", "--port", str(port), "--server", server, "--notice", "60")
    with started(*arguments, **settings) as running, httpx.Client(trust_env=False, timeout=PATIENCE_S) as http:
        ready, live = (f"http://{HOST}:{port}/health/{each}" for each in ("ready", "live"))
        wait_for(live)
        kept = http.get(ready)
        assert (kept.status_code, "connection" in kept.headers) == (200, False)
        running.send_signal(signal.SIGTERM)
        while http.get(ready).status_code == 200:
            time.sleep(0.05)
        answer = http.get(live)
        assert (answer.status_code, answer.headers["connection"]) == (200, "close")
        for child in children_of(running.pid):
            os.kill(child, signal.SIGKILL)


@BOTH
def test_a_worker_of_both_that_is_asked_to_stop_has_succeeded(asked: int, settings: dict[str, str]):
    with started("worker", **settings, LOG_LEVEL="DEBUG") as running:
        line_with(running, "job_done")
        code, said, left = ask(running, asked)
    assert (code, said[-1], left) == (0, "Stopped.", set())
    assert not any("Traceback" in line for line in said)


@BOTH
def test_a_simulator_that_is_asked_to_stop_has_succeeded(asked: int):
    port = free_port()
    with started("sim", "strava", "--port", str(port), "--activities", "1") as running:
        wait_for(f"http://{HOST}:{port}/_sim")
        code, said, left = ask(running, asked)
    assert (code, said, left) == (0, ["Stopped."], set())
