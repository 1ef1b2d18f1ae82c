from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import accuracy
from benchmarks.activities import outing_of
from benchmarks.contenders import AYDA
from benchmarks.newcomers import FEW, LENGTHS, newest, stated_pace_s_per_km
from benchmarks.protocol import DATA_VARIABLE, NO_DATA
from benchmarks.repeats import ALL_OTHER_TIMES, AYDA_ON_REPEATS, LAST_TIME, repeat_rows
from benchmarks.summary import NOMINAL, calibration, errors, errors_by
from benchmarks.tables import Table, comparison
from tests.benchmarks.made_up import MadeUpShelf, activity, even_slope, hills

ROOT = Path(__file__).resolve().parents[2]
HISTORY = [
    activity(hills(6 + day % 5, 20.0 * (day % 3)), 0.36 + 0.01 * (day % 4), day=float(day), pause_s=60.0)
    for day in range(54)
]


def row(athlete: str, true: float, middle: float, rank: float = 0.5) -> dict[str, object]:
    return {"a": athlete, "true": true, "p10": 0.9 * middle, "p50": middle, "p90": 1.1 * middle, "rank": rank}


@pytest.mark.parametrize("folder", [None, "/nowhere"])
def test_without_recordings_it_says_so_and_succeeds(
    folder: str | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(DATA_VARIABLE, raising=False)
    if folder:
        monkeypatch.setenv(DATA_VARIABLE, folder)
    assert accuracy.main([]) == 0
    assert capsys.readouterr().out.strip() == NO_DATA


def test_a_stride_below_one_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        accuracy.main(["--stride", "0"])
    assert refused.value.code == 2
    assert "1 or more" in capsys.readouterr().err


def test_every_method_and_every_start_is_scored() -> None:
    shelf = MadeUpShelf({"somebody": HISTORY})
    rows = accuracy.measured_rows(shelf, "somebody", 7)
    assert {len(of_one) for of_one in rows["best"].values()} == {7}
    assert rows["best"].keys() > {*rows["all earlier"].keys(), AYDA}
    assert all(0.0 <= one["rank"] <= 1.0 for one in rows["best"][AYDA])
    assert {(one["k"], one["stated"]) for one in rows["new"]["few"]} == {(k, s) for k in FEW for s in (True, False)}
    assert len(rows["newest six"][AYDA]) == 7
    assert {one["length"] for one in rows["new"]["lengths"]} == set(LENGTHS)


def test_errors_are_averaged_within_an_athlete_first() -> None:
    busy = [row("busy", 100.0, 110.0)] * 50
    rare = [row("rare", 100.0, 150.0)] * 5
    found = errors([*busy, *rare])
    assert found["mape"] == pytest.approx(0.3)
    assert (found["n"], found["athletes"]) == (55, 2)


def test_an_athlete_with_few_outings_is_left_out_of_an_average() -> None:
    assert errors([row("rare", 100.0, 150.0)] * 4) == {}
    grouped = errors_by([row("a", 100.0, 110.0)] * 5 + [row("b", 100.0, 120.0)] * 4, lambda one: str(one["a"]))
    assert list(grouped) == ["a"]


def test_outings_outside_the_band_are_told_apart_by_side() -> None:
    rows = [row("a", true, 100.0) for true in (80.0, 95.0, 100.0, 105.0, 120.0)]
    found = errors(rows)
    assert (found["below"], found["cov80"], found["above"]) == pytest.approx((0.2, 0.6, 0.2))
    assert found["width"] == pytest.approx(0.2)


def test_evenly_spread_ranks_are_perfectly_calibrated() -> None:
    rows = [row("a", 100.0, 100.0, rank) for rank in (np.arange(1000) + 0.5) / 1000]
    assert calibration(rows) == pytest.approx(NOMINAL, abs=0.11)


def test_the_newest_of_a_kind_come_before_those_of_the_other() -> None:
    run = outing_of(activity(even_slope(5, 0.0), 0.36))
    walks = [outing_of(activity(even_slope(5, 0.0), 0.8, sport="hike")) for _ in range(3)]
    past = [*walks[:2], run, walks[2]]
    assert newest(past, "walk", 2) == walks[1:]
    assert set(newest(past, "run", 2)) == {run, walks[2]}
    assert newest(past, "run", 0) == []


def test_people_state_a_round_flat_pace_and_not_that_of_the_outing_itself() -> None:
    outings = [outing_of(activity(even_slope(5, 0.0), pace)) for pace in (0.362, 0.364, 0.9, 0.361)]
    assert stated_pace_s_per_km(outings, 2) == 360.0


def test_who_never_walked_on_the_flat_states_nothing() -> None:
    outings = [outing_of(activity(even_slope(5, 0.1), 0.9, sport="hike")) for _ in range(4)]
    assert stated_pace_s_per_km(outings, 1) is None


def test_a_route_gone_before_is_told_by_its_overlap_its_length_and_its_kind() -> None:
    course, longer = even_slope(5, 0.0), even_slope(6, 0.0)
    made = [(course, "run"), (course, "run"), (longer, "run"), (course, "walk"), (course, "run"), (course, "run")]
    history = [activity(way, 0.3 + at / 100, sport=sport) for at, (way, sport) in enumerate(made)]
    for at, one in enumerate(history):
        one["paths"] = dict.fromkeys(range(at), 1.0)
    history[5]["paths"] = {0: 1.0, 1: 0.9, 4: 0.95}
    found = repeat_rows(history, [{"i": at, **row("a", 1000.0, 1.0)} for at in (2, 3, 4, 5)])
    assert [one["i"] for one in found[AYDA_ON_REPEATS]] == [4]
    assert found[LAST_TIME][0]["p50"] == pytest.approx(5000 * 0.31)
    assert found[ALL_OTHER_TIMES][0]["p50"] == pytest.approx(5000 * 0.31)


def test_a_table_aligns_as_text_and_marks_ayda_on_a_page() -> None:
    table = Table("title", ["method", "all"], [["constant pace", "9.2"], [AYDA, "10.1"]])
    assert table.as_text() == "title\nmethod          all\nconstant pace   9.2\nayda           10.1"
    assert table.as_markdown().splitlines()[-1] == "| **ayda** | **10.1** |"


def test_a_subset_nobody_was_in_is_a_dash() -> None:
    table = comparison("", {AYDA: {"all": {"mape": 0.071, "mdape": 0.05, "ela_mape": 0.12}}})
    assert table.rows == [[AYDA, "7.1 / 5.0", *["-"] * 6, "12.0"]]


@pytest.mark.skipif(DATA_VARIABLE not in os.environ, reason=f"{DATA_VARIABLE} names no folder")
def test_the_folders_own_protocol_runs_the_module(tmp_path: Path) -> None:
    evaluate = Path(os.environ[DATA_VARIABLE]) / "evaluate.py"
    written = tmp_path / "scores.json"
    command = [sys.executable, str(evaluate), "--py", "benchmarks.accuracy", "--stride", "25", "--json", str(written)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    found = json.loads(written.read_text())["all"]
    assert found["athletes"] >= 3
    assert 0.0 < found["mape"] < 0.2
    assert {"cov80", "ela_mape"} <= found.keys()
