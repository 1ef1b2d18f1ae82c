"""Checkpoints in a file (CSV or JSON) or after an option.

They have a `name`, `at_km` or `at_mi` and, if wanted, `stop` and `cutoff` or `closes_at`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec

from cli.failure import Refused, content_of
from kernel.contracts.prediction import CheckpointRequest
from kernel.zones import later
from languages.moments import read_clock
from languages.refusals import NotUnderstood
from languages.typed import read_length_m, read_stop_s, read_time_s
from languages.voice import Units

PLACES: Final[dict[str, Units]] = {"at_km": "metric", "at_mi": "imperial"}
"""Columns that say where, and the unit of a plain number in them."""

_FIELDS: Final = (*PLACES, "stop", "cutoff", "closes_at")
_PARTS: Final = re.compile(r",(?!\d)|(?<!\d),|\s(?=[a-z_]+=)", re.IGNORECASE)
_MOST_BYTES: Final = 1_000_000
_MOST: Final = 200
_CODE: Final = "bad_checkpoints"
_DAY: Final = timedelta(days=1)


def read_checkpoints(path: Path, start: datetime | None) -> list[CheckpointRequest]:
    """The checkpoints of a file, in order of distance.

    `cutoff` is hours and minutes after the start; `closes_at` is a time on the start's clock (the first one after the
    cutoff before), which only a start can place. Two columns, so that giving a start never changes what a file means.
    Raises Refused (`bad_checkpoints`).
    """
    content = content_of(path, _MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise Refused(_CODE, f"{path} is larger than 1 MB, which no list of checkpoints is.")
    rows = _rows(path, content)
    if len(rows) > _MOST:
        raise Refused(_CODE, f"{path} has {len(rows)} checkpoints; {_MOST} are the most.")
    return _placed([_Row(f"Checkpoint {number} of {path}", row) for number, row in enumerate(rows, start=1)], start)


def written_checkpoints(
    written: Sequence[str], start: datetime | None, units: Units = "metric"
) -> list[CheckpointRequest]:
    """Those of `Lake, at_km=8.2, stop=5min, cutoff=3:00` or `Lake, 8.2 km`, each its own text.

    A place without a field's name is of the units in use. Raises Refused (`bad_checkpoints`).
    """
    return _placed([_Row(f"Checkpoint {text!r}", _fields_of(text, units)) for text in written], start)


def _fields_of(text: str, units: Units) -> dict[str, str]:
    name, *others = (part.strip() for part in _PARTS.split(text))
    fields = {"name": name}
    for part in filter(None, others):
        key, is_field, value = part.partition("=")
        if is_field and key.strip().lower() not in _FIELDS:
            sentence = f"has {key.strip()!r}, which says nothing; it may have {', '.join(_FIELDS)}"
            raise Refused(_CODE, f"Checkpoint {text!r} {sentence}.")
        column = "at_km" if units == "metric" else "at_mi"
        fields |= {key.strip().lower(): value.strip()} if is_field else {column: part}
    return fields


def _placed(rows: Sequence[_Row], start: datetime | None) -> list[CheckpointRequest]:
    """In order of distance; a closing time is the first one after the cutoff before."""
    read = sorted(rows, key=lambda row: row.at_m)
    checkpoints, latest = [], start
    for row in read:
        cutoff_s = row.cutoff_s(start, latest)
        if start is not None and cutoff_s is not None:
            latest = later(start, cutoff_s)
        checkpoints.append(CheckpointRequest(name=row.name, at_m=row.at_m, stop_s=row.stop_s, cutoff_s=cutoff_s))
    return checkpoints


def _rows(path: Path, content: bytes) -> list[dict[str, Any]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(_CODE, f"{path} is not UTF-8 text; save the checkpoints as CSV in UTF-8.") from None
    rows = _json_rows(path, text) if text.lstrip()[:1] in {"[", "{"} else _csv_rows(path, text)
    if not rows:
        raise Refused(_CODE, f"{path} has no checkpoint in it.")
    return rows


def _json_rows(path: Path, text: str) -> list[dict[str, Any]]:
    try:
        return msgspec.json.decode(text, type=list[dict[str, Any]])
    except msgspec.DecodeError as wrong:
        sentence = f"{path} is not a JSON list of checkpoints such as [{{'name': 'Lake', 'at_km': 8.2}}]: {wrong}."
        raise Refused(_CODE, sentence) from None


def _csv_rows(path: Path, text: str) -> list[dict[str, Any]]:
    head = text.strip().partition("\n")[0]
    separator = max(",;\t", key=head.count)
    try:
        table = [row for row in csv.reader(io.StringIO(text), delimiter=separator) if any(map(str.strip, row))]
    except csv.Error as wrong:
        raise Refused(_CODE, f"{path} cannot be read as CSV: {wrong}.") from None
    columns = [column.strip().lower() for column in table[0]] if table else []
    columns_needed = ("name", *(["at_km"] if not PLACES.keys() & columns else []))
    missing = [name for name in columns_needed if name not in columns]
    if missing:
        sentence = f"{path} has no column {' and no column '.join(missing)}; its first line names the columns name,"
        raise Refused(_CODE, f"{sentence} at_km (or at_mi) and, if wanted, stop, cutoff and closes_at.")
    return [dict(zip(columns, row, strict=False)) for row in table[1:]]


class _Row:
    """One line of the file, its errors with the line's number."""

    def __init__(self, where: str, fields: Mapping[str, Any]) -> None:
        self._where = where
        self._fields = {name.strip().lower(): value for name, value in fields.items()}
        self.name = self._text("name")
        if not 1 <= len(self.name) <= 80:
            raise self._wrong("needs a name of 1 to 80 letters")
        self.at_m = self._metres()
        self.stop_s = self._stop_s()

    def cutoff_s(self, start: datetime | None, latest: datetime | None) -> float | None:
        """Seconds after the start at which it closes; a clock time is the first one after `latest`."""
        after, clock = self._text("cutoff"), self._text("closes_at")
        if after and clock:
            raise self._wrong("has both a cutoff and a closes_at; one of them is enough")
        try:
            if not clock:
                return read_time_s(after) if after else None
            if start is None or latest is None:
                raise self._wrong("has a closes_at; a clock time needs --start")
            return _clock_s(clock, start, latest)
        except ValueError:
            form = "14:30 on the clock" if clock else "9:30 (hours after the start)"
            raise self._wrong(f"closes at {clock or after!r}; write it as {form}") from None

    def _metres(self) -> float:
        column = next((name for name in PLACES if self._text(name)), "at_km")
        text = self._text(column)
        try:
            at_m = round(read_length_m(text, PLACES[column]), 3)
        except NotUnderstood:
            at_m = -1.0
        if not text:
            raise self._wrong("says no place; write how far it is from the start, as at_km=8.2 or at_mi=5.1")
        if not 0 <= at_m <= 1_000_000:
            what = "kilometres" if column == "at_km" else "miles"
            raise self._wrong(f"has {column} {text!r}; it is a number of {what} from the start, such as 8.2")
        return at_m

    def _stop_s(self) -> float:
        text = self._text("stop")
        if not text:
            return 0.0
        try:
            return read_stop_s(text)
        except NotUnderstood:
            raise self._wrong(f"has a stop {text!r}; write minutes, such as 5 or 5:30 or 5min") from None

    def _text(self, name: str) -> str:
        value = self._fields.get(name)
        return "" if value is None else str(value).strip()

    def _wrong(self, what: str) -> Refused:
        return Refused(_CODE, f"{self._where} {what}.")


def _clock_s(text: str, start: datetime, latest: datetime) -> float:
    """Seconds from the start to the first time of day on the start's clock at or after `latest`. Raises ValueError."""
    told = read_clock(text)
    if told is None:
        raise ValueError(text)
    moment = latest.replace(hour=told.hour, minute=told.minute, second=0, microsecond=0)
    passed = _instant(moment) <= _instant(start) or _instant(moment) < _instant(latest)
    # a day of the calendar, which a change of the clocks makes an hour shorter or longer
    return (_instant(moment + _DAY * passed) - _instant(start)).total_seconds()


def _instant(moment: datetime) -> datetime:
    """In UTC: two moments of one zone would be compared by what their clocks show."""
    return moment.astimezone(UTC)
