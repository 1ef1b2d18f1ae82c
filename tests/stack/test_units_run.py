"""deploy/systemd: what the units start runs here as plain processes, ends as it is asked to and writes where it may.

With the environment file that docs/operate.md asks for, the folders of a unit in one of ours, and the ports of this
test, as nothing here may stand in the way of another run.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from servicekit.base.vault import generate_setting
from tests.servicekit.test_quota import REDIS
from tests.stack.plan import ROOT, SIMULATED, variables_of
from tests.stack.test_systemd import FOLDER, directives
from tests.support_postgres import temporary_database
from tests.system.processes import HOST, free_port

pytestmark = [pytest.mark.system, pytest.mark.postgres, pytest.mark.redis]
PATIENCE_S = 240.0
"""Only what hangs runs into it; TimeoutStopSec is as long as everything has to end, which a busy machine may exceed."""
HOOK = """
import os, sys
told = os.open(os.environ["WRITTEN"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
def heard(event, given):
    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT
    writes = event == "open" and isinstance(given[0], (str, bytes)) and given[2] & writing
    if writes or event in {"os.mkdir", "os.rename"}:
        path = given[1] if event == "os.rename" else given[0]
        os.write(told, os.fsencode(os.path.abspath(os.fsdecode(path))) + b"\\n")
sys.addaudithook(heard)
"""
"""Read by every Python that a unit starts: says what is opened to be written."""


@dataclass
class Unit:
    """A unit of one service, on this machine."""

    kind: str
    service: str
    folder: Path
    environment: Mapping[str, str]
    running: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.told = directives(FOLDER / f"ayda-{self.kind}@.service")

    def here(self, text: str) -> str:
        """With the folders of this machine."""
        return text.replace("%i", self.service).replace("/var/", f"{self.folder}/var/")

    @property
    def may_write(self) -> tuple[str, ...]:
        """What the unit lets be written."""
        states = " ".join(self.told["StateDirectory"]).split()
        caches = " ".join(self.told["CacheDirectory"]).split()
        return (
            *(self.here(f"/var/lib/{each}") for each in states),
            *(self.here(f"/var/cache/{each}") for each in caches),
        )

    def environ(self) -> dict[str, str]:
        """What systemd would give it: the file, and the unit's own words, which come after it."""
        own = [self.here(word).partition("=") for line in self.told["Environment"] for word in line.split()]
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        paths = os.pathsep.join([str(self.folder / "hook"), str(ROOT)])
        more = {"PYTHONPATH": paths, "WRITTEN": str(self.folder / f"{self.kind}-{self.service}.written")}
        home = {"HOME": self.here("/var/lib/%i"), "PYTHONDONTWRITEBYTECODE": "1"}
        return {**kept, **home, **more, **self.environment, **{name: value for name, _, value in own}}

    def command(self, which: str, *more: str) -> list[str]:
        [line] = self.told[which]
        words = self.here(line).split()
        assert words[:3] == ["/opt/ayda/bin/python", "-m", "cli"]
        return [sys.executable, *words[1:], *more]

    def start(self, *more: str) -> None:
        """Once what has to be done before is done."""
        for each in self.may_write:
            Path(each).mkdir(parents=True, exist_ok=True, mode=int(self.told["StateDirectoryMode"][0], 8))
        mask = int(self.told["UMask"][0], 8)
        cwd = self.folder / "house"
        if "ExecStartPre" in self.told:
            subprocess.run(self.command("ExecStartPre"), env=self.environ(), cwd=cwd, umask=mask, check=True)
        with (self.folder / f"{self.kind}-{self.service}.log").open("ab") as log:
            command = self.command("ExecStart", *more)
            self.running = subprocess.Popen(
                command, env=self.environ(), cwd=cwd, umask=mask, stdout=log, stderr=log, process_group=0
            )

    def answers(self, port: int) -> None:
        """Waits until it is ready."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            assert self.running is not None
            assert self.running.poll() is None, (self.folder / f"{self.kind}-{self.service}.log").read_text()
            try:
                if httpx.get(f"http://{HOST}:{port}/health/ready", trust_env=False, timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.2)
        pytest.fail(f"{self.kind} of {self.service} is not ready")

    def stop(self) -> int:
        """As systemd does with KillMode=mixed: SIGTERM to the first process alone; its exit code."""
        assert self.running is not None
        self.running.send_signal(signal.SIGTERM)
        return self.running.wait(PATIENCE_S)

    def written(self) -> set[str]:
        found = (self.folder / f"{self.kind}-{self.service}.written").read_text().splitlines()
        return {path for path in found if not path.startswith(("/dev/", "/proc/"))}

    def kill(self) -> None:
        if self.running is not None and self.running.poll() is None:
            os.killpg(self.running.pid, signal.SIGKILL)
            self.running.wait(PATIENCE_S)


@contextmanager
def environment_files(ports: Mapping[str, int]) -> Iterator[dict[str, dict[str, str]]]:
    """What docs/operate.md has both files hold."""
    first = (ROOT / ".env.example").read_text(encoding="utf-8").partition("# --- compose.yaml alone")[0]
    names = [line.partition("=")[0] for line in first.splitlines() if line and not line.startswith("#")]
    simulated = variables_of(SIMULATED)
    ours = {name: simulated[name] for name in names if simulated.get(name)}
    vaults = {"ayda": ours["TOKEN_ENCRYPTION_KEYS"], "predictor": ours.pop("PREDICTOR_TOKEN_ENCRYPTION_KEYS")}
    shared = {"CROSS_SERVICE_API_KEY": ours["CROSS_SERVICE_API_KEY"], "REDIS_URL": REDIS, "OPERATOR_KEY": "o" * 40}
    with ExitStack() as stack:
        name = uuid.uuid4().hex[:12]
        urls = {each: stack.enter_context(temporary_database(f"ayda_units_{each}_{name}")) for each in vaults}
        ayda = {**ours, **shared, "DATABASE_URL": urls["ayda"], "ERASURES_KEY": generate_setting()}
        ayda["GPX_PREDICTOR_API_URL"] = f"http://{HOST}:{ports['predictor']}"
        # there is no Telegram here that would be told of commands and a webhook
        ayda["TELEGRAM_UPDATES"] = "off"
        predictor = {**shared, "DATABASE_URL": urls["predictor"], "TOKEN_ENCRYPTION_KEYS": vaults["predictor"]}
        predictor |= {"AYDA_RUN_API_URL": f"http://{HOST}:{ports['ayda']}", "BACKGROUND_SYNC_ENABLED": "true"}
        yield {"ayda": ayda, "predictor": predictor}


@pytest.mark.parametrize("service", ["ayda", "predictor"])
def test_what_the_units_of_a_service_start_runs_ends_when_asked_and_writes_where_it_may(tmp_path: Path, service: str):
    (tmp_path / "house").mkdir()
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(HOOK)
    ports = {each: free_port() for each in ("ayda", "predictor")}
    metrics = free_port()
    with environment_files(ports) as files, ExitStack() as stack:
        # whoever else is asked is not there: what is asked of it waits
        web, worker = (Unit(kind, service, tmp_path, files[service]) for kind in ("web", "worker"))
        stack.callback(web.kill)
        stack.callback(worker.kill)
        web.start("--port", str(ports[service]))
        web.answers(ports[service])
        worker.start(str(metrics))
        worker.answers(metrics)
        assert (worker.stop(), web.stop()) == (0, 0)
    for unit in (web, worker):
        outside = {path for path in unit.written() if not path.startswith(unit.may_write)}
        assert outside == set()
    assert list((tmp_path / "house").iterdir()) == []
