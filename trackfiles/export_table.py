"""The table of a Strava bulk export, `activities.csv`: which file is which sport."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from trackfiles.sports import is_column, other_sport_of_word, sport_of_word

TRACK_NAME: Final = re.compile(r"[^\0]+\.(?:gpx|tcx|fit)(?:\.gz)?", re.IGNORECASE)
_TABLE_NAME: Final = re.compile(r"(?:.*/)?activities(?:[ _-]?\(?[0-9]{1,2}\)?)?\.csv", re.IGNORECASE)

_MOST_ROWS: Final = 50_000
_SAMPLE_ROWS: Final = 500
_DELIMITERS: Final = ",;\t|"
_CODECS: Final = ("utf-8-sig", "cp1252", "cp1251", "gb18030", "shift_jis", "euc_kr")
_UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_KNOWN_SPORTS: Final = 0.6
Table = list[list[str]]


@dataclass(frozen=True, slots=True)
class Row:
    """One activity of the export: its line in the table, its file (None when entered by hand) and the sport's word."""

    line: int
    filename: str | None
    sport_word: str | None


def is_table(name: str) -> bool:
    """Whether a file of this name may be the table of an export."""
    return _TABLE_NAME.fullmatch(name) is not None


def rows_of(content: bytes) -> list[Row]:
    """The rows of the table; none when it is no such table.

    It may have been saved again in another encoding, with another separator, or with a quotation mark that never
    closes. Columns are found by their names in the languages of Strava's exports, and where none is known by what is in
    them: track files, and words for sports.
    """
    return max((_rows(table) for table in _readings(_text(content))), key=_files_in, default=[])


def _readings(text: str) -> Iterator[Table]:
    """The ways to read it: as it should be written, and line by line where a quotation mark is left open."""
    header = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=header.count)
    yield _as_written(text, delimiter)
    if text.count('"') % 2:
        yield [_cells(line, delimiter) for line in text.splitlines()[: _MOST_ROWS + 1]]


def _as_written(text: str, delimiter: str) -> Table:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return [cells for cells, _ in zip(reader, range(_MOST_ROWS + 1), strict=False)]
    except csv.Error:
        return []


def _cells(line: str, delimiter: str) -> list[str]:
    """The cells of a line by itself; a quotation mark that does not close is one like any other sign."""
    apart = re.escape(delimiter)
    found = re.findall(rf'(?:"((?:[^"]|"")*)"(?={apart}|$)|([^{apart}]*))(?:{apart}|$)', line)
    return [quoted.replace('""', '"') or plain for quoted, plain in found]


def _text(content: bytes) -> str:
    if content.startswith(_UTF16_MARKS):
        return content.decode("utf-16", "replace")
    if b"\0" in content[:4]:
        return content.decode("utf-16-le" if content[1:2] == b"\0" else "utf-16-be", "replace")
    for codec in _CODECS:
        text = _decoded(content, codec)
        if text is not None and (codec == _CODECS[0] or _has_known_header(text)):
            return text
    return content.decode("utf-8-sig", "replace")


def _decoded(content: bytes, codec: str) -> str | None:
    try:
        return content.decode(codec)
    except UnicodeDecodeError:
        return None


def _has_known_header(text: str) -> bool:
    return any(is_column(cell, "file") for cell in re.split(rf"[{_DELIMITERS}]", text.partition("\n")[0]))


def _rows(table: Table) -> list[Row]:
    if len(table) < 2:
        return []
    header, body = table[0], table[1:]
    at_file = _first(header, "file")
    if at_file is None:
        at_file = _column_of_files(body)
    if at_file is None:
        return []
    at_sport = _first(header, "sport")
    if at_sport is None:
        at_sport = _column_of_sports(body, len(header))
    return [
        Row(line, _cell(cells, at_file), None if at_sport is None else _cell(cells, at_sport))
        for line, cells in enumerate(body, start=2)
        if any(cells)
    ]


def _first(header: Sequence[str], kind: str) -> int | None:
    return next((at for at, cell in enumerate(header) if is_column(cell, kind)), None)


def _files_in(rows: Sequence[Row]) -> int:
    return sum(row.filename is not None and TRACK_NAME.fullmatch(row.filename) is not None for row in rows)


def _column_of_files(rows: Table) -> int | None:
    hits = Counter(
        at for cells in rows for at, cell in enumerate(cells) if "/" in cell and TRACK_NAME.fullmatch(cell.strip())
    )
    return hits.most_common(1)[0][0] if hits else None


def _column_of_sports(rows: Table, width: int) -> int | None:
    """The first column of which most cells are words for sports, in a language of which only they are known."""
    for at in range(width):
        words = [word for cells in rows[:_SAMPLE_ROWS] if (word := _cell(cells, at))]
        known = sum(bool(sport_of_word(word) or other_sport_of_word(word)) for word in words)
        if words and known >= _KNOWN_SPORTS * len(words):
            return at
    return None


def _cell(cells: Sequence[str], at: int) -> str | None:
    return (cells[at].strip() or None) if at < len(cells) else None
