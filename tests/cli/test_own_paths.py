"""`--own-paths`: a course is told better on the paths of past activities, and without it nothing looks at places."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import Ayda
from tests.cli.made_up import DAY_ONE, gpx

QUICK, SLOW, ELSEWHERE = 43.0, 44.0, 47.0


@pytest.fixture
def past(tmp_path: Path) -> Path:
    """Quick in one place, slow in another."""
    folder = tmp_path / "past"
    folder.mkdir()
    for number in range(14):
        lat, pace = (QUICK, 320.0) if number % 2 else (SLOW, 370.0)
        content = gpx(lat_deg=lat, pace_s_per_km=pace, started_at=DAY_ONE + timedelta(days=2 * number))
        (folder / f"{number}.gpx").write_bytes(content)
    return folder


def moderate_s(ayda: Ayda, past: Path, lat: float, *options: str) -> float:
    course = past.parent / f"{lat}.gpx"
    course.write_bytes(gpx(lat_deg=lat))
    said = ayda("predict", course, "--history", past, *options, "--json")
    assert said.code == 0, said.err
    seconds: float = json.loads(said.out)["times_s"]["moderate"]
    return seconds


def test_a_course_on_slow_paths_is_told_slower(ayda: Ayda, past: Path):
    told = [moderate_s(ayda, past, lat, "--own-paths") for lat in (QUICK, ELSEWHERE, SLOW)]
    assert told == sorted(told)
    assert told[2] / told[0] > 1.03
    assert told == [moderate_s(ayda, past, lat, "--own-paths") for lat in (QUICK, ELSEWHERE, SLOW)]  # from memory


def test_without_it_a_course_takes_as_long_wherever_it_lies(ayda: Ayda, past: Path):
    moderate_s(ayda, past, QUICK, "--own-paths")
    assert moderate_s(ayda, past, QUICK) == moderate_s(ayda, past, SLOW)


def test_its_key_is_for_its_owner_alone(ayda: Ayda, past: Path):
    moderate_s(ayda, past, QUICK, "--own-paths")
    (key,) = past.parent.rglob("path.key")
    assert key.stat().st_mode & 0o777 == 0o600


def test_without_a_cache_it_works_all_the_same(ayda: Ayda, past: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AYDA_CACHE", "")
    assert moderate_s(ayda, past, QUICK, "--own-paths") < moderate_s(ayda, past, SLOW, "--own-paths")
    assert os.environ["AYDA_CACHE"] == ""


def test_without_past_activities_it_is_a_mistake(ayda: Ayda, route: Path):
    said = ayda("predict", route, "--own-paths")
    assert said.code == 2
    assert "--own-paths looks at past activities: name them with --history." in said.err
