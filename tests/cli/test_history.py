from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import Ayda
from tests.cli.made_up import DAY_ONE, gpx, history_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Eight outings, two files that are none and one that is no track."""
    folder = history_folder(tmp_path / "past")
    (folder / "page.gpx").write_text("<html></html>")
    (folder / "other.gpx").write_text("<html></html>")
    (folder / "plan.gpx").write_bytes(gpx())
    (folder / "note.txt").write_text("nothing")
    return folder


def test_what_was_read_and_what_was_dropped_is_said_with_reasons(ayda: Ayda, folder: Path):
    said = ayda("history", folder)
    assert "8 of 11 read: 8 runs" in said.out
    assert "3 dropped" in said.out
    assert "html: " in said.out
    assert "past/page.gpx" in said.out
    assert "no_time: " in said.out
    assert said.code == 0


def test_the_profile_comes_with_the_evidence_of_its_level(ayda: Ayda, folder: Path):
    said = ayda("history", folder).out
    assert "Level " in said
    assert "flat 10 km" in said
    assert "The slower of the two decides" in said
    assert "Pace at each gradient" in said


@pytest.mark.parametrize(("tag", "word"), [("ru", "8 пробежек"), ("ko", "달리기 8회")])
def test_the_past_is_told_in_the_language_asked_for(ayda: Ayda, folder: Path, tag: str, word: str):
    said = ayda("history", folder, "--lang", tag).out
    assert word in said
    assert not re.search(r"\b(read|runs|dropped|Level|flat|slope|pace|above|below|reason|needs|web)\b", said)


def test_json_is_one_object_with_counts_by_reason(ayda: Ayda, folder: Path):
    said = ayda("history", folder, "--json")
    answer = json.loads(said.out)
    assert said.err == ""
    assert answer["read"] == 8
    assert {group["code"]: group["count"] for group in answer["dropped"]} == {"html": 2, "no_time": 1}
    assert answer["profiles"][0]["total_activities"] == 8
    assert "telegram_id" not in answer["profiles"][0]


def test_a_second_run_says_the_same_and_reads_no_file_again(ayda: Ayda, folder: Path, tmp_path: Path):
    first = json.loads(ayda("history", folder, "--json").out)
    kept = sorted(path for path in (tmp_path / "cache").rglob("*") if path.is_file())
    before = {path: path.stat().st_mtime_ns for path in kept}
    second = json.loads(ayda("history", folder, "--json").out)
    assert len(kept) == 10  # one of the two pages stands for both
    assert {path: path.stat().st_mtime_ns for path in kept} == before
    for answer in (first, second):
        answer["profiles"][0].pop("updated_at")
    assert first == second


def test_a_damaged_memory_is_made_anew(ayda: Ayda, folder: Path, tmp_path: Path):
    first = json.loads(ayda("history", folder, "--json").out)
    for path in (tmp_path / "cache").rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes()[:-3])
    assert json.loads(ayda("history", folder, "--json").out)["read"] == first["read"] == 8


def test_the_memory_holds_no_place_and_no_name(ayda: Ayda, folder: Path, tmp_path: Path):
    ayda("history", folder)
    kept = b"".join(path.read_bytes() for path in (tmp_path / "cache").rglob("*") if path.is_file())
    assert b"000.gpx" not in kept
    assert b"Made-up hills" not in kept
    assert len(kept) < 1200 * 11


def test_files_that_do_not_say_their_sport_are_what_the_person_says(ayda: Ayda, tmp_path: Path):
    path = tmp_path / "unnamed.gpx"
    path.write_bytes(gpx(pace_s_per_km=700, sport=None, started_at=DAY_ONE))
    assert "1 hike" in ayda("history", path, "--sport", "hike").out
    assert "1 run" in ayda("history", path).out


def test_a_folder_with_nothing_in_it_is_no_error(ayda: Ayda, tmp_path: Path):
    (tmp_path / "empty").mkdir()
    said = ayda("history", tmp_path / "empty")
    assert said.code == 0
    assert "0 of 0 read" in said.out


def test_json_lists_each_outing_and_each_file_that_was_left_out(ayda: Ayda, folder: Path):
    answer = json.loads(ayda("history", folder, "--json").out)
    assert len(answer["outings"]) == 8
    first = answer["outings"][0]
    assert (first["file"], first["sport"], first["sport_from"]) == ("past/000.gpx", "run", "file")
    assert first["started_at"] == DAY_ONE.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert 0 < first["moving_s"] <= first["elapsed_s"]
    assert first["corrections"] == []
    assert [(one["file"], one["code"]) for one in answer["left_out"]] == [
        ("past/other.gpx", "html"), ("past/page.gpx", "html"), ("past/plan.gpx", "no_time"),
    ]  # fmt: skip
    assert all(one["message"] for one in answer["left_out"])
    assert answer["warnings"] == []


def test_what_was_put_right_is_said_of_each_outing(ayda: Ayda, tmp_path: Path):
    rows = gpx(pace_s_per_km=330, started_at=DAY_ONE).decode().split("<trkpt")
    half = len(rows) // 2
    last, end = rows[-1].split("</trkseg>")
    shuffled = [rows[0], *rows[half:-1], last, *rows[1:half]]
    (tmp_path / "mixed.gpx").write_text("<trkpt".join(shuffled) + "</trkseg>" + end)
    (outing,) = json.loads(ayda("history", tmp_path / "mixed.gpx", "--json").out)["outings"]
    assert [one["code"] for one in outing["corrections"]] == ["order"]
    said = ayda("history", tmp_path / "mixed.gpx").out
    assert "Put right" in said
    assert "sorted by time" in said


def test_how_many_were_taken_for_runs_by_their_movement_is_said(ayda: Ayda, tmp_path: Path):
    (tmp_path / "slow.gpx").write_bytes(gpx(pace_s_per_km=420, sport=None, started_at=DAY_ONE))
    (tmp_path / "fast.gpx").write_bytes(gpx(pace_s_per_km=190, sport=None, started_at=DAY_ONE + timedelta(days=1)))
    answer = json.loads(ayda("history", tmp_path, "--json").out)
    assert [one["sport_from"] for one in answer["outings"]] == ["movement"]
    assert [one["code"] for one in answer["left_out"]] == ["sport_unknown"]
    assert [one["code"] for one in answer["warnings"]] == ["sport_by_movement"]
    assert "1 file does not name its sport" in ayda("history", tmp_path).out
    assert len(json.loads(ayda("history", tmp_path, "--sport", "run", "--json").out)["outings"]) == 2
