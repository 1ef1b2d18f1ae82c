from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cli.checkpoints import read_checkpoints, written_checkpoints
from cli.failure import Refused
from kernel.contracts.prediction import CheckpointRequest

START = datetime(2026, 6, 13, 20, 0, tzinfo=UTC)


def read(tmp_path: Path, text: str, start: datetime | None = None) -> list[CheckpointRequest]:
    path = tmp_path / "checkpoints"
    path.write_text(text, encoding="utf-8")
    return read_checkpoints(path, start)


def test_a_csv_row_becomes_a_checkpoint_in_metres_and_seconds(tmp_path: Path):
    text = "name,at_km,stop,cutoff\nLake,8.2,2:30,1:45\n"
    assert read(tmp_path, text) == [CheckpointRequest("Lake", 8200.0, 150.0, 6300.0)]


def test_a_json_list_says_the_same_as_the_csv(tmp_path: Path):
    text = '[{"name": "Lake", "at_km": 8.2, "stop": 2.5, "cutoff": "1:45"}]'
    assert read(tmp_path, text) == [CheckpointRequest("Lake", 8200.0, 150.0, 6300.0)]


def test_semicolons_with_decimal_commas_are_a_table_too(tmp_path: Path):
    assert read(tmp_path, "Name;AT_KM;stop\nОзеро;8,2;\n") == [CheckpointRequest("Озеро", 8200.0)]  # noqa: RUF001 - Cyrillic is meant


def test_checkpoints_come_in_order_of_distance(tmp_path: Path):
    assert [c.name for c in read(tmp_path, "name,at_km\nlate,9\nearly,2\n")] == ["early", "late"]


def test_a_clock_time_is_the_next_such_time_after_the_cutoff_before(tmp_path: Path):
    text = "name,at_km,closes_at\na,5,22:30\nb,9,0:15\nc,12,06:00\n"
    assert [c.cutoff_s for c in read(tmp_path, text, START)] == [2.5 * 3600, 4.25 * 3600, 10 * 3600]


def test_a_cutoff_counts_from_the_start_whether_the_start_is_known_or_not(tmp_path: Path):
    text = "name,at_km,cutoff\na,5,1:30\n"
    assert read(tmp_path, text) == read(tmp_path, text, START)
    assert read(tmp_path, text)[0].cutoff_s == 5400.0


def test_clock_times_and_cutoffs_may_stand_in_one_file(tmp_path: Path):
    text = "name,at_km,cutoff,closes_at\na,5,1:30,\nb,9,,22:30\n"
    assert [c.cutoff_s for c in read(tmp_path, text, START)] == [5400.0, 2.5 * 3600]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,stop\nLake,5\n", "no column at_km"),
        ("at_km\n5\n", "no column name"),
        ("", "no column name and no column at_km"),
        ("name,at_km\n", "no checkpoint"),
        ("name,at_km\n,5\n", "needs a name"),
        ("name,at_km\nLake,here\n", "at_km 'here'"),
        ("name,at_km\nLake,-1\n", "at_km '-1'"),
        ("name,at_km\nLake,nan\n", "at_km 'nan'"),
        ("name,at_km,stop\nLake,5,long\n", "a stop 'long'"),
        ("name,at_km,cutoff\nLake,5,noon\n", "closes at 'noon'"),
        ("name,at_km,cutoff\nLake,5,0:00\n", "closes at '0:00'"),
        ("name,at_km,closes_at\nLake,5,14:30\n", "needs --start"),
        ("name,at_km,cutoff,closes_at\nLake,5,1:00,14:30\n", "both a cutoff and a closes_at"),
        ("[1, 2]", "not a JSON list of checkpoints"),
        ('{"name": "Lake"}', "not a JSON list of checkpoints"),
        ("[", "not a JSON list of checkpoints"),
        ("name,at_km\n" + "Lake,5\n" * 201, "200 are the most"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_in_a_sentence(tmp_path: Path, text: str, said: str):
    with pytest.raises(Refused) as caught:
        read(tmp_path, text)
    assert caught.value.code == "bad_checkpoints"
    assert said in str(caught.value)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("clock", ["25:00", "6", "06:61", "a:b"])
def test_a_clock_time_that_is_none_is_refused(tmp_path: Path, clock: str):
    with pytest.raises(Refused, match="on the clock"):
        read(tmp_path, f"name,at_km,closes_at\nLake,5,{clock}\n", START)


def test_a_file_that_is_not_text_is_refused(tmp_path: Path):
    path = tmp_path / "checkpoints.csv"
    path.write_bytes(b"\xff\xfe\x00n\x00a")
    with pytest.raises(Refused, match="not UTF-8"):
        read_checkpoints(path, None)


@pytest.mark.parametrize(
    ("start", "cutoffs_h"),
    [
        (datetime(2026, 10, 24, 22, 0, tzinfo=ZoneInfo("Europe/Zurich")), [6.0, 24.0]),
        (datetime(2026, 3, 28, 22, 0, tzinfo=ZoneInfo("Europe/Zurich")), [4.0, 22.0]),
    ],
)
def test_a_clock_that_is_changed_on_the_way_closes_when_it_shows_that_time(
    tmp_path: Path, start: datetime, cutoffs_h: list[float]
):
    text = "name,at_km,closes_at\na,5,03:00\nb,9,21:00\n"
    assert [c.cutoff_s for c in read(tmp_path, text, start)] == [hours * 3600 for hours in cutoffs_h]


@pytest.mark.parametrize(
    "text",
    [
        "Lake, at_km=8.2, stop=5min",
        "Lake at_km=8.2 stop=5min",
        "Lake, 8.2 km, stop=5",
        "Lake,8.2,stop=5",
        "Lake, 8,2 km, stop=5",
    ],
)
def test_a_written_checkpoint_goes_by_commas_or_by_the_names_of_its_parts(text: str):
    assert written_checkpoints([text], None) == [CheckpointRequest("Lake", 8200.0, 300.0, None)]


@pytest.mark.parametrize("text", ["Lake, 5.1 mi", "Lake, at_mi=5.1", "Lake, 5.1"])
def test_a_place_without_a_unit_is_of_those_in_use(text: str):
    assert written_checkpoints([text], None, "imperial")[0].at_m == pytest.approx(8207.7, abs=0.1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("5.1 mi", "says no place; write how far it is from the start, as at_km=8.2 or at_mi=5.1"),
        ("Lake, at_ft=500", "has 'at_ft', which says nothing; it may have at_km, at_mi, stop, cutoff, closes_at"),
        ("Lake, far", "has at_km 'far'; it is a number of kilometres from the start, such as 8.2"),
    ],
)
def test_a_written_checkpoint_that_says_no_place_is_refused_with_what_would(text: str, said: str):
    with pytest.raises(Refused, match=f"^Checkpoint '{text}' {said}"):
        written_checkpoints([text], None)
