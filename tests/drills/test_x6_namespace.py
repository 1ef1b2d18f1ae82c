"""X6 below every library: in a network namespace where each packet is seen, none is for any address but loopback."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.drills.reporting import DRILL, report
from tools.off_loopback import IMPOSSIBLE

ROOT = Path(__file__).parents[2]
ELSEWHERE = "http://192.0.2.9:3128"
"""An address for documentation: nobody is there, and whoever believes the environment goes there."""
PROXIES = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"), ELSEWHERE)
SUITES = [
    "tests/ayda",
    "tests/predictor",
    "tests/servicekit",
    "tests/simulators/strava",
    "tests/cli",
    "tests/contracts",
    "tests/system",
]  # fmt: skip


def apart(*command: str, within_s: float = 300) -> tuple[int, str]:
    """Exit code and what was said, of a command in such a namespace, with a proxy in its environment."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("AYDA_")}
    environment = {**own, **PROXIES, "NO_PROXY": "", "no_proxy": "", "PYTHONPATH": str(ROOT)}
    watched = [sys.executable, str(ROOT / "tools" / "off_loopback.py"), sys.executable, *command]
    done = subprocess.run(
        watched, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=within_s, check=False
    )
    if done.returncode == IMPOSSIBLE:
        pytest.skip("this system allows no network namespace")
    return done.returncode, done.stdout + done.stderr


def packets(said: str) -> int:
    found = re.search(r"off loopback: (\d+) packets", said)
    assert found, said
    return int(found[1])


def test_a_connect_a_question_for_a_name_and_a_proxy_are_seen():
    for attempt in (
        "import socket; socket.create_connection(('192.0.2.1', 80), 1)",
        "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'?', ('192.0.2.53', 53))",
        "import httpx; httpx.get('http://127.0.0.1:9/', timeout=1)",
    ):
        code, said = apart("-c", attempt)
        assert code == 1
        assert packets(said) > 0, attempt


def test_the_whole_demo_sends_nothing_off_loopback():
    """The command, both services, jobs, push events and the simulator."""
    code, said = apart("-m", "cli", "demo", "--exit", "--json", "--activities", "5")
    report("X6", demo_exit=code, packets_off_loopback=packets(said))
    assert packets(said) == 0
    assert code == 0, said[-2000:]


@pytest.mark.skipif(not DRILL, reason="the suites run apart in the drill only")
def test_the_suites_send_nothing_off_loopback():
    """Those that need no PostgreSQL and no Redis of the machine, which this namespace has not."""
    code, said = apart("-m", "pytest", "-q", "-p", "no:cacheprovider", *SUITES, within_s=3600)
    (summary,) = re.findall(r"^(?:\d+ failed.*|\d+ passed.*)$", said, re.MULTILINE)[-1:]
    report("X6", suites=len(SUITES), packets_off_loopback=packets(said), outcome=summary)
    assert packets(said) == 0
    assert code == 0, said[-4000:]
