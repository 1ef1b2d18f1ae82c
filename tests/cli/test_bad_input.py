"""Whatever is wrong, the real command ends with one sentence on stderr and exit code 2."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.made_up import gpx

ROOT = Path(__file__).parents[2]


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with good and bad files."""
    (tmp_path / "route.gpx").write_bytes(gpx())
    (tmp_path / "recorded.gpx").write_bytes(gpx(pace_s_per_km=330))
    (tmp_path / "elsewhere.gpx").write_bytes(gpx(pace_s_per_km=330, lat_deg=47))
    (tmp_path / "longer.gpx").write_bytes(gpx(pace_s_per_km=330, length_m=9000))
    (tmp_path / "page.gpx").write_text("<!DOCTYPE html><html><body>Sign in</body></html>")
    (tmp_path / "flat.gpx").write_bytes(gpx(with_elevation=False))
    (tmp_path / "junk.fit").write_bytes(b"\x0e\x10\x00\x00\xff\xff\x00\x00.FIT" + bytes(range(200)))
    (tmp_path / "empty.gpx").write_bytes(b"")
    (tmp_path / "no_columns.csv").write_text("place,km\nLake,3\n")
    (tmp_path / "far.csv").write_text("name,at_km\nLake,300\n")
    (tmp_path / "binary.csv").write_bytes(bytes(range(256)))
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "full.png").symlink_to("/dev/full")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["predict", "missing.gpx"], "file_not_found"),
        (["predict", "folder"], "not_a_file"),
        (["predict", "page.gpx"], "bad_gpx"),
        (["predict", "empty.gpx"], "bad_gpx"),
        (["predict", "flat.gpx"], "no_elevation"),
        (["predict", "junk.fit"], "bad_gpx"),
        (["predict", "route.gpx", "--pace", "fast"], "bad_usage"),
        (["predict", "route.gpx", "--pace", "0:30"], "bad_usage"),
        (["predict", "route.gpx", "--goal", "soon"], "bad_usage"),
        (["predict", "route.gpx", "--goal", "0:00"], "bad_usage"),
        (["predict", "route.gpx", "--start", "tomorrow"], "bad_usage"),
        (["predict", "route.gpx", "--start", "2026-06-13T06:00[Zurich]"], "bad_usage"),
        (["predict", "route.gpx", "--mode", "swim"], "bad_usage"),
        (["predict", "route.gpx", "--unknown"], "bad_usage"),
        (["predict"], "bad_usage"),
        (["fly"], "bad_usage"),
        (["predict", "route.gpx", "--checkpoints", "missing.csv"], "file_not_found"),
        (["predict", "route.gpx", "--checkpoints", "folder"], "not_a_file"),
        (["predict", "route.gpx", "--checkpoints", "no_columns.csv"], "bad_checkpoints"),
        (["predict", "route.gpx", "--checkpoints", "binary.csv"], "bad_checkpoints"),
        (["predict", "route.gpx", "--checkpoints", "far.csv"], "checkpoint_beyond_route"),
        (["predict", "route.gpx", "--picture", "nowhere/out.png"], "folder_not_found"),
        (["predict", "route.gpx", "--picture", "folder.png"], "not_a_file"),
        (["predict", "route.gpx", "--picture", "out.jpg"], "picture_format"),
        (["predict", "route.gpx", "--plan", "nowhere/out.csv"], "folder_not_found"),
        (["predict", "route.gpx", "--plan", "out.txt"], "plan_format"),
        (["predict", "route.gpx", "--picture", "full.png"], "file_not_writable"),
        (["predict", "route.gpx", "--goal", "9:59"], "goal_impossible"),
        (["predict", "route.gpx", "--history", "missing"], "file_not_found"),
        (["history", "missing"], "file_not_found"),
        (["history", "folder", "--picture", "out.png"], "no_profile"),
        (["compare", "route.gpx", "route.gpx"], "no_time"),
        (["compare", "route.gpx", "elsewhere.gpx"], "other_course"),
        (["compare", "route.gpx", "longer.gpx"], "other_course"),
        (["compare", "route.gpx", "missing.gpx"], "file_not_found"),
    ],
)
def test_a_bad_input_is_one_sentence_with_its_code(arguments: list[str], code: str, desk: Path):
    done = run(arguments, desk)
    lines = done.stderr.strip().splitlines()
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith(f"{code}: "), lines
    assert lines[0].endswith("."), lines


def run(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "AYDA_CACHE": str(folder / "cache"),
        "OPENBLAS_NUM_THREADS": "1",
    }
    command = [sys.executable, "-m", "cli", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=240, check=False
    )
