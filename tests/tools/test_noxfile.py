"""The first command on a machine that lacks something: one sentence says what, and what to do."""

from __future__ import annotations

import ast
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOXFILE = ROOT / "noxfile.py"
OLD_PYTHON = "sys.version_info = (3, 9, 18, 'final', 0)"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What a bootstrap needs of a clone, where it can leave what it likes."""
    (tmp_path / "locks").mkdir()
    shutil.copy(ROOT / "locks" / "tools.txt", tmp_path / "locks")
    shutil.copy(NOXFILE, tmp_path)
    (tmp_path / "bin").mkdir()
    return tmp_path


def command(checkout: Path, machine: str = "") -> list[str]:
    """The README's command on a machine that is so; nothing but its `bin` is on PATH, and nox is not installed."""
    lines = ["import os, runpy, sys", "sys.modules['nox'] = None", machine, "sys.argv = ['noxfile.py', '-s', 'demo']"]
    lines += [f"os.environ['PATH'] = {str(checkout / 'bin')!r}", "runpy.run_path('noxfile.py', run_name='__main__')"]
    return [sys.executable, "-c", "\n".join(lines)]


def first_run(checkout: Path, machine: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(checkout, machine), cwd=checkout, capture_output=True, text=True, check=False, timeout=240
    )


def stub(checkout: Path, name: str, script: str) -> Path:
    path = checkout / "bin" / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def sentence(ran: subprocess.CompletedProcess[str]) -> str:
    """The one line that was said."""
    assert ran.returncode == 1, ran.stderr
    (line,) = ran.stderr.splitlines()
    return line


def test_pythons_that_are_too_old_can_read_it():
    source = NOXFILE.read_text(encoding="utf-8")
    assert "from __future__" not in source
    ast.parse(source, feature_version=(3, 6))


def test_an_old_python_is_told_which_one_is_needed(checkout: Path):
    said = sentence(first_run(checkout, OLD_PYTHON))
    assert "Python 3.11 or newer and this is 3.9" in said
    assert "python.org" in said


def test_an_old_python_hands_over_to_one_that_uv_knows(checkout: Path):
    stub(checkout, "uv", 'echo "$@"')
    ran = first_run(checkout, OLD_PYTHON)
    assert ran.returncode == 0
    assert ran.stdout.startswith("run --no-project --python >=3.11 python ")
    assert ran.stdout.endswith("noxfile.py -s demo\n")


def test_without_pip_and_venv_the_packages_of_debian_are_named(checkout: Path):
    bare = stub(checkout, "python3", "exit 1")
    said = sentence(first_run(checkout, f"sys.executable = {str(bare)!r}"))
    assert "python3-pip" in said
    assert "python3-venv" in said
    assert not (checkout / ".nox" / ".pip").exists()


@pytest.mark.parametrize("tool", ["pip", "uv"])
def test_without_a_network_the_first_run_says_so_with_the_reason(checkout: Path, tool: str):
    refused = "echo 'one moment' >&2; echo 'Error: connection refused' >&2; exit 1"
    python = stub(checkout, "python3", f'case "$*" in *--version) exit 0;; esac; {refused}')
    if tool == "uv":
        stub(checkout, "uv", refused)
    said = sentence(first_run(checkout, f"sys.executable = {str(python)!r}"))
    assert said.startswith("Could not fetch nox, which the first run gets from the network: connect this machine")
    assert said.endswith("(Error: connection refused).")


@pytest.mark.parametrize("tool", ["pip", "uv", "venv"])
def test_nox_is_fetched_once_with_what_there_is(checkout: Path, tool: str):
    lacking = "exit 1" if tool == "venv" else "exit 0"
    make = 'for last; do :; done; mkdir -p "$last/bin"; cp bin/python3 "$last/bin/python"; echo venv >> calls'
    cases = [f"*'pip --version') {lacking};;", f"*' venv '*) {make};;", "*install*) echo pip >> calls;;", "*) exit 7;;"]
    python = stub(checkout, "python3", f'PATH=/usr/bin:/bin; mkdir -p .nox/.tools; case "$*" in {" ".join(cases)} esac')
    if tool == "uv":
        stub(checkout, "uv", "PATH=/usr/bin:/bin; mkdir -p .nox/.tools; echo uv >> calls")
    for _ in range(2):
        assert first_run(checkout, f"sys.executable = {str(python)!r}").returncode == 7
    assert (checkout / "calls").read_text().split() == (["venv", "pip"] if tool == "venv" else [tool])


def test_whoever_stops_it_stops_what_it_runs(checkout: Path):
    tools = checkout / ".nox" / ".tools"
    (tools / "nox").mkdir(parents=True)
    (tools / f"python-{sys.version_info.major}.{sys.version_info.minor}").touch()
    (tools / "nox" / "__init__.py").touch()
    (tools / "nox" / "__main__.py").write_text("import os, sys\nprint(os.getpid(), flush=True)\nsys.stdin.read()\n")
    with subprocess.Popen(
        command(checkout), cwd=checkout, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        assert int(running.stdout.readline()) == running.pid
        running.send_signal(signal.SIGTERM)
        assert running.wait(30) == -signal.SIGTERM
