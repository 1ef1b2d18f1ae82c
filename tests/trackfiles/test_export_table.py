"""The table of an export as people have it: of any language, saved again, damaged, several of them."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.trackfiles.test_archive import TRACK, listed, table, zip_of
from trackfiles.export_table import rows_of

ROWS = (("Run", "activities/1.gpx"), ("Ride", "activities/2.gpx"), ("Hike", "activities/3.gpx"))
WORDS = ["Run", "Ride", "Hike"]


def words(content: str | bytes) -> list[str | None]:
    """The sports of the rows that name a file."""
    rows = rows_of(content if isinstance(content, bytes) else content.encode())
    return [row.sport_word for row in rows if row.filename]


@pytest.mark.parametrize(
    ("header", "sports"),
    [
        ("Aktivitäts-ID,Aktivitätsdatum,Name,Aktivitätsart,Dauer,Dateiname,Dauer", ("Lauf", "Radfahrt", "Wanderung")),
        ("ID,Date,Nom,Type d'activité,Durée,Nom du fichier,Durée", ("Course à pied", "Vélo", "Randonnée")),
        ("ID,Дата,Название,Тип активности,Время,Имя файла,Время", ("Забег", "Велозаезд", "Поход")),
        ("ID,日付,名前,アクティビティタイプ,時間,ファイル名,時間", ("ランニング", "ライド", "ハイキング")),
        ("id,date,name,type,elapsed_time,filename,distance", ("Run", "Ride", "Hike")),
        ("a,b,c,d,e,f,g", ("Lauf", "Radfahrt", "Wanderung")),
    ],
)
def test_a_table_of_any_language_says_the_sports(header: str, sports: tuple[str, ...]) -> None:
    rows = [(sport, file) for sport, (_, file) in zip(sports, ROWS, strict=True)]
    assert words(table(*rows, header=header)) == list(sports)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8", "utf-8-sig", "utf-16-le"])
def test_a_table_saved_in_another_encoding_is_the_same(encoding: str) -> None:
    assert words(table(*ROWS).removeprefix("\ufeff").encode(encoding)) == WORDS


def test_a_table_in_the_encoding_of_a_country_is_known_by_its_header() -> None:
    german = table(("Lauf", "a/1.gpx"), header="ID,Datum,Name,Aktivitätsart,Dauer,Dateiname,Dauer").removeprefix(
        "\ufeff"
    )
    assert words(german.encode("cp1252")) == ["Lauf"]


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_a_table_saved_with_another_separator_is_the_same(separator: str) -> None:
    assert words(table(*ROWS).replace('"May 2, 2026, 6:00:00 AM"', "x").replace(",", separator)) == WORDS


def test_a_quotation_mark_that_never_closes_swallows_no_row() -> None:
    assert words(table(*ROWS).replace("Übung", '"oops', 1)) == WORDS
    assert words(table(*ROWS).replace("Übung", 'so "good', 1)) == WORDS


def test_lines_and_quotation_marks_within_a_name_are_no_trouble() -> None:
    assert words(table(*ROWS).replace("Übung", '"line\nanother, ""and""\r\n one"', 1)) == WORDS


def test_each_of_several_tables_speaks_for_its_own_files(tmp_path: Path) -> None:
    for year, sport in (("2023", "Run"), ("2025", "Ride")):
        folder = tmp_path / "all" / year / "activities"
        folder.mkdir(parents=True)
        (folder / "1.gpx").write_bytes(TRACK)
        (folder.parent / "activities.csv").write_text(table((sport, "activities/1.gpx")))
    entries, dropped = listed(tmp_path / "all")
    assert {name: entry.sport for name, entry in entries.items()} == {"all/2023/activities/1.gpx": "run"}
    assert dropped == {"all/2025/activities/1.gpx": "other_sport"}


@pytest.mark.parametrize("name", ["activities/1.GPX", "activities/1.gpx.gz", "Activities/1.gpx", "activities\\1.gpx"])
def test_a_file_is_found_though_its_name_is_written_otherwise(tmp_path: Path, name: str) -> None:
    export = zip_of(tmp_path / "e.zip", {"activities.csv": table(("Hike", "activities/1.gpx")), name: TRACK})
    entries, dropped = listed(export)
    assert [entry.sport for entry in entries.values()] == ["hike"]
    assert not dropped


def test_names_with_backslashes_still_do_not_lead_out(tmp_path: Path) -> None:
    path = tmp_path / "odd.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("..\\up.gpx", "\\root.gpx", "C:\\drive.gpx"):
            archive.writestr(name, TRACK)
    entries, dropped = listed(path)
    assert not entries
    assert set(dropped.values()) == {"unsafe_name"}


def tar_of(path: Path, members: dict[str, bytes], mode: str) -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]  # the mode is one of two
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


@pytest.mark.parametrize(("name", "mode"), [("e.tgz", "w:gz"), ("e.tar.gz", "w:gz"), ("e.tar", "w")])
def test_a_tar_archive_is_read_as_a_zip_is(tmp_path: Path, name: str, mode: str) -> None:
    members = {
        "./activities.csv": table(("Hike", "activities/1.gpx"), ("Ride", "activities/2.gpx")).encode(),
        "./activities/1.gpx": TRACK,
        "./activities/2.gpx": TRACK,
        "../up.gpx": TRACK,
        "inner.tgz": b"",
    }
    entries, dropped = listed(tar_of(tmp_path / name, members, mode))
    assert {one: entry.sport for one, entry in entries.items()} == {f"{name}/activities/1.gpx": "hike"}
    assert dropped == {
        f"{name}/activities/2.gpx": "other_sport",
        f"{name}/../up.gpx": "unsafe_name",
        f"{name}/inner.tgz": "nested_archive",
    }


def test_a_damaged_tar_archive_is_said_to_be_one(tmp_path: Path) -> None:
    path = tar_of(tmp_path / "e.tgz", {"1.gpx": TRACK * 9}, "w:gz")
    path.write_bytes(path.read_bytes()[:200])
    assert listed(path) == ({}, {"e.tgz": "broken_tar"})
