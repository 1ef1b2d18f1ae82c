"""Numbers and times as a file writes them, read strictly: ASCII decimals and ISO 8601 only, whole columns at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kernel.tracks.track import FloatArray

_DECIMAL_BYTES: Final = b"0123456789+-.eE \t\r\n"
_DECIMAL: Final = re.compile(r"\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?\s*", re.ASCII)
_COMMA: Final = re.compile(r"\s*[+-]?[0-9]+,[0-9]+\s*", re.ASCII)
_INSTANT: Final = re.compile(
    r"([0-9]{4})([-/]?)([0-9]{2})\2([0-9]{2})[Tt ]([0-9]{2}):?([0-9]{2})(?::?([0-9]{2})(?:[.,]([0-9]{1,12}))?)?"
    r" ?(?:[Zz]{1,2}|UTC|GMT|([+-])([0-9]{2}):?([0-9]{2})?)?",
    re.ASCII,
)
_SHAPE: Final = np.frombuffer(b"0000-00-00T00:00:00", np.uint8)
_SEPARATORS: Final = np.array([4, 7, 10, 13, 16])
_EPOCH: Final = date(1970, 1, 1).toordinal()
_YEARS: Final = range(1980, 2101)
_DAY_S: Final = 86_400
_PER_S: Final = 1_000_000
"""Microseconds, counted whole: their quotient is the float nearest to the moment, as `datetime.timestamp` has it."""
_SECONDS_END: Final = len("2026-01-01T00:00:00")


def decimals(texts: Sequence[str]) -> FloatArray:
    """One number per text, nan where the text is no finite plain decimal.

    `float` alone would take `1_0.5`, `nan`, `inf` and digits of other scripts. A single comma is a decimal one, as
    programs write it that forget which country a file is for.
    """
    column = "\n".join(texts).encode("ascii", "replace")
    if not column.translate(None, _DECIMAL_BYTES):
        try:
            return _finite(np.fromiter(map(float, texts), np.float64, len(texts)))
        except ValueError:
            pass
    return _finite(np.array([_decimal(text) for text in texts], dtype=np.float64))


def _decimal(text: str) -> float:
    if _COMMA.fullmatch(text):
        text = text.replace(",", ".")
    return float(text) if _DECIMAL.fullmatch(text) else np.nan


def instants(texts: Sequence[str]) -> FloatArray:
    """Epoch seconds per text, nan where the text is no moment between 1980 and 2100.

    A text is `2026-05-02T06:30:00` with an optional fraction and `Z`, `UTC` or an offset; without any it is read as
    UTC. Seconds may be absent, separators too, or be slashes. Digits beyond microseconds are dropped.
    """
    column = _utc_column(texts)
    return np.array([_instant(text) for text in texts], dtype=np.float64) if column is None else column


def _finite(numbers: FloatArray) -> FloatArray:
    numbers[~np.isfinite(numbers)] = np.nan
    return numbers


def _instant(text: str) -> float:
    match = _INSTANT.fullmatch(text.strip())
    if match is None:
        return np.nan
    year, month, day, hour, minute = map(int, match.group(1, 3, 4, 5, 6))
    second = int(match[7] or 0)
    if year not in _YEARS or hour > 23 or minute > 59 or second > 60:
        return np.nan
    try:
        days = date(year, month, day).toordinal() - _EPOCH
    except ValueError:
        return np.nan
    offset_s = 3600 * int(match[10] or 0) + 60 * int(match[11] or 0)
    clock_s = 3600 * hour + 60 * minute + second - (-offset_s if match[9] == "-" else offset_s)
    return ((days * _DAY_S + clock_s) * _PER_S + int((match[8] or "")[:6].ljust(6, "0"))) / _PER_S


def _utc_column(texts: Sequence[str]) -> FloatArray | None:
    """All texts at once when they share one shape, `2026-05-02T06:30:00[.fff]Z`; None when they do not."""
    width = len(texts[0]) if texts else 0
    if not _SECONDS_END < width <= _SECONDS_END + 11 or set(map(len, texts)) != {width}:
        return None
    cells = np.frombuffer("".join(texts).encode("ascii", "replace"), np.uint8).reshape(len(texts), width)
    digits = cells.astype(np.int64) - ord("0")
    numeric = np.ones(width, dtype=bool)
    numeric[[*_SEPARATORS, width - 1]] = False
    separated = (cells[:, _SEPARATORS] == _SHAPE[_SEPARATORS]).all() and (cells[:, -1] == ord("Z")).all()
    if width > _SECONDS_END + 1:
        numeric[_SECONDS_END] = False
        separated = separated and width > _SECONDS_END + 2 and (cells[:, _SECONDS_END] == ord(".")).all()
    if not separated or ((digits < 0) | (digits > 9))[:, numeric].any():
        return None
    return _seconds(digits, digits[:, _SECONDS_END + 1 : -1])


def _seconds(digits: NDArray[np.int64], fraction: NDArray[np.int64]) -> FloatArray:
    year = digits[:, 0:4] @ np.array([1000, 100, 10, 1])
    month, day, hour, minute, second = (digits[:, at] * 10 + digits[:, at + 1] for at in (5, 8, 11, 14, 17))
    months = (year - 1970) * 12 + np.clip(month, 1, 12) - 1
    first = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    following = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    real = (year >= _YEARS.start) & (year < _YEARS.stop) & (month >= 1) & (month <= 12)
    real &= (day >= 1) & (day <= following - first) & (hour < 24) & (minute < 60) & (second <= 60)
    seconds = (first + day - 1) * _DAY_S + (hour * 3600 + minute * 60 + second)
    micros = fraction[:, :6] @ 10 ** np.arange(5, 5 - min(6, fraction.shape[1]), -1)
    return np.where(real, (seconds * _PER_S + micros) / _PER_S, np.nan)
