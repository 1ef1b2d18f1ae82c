"""The table of a Strava bulk export, `activities.csv`: which file is which sport."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

TABLE_NAME: Final = "activities.csv"
TRACK_NAME: Final = re.compile(r"[^\0]+\.(?:gpx|tcx|fit)(?:\.gz)?", re.IGNORECASE)

_FILE_COLUMN: Final = "filename"
_TYPE_COLUMN: Final = "activity type"
_MOST_ROWS: Final = 50_000


@dataclass(frozen=True, slots=True)
class Row:
    """One activity of the export: its line in the table, its file (None when entered by hand) and the sport's word."""

    line: int
    filename: str | None
    sport_word: str | None


def rows_of(content: bytes) -> list[Row]:
    """The rows of the table; none when it is no such table.

    Columns are found by their English names. In a table of another language the column of files is the one whose
    cells look like track files, and the sport stays unknown, so that each file speaks for itself.
    """
    reader = csv.reader(io.StringIO(content.decode("utf-8-sig", "replace"), newline=""))
    try:
        table = [cells for cells, _ in zip(reader, range(_MOST_ROWS + 1), strict=False)]
    except csv.Error:
        return []
    if len(table) < 2:
        return []
    header = [cell.strip().lower() for cell in table[0]]
    at_file = header.index(_FILE_COLUMN) if _FILE_COLUMN in header else _column_of_files(table[1:])
    at_type = header.index(_TYPE_COLUMN) if _TYPE_COLUMN in header else None
    if at_file is None:
        return []
    return [
        Row(line, _cell(cells, at_file), None if at_type is None else _cell(cells, at_type))
        for line, cells in enumerate(table[1:], start=2)
        if any(cells)
    ]


def _column_of_files(rows: Sequence[Sequence[str]]) -> int | None:
    hits = Counter(
        at for cells in rows for at, cell in enumerate(cells) if "/" in cell and TRACK_NAME.fullmatch(cell.strip())
    )
    return hits.most_common(1)[0][0] if hits else None


def _cell(cells: Sequence[str], at: int) -> str | None:
    return (cells[at].strip() or None) if at < len(cells) else None
