from __future__ import annotations

import gzip
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import Ayda
from tests.cli.made_up import DAY_ONE, gpx, history_folder

LATER = DAY_ONE + timedelta(days=100)


def recorded(tmp_path: Path, **changes: object) -> Path:
    path = tmp_path / "recorded.gpx"
    path.write_bytes(gpx(**{"pace_s_per_km": 400.0, "started_at": LATER, **changes}))  # type: ignore[arg-type]
    return path


def test_the_splits_of_both_add_up_to_their_totals(ayda: Ayda, route: Path, tmp_path: Path):
    answer = json.loads(ayda("compare", route, recorded(tmp_path), "--json").out)
    splits, prediction = answer["comparison"]["splits"], answer["prediction"]
    assert sum(split["predicted_s"] for split in splits) == prediction["interval"]["p50_s"]
    assert sum(split["actual_s"] for split in splits) == pytest.approx(splits[-1]["actual_so_far_s"], abs=1)
    assert splits[-1]["inside"] == (
        splits[-1]["low_so_far_s"] <= splits[-1]["actual_so_far_s"] <= splits[-1]["high_so_far_s"]
    )


def test_the_band_of_the_whole_is_the_predicted_one_and_stops_do_not_widen_it(ayda: Ayda, route: Path, tmp_path: Path):
    answer = json.loads(ayda("compare", route, recorded(tmp_path), "--json").out)
    last, interval = answer["comparison"]["splits"][-1], answer["prediction"]["interval"]
    assert last["low_so_far_s"] == pytest.approx(interval["p10_s"], abs=1)
    assert last["high_so_far_s"] == pytest.approx(interval["p90_s"], abs=1)


@pytest.mark.parametrize(("tag", "word"), [("ru", "больше прогноза"), ("ko", "더 걸렸고")])
def test_the_comparison_is_told_in_the_language_asked_for(ayda: Ayda, route: Path, tmp_path: Path, tag: str, word: str):
    path = recorded(tmp_path, pace_s_per_km=900.0, length_m=3_400.0)
    said = ayda("compare", route, path, "--lang", tag, "--history", history_folder(tmp_path / "past")).out
    assert word in said
    assert not re.search(r"\b(predicted|moving|actual|behind|recorded|Splits|band|out)\b", said)


def test_a_stop_is_elapsed_and_not_moving_time(ayda: Ayda, route: Path, tmp_path: Path):
    going = json.loads(ayda("compare", route, recorded(tmp_path), "--json").out)["comparison"]["splits"][-1]
    resting = recorded(tmp_path, stop_at_m=3000.0, stop_s=600.0)
    stopped = json.loads(ayda("compare", route, resting, "--json").out)["comparison"]["splits"][-1]
    assert stopped["actual_elapsed_s"] == pytest.approx(going["actual_elapsed_s"] + 600, abs=2)
    assert stopped["actual_so_far_s"] == pytest.approx(going["actual_so_far_s"], abs=15)


def test_who_was_slower_than_predicted_reads_so(ayda: Ayda, route: Path, tmp_path: Path):
    said = ayda("compare", route, recorded(tmp_path, pace_s_per_km=900.0)).out
    assert "more than predicted" in said
    assert "outside the band" in said


def test_only_what_happened_before_counts(ayda: Ayda, route: Path, tmp_path: Path):
    past = history_folder(tmp_path / "past")
    path = recorded(tmp_path, started_at=DAY_ONE + timedelta(days=6, hours=5))
    (past / "itself.gpx").write_bytes(path.read_bytes())
    answer = json.loads(ayda("compare", route, path, "--history", past, "--json").out)
    assert answer["prediction"]["profile_stats"]["total_activities"] == 3


def test_a_recording_that_ends_early_is_compared_as_far_as_it_goes(ayda: Ayda, route: Path, tmp_path: Path):
    path = recorded(tmp_path, length_m=3_400.0)
    answer = json.loads(ayda("compare", route, path, "--json").out)["comparison"]
    assert answer["finished"] is False
    assert [split["to_m"] for split in answer["splits"]] == [1000.0, 2000.0, 3000.0]
    assert "recorded up to 3.0 km" in ayda("compare", route, path).out


def test_a_receiver_that_counts_a_little_more_is_still_on_the_course(ayda: Ayda, route: Path, tmp_path: Path):
    answer = json.loads(ayda("compare", route, recorded(tmp_path, length_m=6_200.0), "--json").out)["comparison"]
    assert answer["finished"] is True
    assert len(answer["splits"]) == 6


def test_a_recording_too_short_for_one_split_is_refused(ayda: Ayda, route: Path, tmp_path: Path):
    said = ayda("compare", route, recorded(tmp_path, length_m=800.0))
    assert said.code == 2
    assert said.err.startswith("other_course: ")


def test_a_zipped_recording_says_the_same(ayda: Ayda, route: Path, tmp_path: Path):
    plain = recorded(tmp_path)
    zipped = tmp_path / "recorded.gpx.gz"
    zipped.write_bytes(gzip.compress(plain.read_bytes()))
    assert ayda("compare", route, zipped, "--json").out == ayda("compare", route, plain, "--json").out


def test_what_was_wrong_with_the_course_and_the_history_is_said(ayda: Ayda, tmp_path: Path):
    points = gpx().decode()
    (tmp_path / "far.gpx").write_text(points.replace("<trkpt ", '<trkpt lat="0" lon="0"></trkpt><trkpt ', 1))
    past = history_folder(tmp_path / "past")
    (past / "plan.gpx").write_bytes(gpx())
    asked = ("compare", tmp_path / "far.gpx", recorded(tmp_path), "--history", past)
    said = ayda(*asked).out
    assert "Points far off the course were left out: 1." in said
    assert "8 of 9 activities used." in said
    codes = [one["code"] for one in json.loads(ayda(*asked, "--json").out)["prediction"]["warnings"]]
    assert codes == ["positions_left_out", "history_in_part"]
