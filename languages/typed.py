"""What people type for a pace, a time, a length, a temperature or a race they ran.

One grammar for the command line, the chat and the page, in the words of all languages at once. What may mean several
things is refused with the form that is understood, and with what was typed in that form where it can be converted.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Final, Literal

from kernel.contracts.said import RaceResult
from kernel.units import FOOT_M, MILE_M, format_hms, format_pace
from languages.refusals import NotUnderstood
from languages.voice import Units, mark

FASTEST_S_PER_KM: Final = 120.0
SLOWEST_S_PER_KM: Final = 1800.0
LONGEST_S: Final = 1_000_000.0

_HOUR_S: Final = 3600.0
_MINUTE_S: Final = 60.0
_KM_M: Final = 1000.0
_MARATHON_M: Final = 42_195.0
_MOST_LETTERS: Final = 60
_COLDEST_C: Final = -60.0
_HOTTEST_C: Final = 60.0
_MOST_STOP_S: Final = 86_400.0

_PACE_FORM: Final = mark(
    "A pace is written as minutes and seconds per kilometre, such as 5:30, or per mile, as 8:51/mi."
)
_PACE_BOUNDS: Final = mark("A flat pace lies between 2:00 and 30:00 per kilometre.")
_TIME_FORM: Final = mark("A time is written as hours and minutes, such as 5:30 or 5:30:00 or 2h20.")
_STOP_FORM: Final = mark("A stop is written in minutes, such as 5 or 5:30 or 5min, up to a day.")
_LENGTH_FORM: Final = mark("A length is written with its unit, such as 8.2 km, 5.1 mi, 300 m or 1000 ft.")
_HEAT_FORM: Final = mark("A temperature is written in degrees, such as 28 or 82F.")
_RESULT_FORM: Final = mark("A race is written as its length and its time, such as 10 km 48:30 or marathon 3:45.")

_NUMBER: Final = r"\d{1,6}(?:\.\d{1,4})?(?![\d.])"
_FIELDS: Final = re.compile(r"(?:(\d{1,3}):)?(\d{1,4})[:.](\d\d)", re.ASCII)
_QUOTED: Final = re.compile(r"(\d{1,4})'(?: ?([0-5]?\d)\"?)?", re.ASCII)
_UNITS: Final = re.compile(
    rf"(?:(?P<h>{_NUMBER}) ?(?:h|hrs?|hours?|ч|час|часа|часов|시간))?"
    rf"(?: ?(?P<m>{_NUMBER}) ?(?P<minutes>m|mins?|minutes?|м|мин|минут|минуты|минута|분)?)?"
    rf"(?: ?(?P<s>{_NUMBER}) ?(?P<seconds>s|secs?|seconds?|с|сек|секунд|секунды|секунда|초)?)?",
    re.ASCII,
)
_PER: Final = re.compile(
    r"(?P<pace>.+?) ?(?:(?P<minutes>min|мин|분)? ?/|per |на ) ?(?P<of>km|км|mi|mile|милю|миля|마일)", re.ASCII
)
_SPEED: Final = re.compile(rf"(?P<of>{_NUMBER}) ?(?P<unit>km/h|kmh|kph|км/ч|mph|mi/h)", re.ASCII)
_LENGTH: Final = re.compile(
    rf"(?P<of>{_NUMBER}) ?(?P<unit>km|k|kilomet(?:er|re)s?|км|킬로미터|킬로|mi|miles?|миль|мили|миля|마일|"
    r"m|met(?:er|re)s?|м|미터|ft|feet|футов|피트)?",
    re.ASCII,
)
_HEAT: Final = re.compile(
    r"(?P<of>[-+]?\d{1,3}(?:\.\d)?) ?(?:°|º|degrees?|градус(?:а|ов)?|도)? ?(?P<unit>c|f|с)?", re.ASCII
)
_NUMERIC: Final = re.compile(_NUMBER, re.ASCII)
_NAMED_M: Final = {
    "half marathon": _MARATHON_M / 2, "half": _MARATHON_M / 2, "marathon": _MARATHON_M,
    "полумарафон": _MARATHON_M / 2, "марафон": _MARATHON_M, "하프": _MARATHON_M / 2, "하프 마라톤": _MARATHON_M / 2,
    "마라톤": _MARATHON_M,
}  # fmt: skip
_BETWEEN: Final = frozenset({"in", "at", "за", "-", "–", "="})
_FEET: Final = frozenset({"ft", "feet", "футов", "피트"})
_METRES: Final = frozenset({"m", "meter", "meters", "metre", "metres", "м", "미터"})
_MILES: Final = ("mi", "миль", "мили", "миля", "милю", "마일", "mph")

Fields = Literal["h:m", "m:s"]
"""What two numbers with a colon between them are."""


def read_pace_s_per_km(text: str, units: Units = "metric") -> float:
    """Seconds per kilometre from `5:30`, `5.30`, `5'30`, `8:51/mi` or `12 km/h`; a plain one is of the unit in use.

    Raises NotUnderstood, also for what lies outside of 2:00 and 30:00.
    """
    said = _plain(text)
    pace_s_per_km = _pace_s_per_km(said, units)
    if pace_s_per_km is None:
        raise NotUnderstood(_PACE_FORM, *_instead(said, _as_pace(said)))
    if not FASTEST_S_PER_KM <= pace_s_per_km <= SLOWEST_S_PER_KM:
        raise NotUnderstood(_PACE_BOUNDS)
    return pace_s_per_km


def read_time_s(text: str) -> float:
    """Seconds from `5:30` (hours and minutes), `5:30:00`, `2h20`, `140min`, `5 ч 30 мин`, at most 1,000,000.

    Raises NotUnderstood, for zero too.
    """
    said = _plain(text)
    time_s = _duration_s(said, "h:m")
    if time_s is None or not 0 < time_s <= LONGEST_S:
        raise NotUnderstood(_TIME_FORM, *_instead(said, _as_time(said)))
    return time_s


def read_stop_s(text: str) -> float:
    """Seconds of a stop from `5` (minutes), `5:30`, `5min`, `stop=5min`, `1h`. Raises NotUnderstood beyond a day."""
    said = _plain(text).removeprefix("stop=").strip()
    bare = _NUMERIC.fullmatch(said)
    stop_s = _MINUTE_S * float(said) if bare else _duration_s(said, "m:s")
    if stop_s is None or not 0 <= stop_s <= _MOST_STOP_S:
        raise NotUnderstood(_STOP_FORM)
    return stop_s


def read_length_m(text: str, units: Units = "metric") -> float:
    """Metres from `8.2`, `8,2 km`, `5.1 mi`, `300 m`, `1000 ft`, `marathon`; a plain number is of the unit in use.

    Raises NotUnderstood.
    """
    length_m = _length_m(_plain(text), units)
    if length_m is None:
        raise NotUnderstood(_LENGTH_FORM)
    return length_m


def read_height_m(text: str, units: Units = "metric") -> float:
    """Metres above the sea from `300`, `300 m`, `1000 ft`; a plain number is metres, or feet. Raises NotUnderstood."""
    said = _plain(text)
    if _NUMERIC.fullmatch(said):
        return float(said) * (1.0 if units == "metric" else FOOT_M)
    return read_length_m(text)


def read_heat_c(text: str) -> float:
    """Degrees Celsius from `28`, `28 °C`, `82F`. Raises NotUnderstood for what no air on Earth has."""
    found = _HEAT.fullmatch(_plain(text))
    heat_c = math.nan if found is None else float(found["of"])
    if found is not None and found["unit"] == "f":
        heat_c = (heat_c - 32.0) / 1.8
    if not _COLDEST_C <= heat_c <= _HOTTEST_C:
        raise NotUnderstood(_HEAT_FORM)
    return heat_c


def read_result(text: str, units: Units = "metric") -> RaceResult:
    """A race from `10 km 48:30`, `21.1 km 1:52`, `marathon in 3h45`. Raises NotUnderstood.

    Two numbers with a colon are minutes and seconds, or hours and minutes: whichever somebody can have run.
    """
    words = [word for word in re.split(r"[ /]", _plain(text)) if word and word not in _BETWEEN]
    halves = [(" ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words))]
    for length, time in (*halves, *((second, first) for first, second in halves)):
        length_m = _length_m(length, units)
        if length_m is None or not 1_000 <= length_m <= 500_000:
            continue
        for fields in ("m:s", "h:m"):
            time_s = _duration_s(time, fields)
            if time_s is not None and FASTEST_S_PER_KM <= 1000.0 * time_s / length_m <= SLOWEST_S_PER_KM:
                return RaceResult(distance_m=round(length_m, 1), time_s=time_s)
    raise NotUnderstood(_RESULT_FORM)


def _plain(text: str) -> str:
    """Small letters, single spaces, one kind of quotation mark, points for decimal commas; empty for what is long."""
    said = " ".join(text[: 4 * _MOST_LETTERS].casefold().split())
    said = re.sub("[\N{RIGHT SINGLE QUOTATION MARK}\N{LEFT SINGLE QUOTATION MARK}\N{PRIME}`]", "'", said)
    said = re.sub("\N{DOUBLE PRIME}|\N{RIGHT DOUBLE QUOTATION MARK}|''", '"', said)
    return re.sub(r"(?<=\d),(?=\d)", ".", said) if len(said) <= _MOST_LETTERS else ""


def _pace_s_per_km(said: str, units: Units) -> float | None:
    if speed := _SPEED.fullmatch(said):
        per_hour_m = float(speed["of"]) * (MILE_M if speed["unit"].startswith(_MILES) else _KM_M)
        return _KM_M * _HOUR_S / per_hour_m if per_hour_m > 0 else None
    of_m = _KM_M if units == "metric" else MILE_M
    if per := _PER.fullmatch(said):
        said, of_m = per["pace"], MILE_M if per["of"].startswith(_MILES) else _KM_M
        said = f"{said} min" if _NUMERIC.fullmatch(said) and per["minutes"] else said
    pace_s = None if _NUMERIC.fullmatch(said) and not _FIELDS.fullmatch(said) else _duration_s(said, "m:s")
    return None if pace_s is None else pace_s * _KM_M / of_m


def _duration_s(said: str, two: Fields) -> float | None:
    """Seconds; None for what is no duration, a bare number among it."""
    if fields := _FIELDS.fullmatch(said):
        first = None if fields[1] is None else int(fields[1])
        return _of_fields(first, int(fields[2]), int(fields[3]), two)
    if quoted := _QUOTED.fullmatch(said):
        return _MINUTE_S * int(quoted[1]) + int(quoted[2] or 0)
    found = _UNITS.fullmatch(said)
    if found is None or not said:
        return None
    hours, minutes, seconds = found["h"], found["m"], found["s"]
    if minutes and not found["minutes"] and not hours:
        return None
    if seconds and not found["seconds"] and not (minutes and found["minutes"]):
        return None
    return _HOUR_S * float(hours or 0) + _MINUTE_S * float(minutes or 0) + float(seconds or 0)


def _of_fields(first: int | None, middle: int, last: int, two: Fields) -> float | None:
    if last > 59 or (first is not None and middle > 59):
        return None
    if first is None:
        return (_MINUTE_S if two == "m:s" else _HOUR_S) * middle + (1.0 if two == "m:s" else _MINUTE_S) * last
    return _HOUR_S * first + _MINUTE_S * middle + last


def _length_m(said: str, units: Units) -> float | None:
    if said in _NAMED_M:
        return _NAMED_M[said]
    found = _LENGTH.fullmatch(said)
    if found is None:
        return None
    unit = found["unit"]
    if unit is None:
        factor = _KM_M if units == "metric" else MILE_M
    elif unit in _FEET:
        factor = FOOT_M
    elif unit in _METRES:
        factor = 1.0
    else:
        factor = MILE_M if unit.startswith(_MILES) else _KM_M
    return float(found["of"]) * factor


def _instead(said: str, form: str | None) -> tuple[str | None, str | None]:
    return said, form


def _as_pace(said: str) -> str | None:
    """What a number, or seconds beyond a minute, most likely mean as a pace."""
    return _converted(said, lambda number: number * _MINUTE_S if number <= 30 else number, format_pace)


def _as_time(said: str) -> str | None:
    """A number up to 30 is taken for hours, a greater one for minutes."""
    return _converted(said, lambda number: number * (_HOUR_S if number <= 30 else _MINUTE_S), format_hms)


def _converted(said: str, seconds_of: Callable[[float], float], written: Callable[[float], str]) -> str | None:
    if fields := re.fullmatch(r"(\d{1,3}):([6-9]\d)", said, re.ASCII):
        per = seconds_of(1.0)
        seconds = int(fields[1]) * per + int(fields[2]) * per / 60.0
    elif _NUMERIC.fullmatch(said):
        seconds = seconds_of(float(said))
    else:
        return None
    return written(seconds) if 0 < seconds <= LONGEST_S else None
