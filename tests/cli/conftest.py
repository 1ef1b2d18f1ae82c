"""The command in this process: quick, with a cache of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from cli.main import main
from tests.cli.made_up import gpx


@dataclass(frozen=True, slots=True)
class Said:
    """What a run printed, and how it ended."""

    out: str
    err: str
    code: int


Ayda = Callable[..., Said]


@pytest.fixture
def ayda(capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ayda:
    """Runs `ayda` with these arguments."""
    monkeypatch.setenv("AYDA_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("COLUMNS", raising=False)  # of the terminal in which the tests run

    def run(*arguments: object) -> Said:
        code = 0
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = int(end.code or 0)
        said = capfd.readouterr()
        return Said(said.out, said.err, code)

    return run


@pytest.fixture
def route(tmp_path: Path) -> Path:
    """A route of six hilly kilometres."""
    path = tmp_path / "route.gpx"
    path.write_bytes(gpx())
    return path
