"""deploy/systemd: the same processes without containers, as well kept as there."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.stack.plan import ROOT, SIMULATED, services, variables_of

FOLDER = ROOT / "deploy" / "systemd"
UNITS = sorted(FOLDER.glob("*.service"))
ANALYZE = shutil.which("systemd-analyze")


def directives(unit: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in unit.read_text(encoding="utf-8").splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_writes_in_its_own_folders_only_is_not_root_and_has_bounds(unit: Path):
    told = directives(unit)
    assert told["User"] == ["%i"]
    assert told["ProtectSystem"] == ["strict"]
    assert told["NoNewPrivileges"] == ["yes"]
    assert told["CapabilityBoundingSet"] == [""]
    assert {"MemoryMax", "TasksMax", "LimitNOFILE"} <= told.keys()
    written = [place for line in told["Environment"] for _, _, place in (word.partition("=") for word in line.split())]
    kept = ("/var/lib/%i/", "/var/cache/%i")
    assert all(place.startswith(kept) for place in written if place != "false")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_does_what_the_container_does_and_ends_as_patiently(unit: Path):
    told = directives(unit)
    kind = unit.name.removeprefix("ayda-").partition("@")[0]
    planned = services(variables_of(SIMULATED), profiles=set())
    for service in ("ayda", "predictor"):
        container = planned[f"{service}-{kind}"]
        command = told["ExecStart"][0].removeprefix("/opt/ayda/bin/python -m cli ").replace("%i", service).split()
        assert command == [*container.command[: len(command)]], "what differs comes last"
        assert told["TimeoutStopSec"] == [str(container.stop_within_s)]
        assert "WORKER_EMBEDDED=false" in told["Environment"][0]


@pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed: nobody reads the units")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_finds_nothing_wrong_with_a_unit(unit: Path, tmp_path: Path):
    here = tmp_path / unit.name.replace("@", "@ayda")
    text = unit.read_text(encoding="utf-8").replace("/opt/ayda/bin/python", shutil.which("true") or "/bin/true")
    here.write_text(text.replace("User=%i\nGroup=%i", "User=root\nGroup=root"))
    done = subprocess.run([str(ANALYZE), "verify", str(here)], capture_output=True, text=True, check=False, timeout=240)
    assert unit.name.partition("@")[0] not in done.stderr
    assert done.returncode == 0, done.stderr
