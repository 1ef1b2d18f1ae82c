"""The image: what it is made of, and that it fits to what compose.yaml asks of it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stack.plan import ROOT, document
from tests.stack.translated import OURS

LINES = re.sub(r"\\\n(\s*#.*\n)*", " ", (ROOT / "Dockerfile").read_text(encoding="utf-8")).splitlines()
IGNORED = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
PINNED = re.compile(r"^([a-z0-9.-]+)==(\S+)", re.MULTILINE)


def instructions(word: str) -> list[str]:
    return [line.removeprefix(f"{word} ") for line in LINES if line.startswith(f"{word} ")]


def copied_from_here() -> list[str]:
    return [line.split()[0] for line in instructions("COPY") if not line.startswith("--from")]


def pinned(lock: str) -> dict[str, str]:
    return dict(PINNED.findall((ROOT / "locks" / f"{lock}.txt").read_text(encoding="utf-8")))


def test_everything_that_is_installed_is_locked_by_its_hash():
    (installed,) = [line for line in instructions("RUN") if "pip install" in line]
    assert "--require-hashes" in installed
    assert "/tmp/production.txt" in installed


def test_the_lock_has_what_production_needs_as_the_tests_have_it_and_no_tool_of_theirs():
    production, test = pinned("production"), pinned("test")
    assert {"granian", "procrastinate", "psycopg", "redis", "litestar", "opentelemetry-sdk"} <= production.keys()
    assert production.items() <= test.items()
    assert not {"pytest", "playwright", "hypothesis", "pact-python", "mypy"} & production.keys()


def test_each_package_of_the_house_is_in_it_and_nothing_that_tests_it():
    listed = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    packages = re.search(r"targets.wheel\]\npackages = \[(.*?)\]", listed, re.DOTALL)
    assert packages is not None
    house = set(re.findall(r'"(\w+)"', packages[1]))
    assert {source for source in copied_from_here() if "/" not in source} - {"LICENSE"} == house


def test_what_is_copied_is_let_through_and_nothing_else_is():
    assert IGNORED[1] == "*"
    let_through = {line.removeprefix("!") for line in IGNORED if line.startswith("!")}
    assert let_through == set(copied_from_here())
    assert "**/.env" in IGNORED


def test_it_runs_as_the_nobody_that_compose_names():
    (user,) = instructions("USER")
    ours = [entry for entry in document()["services"].values() if entry["image"].startswith(OURS)]
    assert {entry["user"] for entry in ours} == {user}
    assert instructions("ENTRYPOINT") == ['["ayda"]']


def test_every_folder_that_a_volume_is_mounted_at_belongs_to_it():
    (made,) = [line for line in instructions("RUN") if "install -d" in line]
    ours = [entry for entry in document()["services"].values() if entry["image"].startswith(OURS)]
    folders = {volume.split(":")[1] for entry in ours for volume in entry.get("volumes", ())}
    assert folders <= set(made.split())


def test_both_stages_begin_with_the_same_python():
    assert len({line.split()[0] for line in instructions("FROM")}) == 1


@pytest.mark.parametrize("arguments", [["--help"], ["serve", "--help"]])
def test_its_entry_point_is_the_command(arguments: list[str]):
    done = subprocess.run(
        ["sh", str(ROOT / "deploy" / "ayda"), *arguments], capture_output=True, text=True, check=False, cwd=ROOT,
        timeout=120, env={"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.returncode, "Usage: ayda" in done.stdout) == (0, True), done.stderr
