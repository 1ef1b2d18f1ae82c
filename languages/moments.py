"""What people write for a moment and for a time, in the words of all languages at once: a small grammar, kept strictly.

Whoever writes something else is asked again, which is better than a start on another day than they meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Final

_NOW: Final = frozenset({"now", "сейчас", "지금"})
_SMALL_WORDS: Final = frozenset({"at", "on", "the", "в", "во", "на", "에"})
_DAYS_ON: Final[Mapping[str, int]] = {
    "today": 0, "сегодня": 0, "오늘": 0, "tomorrow": 1, "завтра": 1, "내일": 1, "послезавтра": 2, "모레": 2,
}  # fmt: skip
_WEEKDAYS: Final[tuple[tuple[str, ...], ...]] = (
    ("monday", "mon", "понедельник", "пн", "월요일", "월"),
    ("tuesday", "tue", "вторник", "вт", "화요일", "화"),
    ("wednesday", "wed", "среда", "среду", "ср", "수요일", "수"),
    ("thursday", "thu", "четверг", "чт", "목요일", "목"),
    ("friday", "fri", "пятница", "пятницу", "пт", "금요일", "금"),
    ("saturday", "sat", "суббота", "субботу", "сб", "토요일", "토"),
    ("sunday", "sun", "воскресенье", "вс", "일요일", "일"),
)
_WEEKDAY_OF: Final = {word: number for number, words in enumerate(_WEEKDAYS) for word in words}
_MONTHS: Final = (
    ("jan", "янв"), ("feb", "фев"), ("mar", "мар"), ("apr", "апр"), ("may", "мая"), ("jun", "июн"),
    ("jul", "июл"), ("aug", "авг"), ("sep", "сен"), ("oct", "окт"), ("nov", "ноя"), ("dec", "дек"),
)  # fmt: skip
_MONTH_OF: Final = {word: number for number, words in enumerate(_MONTHS, start=1) for word in words}
_TIME: Final = re.compile(
    r"(?:(?P<half>오전|오후) ?)?(?<![\d.:-])(?P<hour>\d{1,2})"
    r"(?:(?::(?P<minute>\d\d)(?![\d:]))? ?(?P<ampm>am|pm)\b|:(?P<only>\d\d)(?![\d:])|"
    r"시(?: ?(?P<minutes>\d{1,2})분)?)(?:에)?",
    re.ASCII,
)
_ISO: Final = re.compile(r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)", re.ASCII)
_DOTTED: Final = re.compile(r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})(?:\.(?P<year>\d{4}))?\.?", re.ASCII)
_KOREAN: Final = re.compile(r"(?:(?P<year>\d{4})년 ?)?(?P<month>\d{1,2})월 ?(?P<day>\d{1,2})일", re.ASCII)
_NAMED: Final = re.compile(r"(?:(?P<day>\d{1,2}) (?P<name>[a-zа-я]{3,9})|(?P<first>[a-z]{3,9}) (?P<then>\d{1,2}))")
_CLOCK: Final = re.compile(r"(\d{1,3}):(\d\d)(?::(\d\d))?", re.ASCII)
_UNITS: Final = re.compile(
    r"(?:(\d{1,3}) ?(?:h|hours?|ч|час|часа|часов|시간))?(?: ?(\d{1,3}) ?(?:m|min|minutes?|м|мин|минут|минуты|분))?"
)


def read_start(text: str, now_there: datetime) -> datetime | None:
    """The start that was written, on the clock at the course (without a zone); None for what this grammar has not.

    `now_there` is the present there. Without a day it is the next time the clock shows that; a weekday is the next one.
    """
    said = _plain(text)
    now = now_there.replace(second=0, microsecond=0, tzinfo=None)
    if said in _NOW:
        return now
    found = list(_TIME.finditer(said))
    clock = _clock_of(found[0]) if len(found) == 1 else None
    if clock is None:
        return None
    rest = f"{said[: found[0].start()]} {said[found[0].end() :]}"
    words = " ".join(word for word in rest.split() if word not in _SMALL_WORDS)
    day = _day_of(words, now, clock)
    return None if day is None else datetime.combine(day, clock)


def read_goal_s(text: str) -> float | None:
    """Seconds from start to finish: `5:30` (hours and minutes), `5:30:00`, `5 h 30 min`; None for anything else."""
    said = _plain(text)
    if clock := _CLOCK.fullmatch(said):
        hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        return _whole(hours, minutes, seconds) if minutes < 60 and seconds < 60 else None
    units = _UNITS.fullmatch(said)
    if units is None or not any(units.groups()):
        return None
    hours, minutes = (int(part or 0) for part in units.groups())
    return _whole(hours, minutes, 0)


def _whole(hours: int, minutes: int, seconds: int) -> float | None:
    return float(3600 * hours + 60 * minutes + seconds) or None


def _plain(text: str) -> str:
    """In small letters with single spaces; ISO's `T` is one of them."""
    joined = " ".join(text.replace(",", " ").casefold().split())
    return re.sub(r"(?<=\d)t(?=\d)", " ", joined)


def _clock_of(found: re.Match[str]) -> time | None:
    hour = int(found["hour"])
    minute = int(found["minute"] or found["only"] or found["minutes"] or 0)
    half = found["half"] or found["ampm"]
    if half is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half in {"오후", "pm"} else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _day_of(words: str, now: datetime, clock: time) -> date | None:
    today = now.date()
    gone = clock < now.time()
    if not words:
        return today + timedelta(days=int(gone))
    if words in _DAYS_ON:
        return today + timedelta(days=_DAYS_ON[words])
    if words in _WEEKDAY_OF:
        ahead = (_WEEKDAY_OF[words] - today.weekday()) % 7
        return today + timedelta(days=7 if ahead == 0 and gone else ahead)
    return next(_dates_in(words, today), None)


def _dates_in(words: str, today: date) -> Iterator[date]:
    """The date that is written; without a year it is the next of that name."""
    for form in (_ISO, _DOTTED, _KOREAN):
        if found := form.fullmatch(words):
            yield from _date(found["year"], int(found["month"]), int(found["day"]), today)
    if found := _NAMED.fullmatch(words):
        month = _MONTH_OF.get((found["name"] or found["first"])[:3], 0)
        yield from _date(None, month, int(found["day"] or found["then"]), today)


def _date(year: str | None, month: int, day: int, today: date) -> Iterator[date]:
    for each in (int(year),) if year else range(today.year, today.year + 9):
        try:
            written = date(each, month, day)
        except ValueError:
            continue
        if year or written >= today:
            yield written
