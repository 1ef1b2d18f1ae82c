"""What people write for a moment, in the words of all languages at once: a small grammar, kept strictly.

Whoever writes something else is asked again, which is better than a start on another day than they meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple

from kernel.zones import ZoneUnknown, zone_named
from languages.refusals import NotUnderstood
from languages.voice import mark

_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 2098
_FORM: Final = mark(
    "A start is written as 2026-06-13T06:00 (at the course), 2026-06-13T06:00+02:00, 2026-06-13T06:00[Europe/Zurich], "
    "13.06.2026 06:00, 06:00 or 6am."
)
_YEARS: Final = mark("A start such as 2026-06-13T06:00 lies between 1970 and 2098.")
_ZONE_FORM: Final = mark(
    "A time zone is written by its name in the IANA list, such as 2026-06-13T06:00[Europe/Zurich]."
)
_ZONED: Final = re.compile(r"([^\[\]]*)\[([^\[\]]+)\]")
_WHOLE: Final = re.compile(r"\d{4}-\d\d-\d\d[ Tt]\d\d.*", re.ASCII)
_DAY_ALONE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_BARE_CLOCK: Final = re.compile(r"(?P<hour>\d{1,2})(?:[.h]?(?P<minute>\d\d))?", re.ASCII)
_SLASHED: Final = re.compile(
    r"(?P<one>\d{1,2})/(?P<other>\d{1,2})/(?P<year>\d{4}) (?P<clock>\d{1,2}:\d\d(?: ?[AaPp][Mm])?)", re.ASCII
)
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
_NAMED: Final = re.compile(
    r"(?:(?P<day>\d{1,2}) (?P<name>[a-zа-я]{3,9})|(?P<first>[a-z]{3,9}) (?P<then>\d{1,2}))"
    r"(?: (?P<year>\d{4})(?: г\.?)?)?"
)


class Start(NamedTuple):
    """A start as it was written: without an offset it is a time on the clock of `zone`, else of the course."""

    at: datetime
    zone: str | None


def read_start_at(text: str, now_there: datetime) -> Start:
    """A start in any form: ISO 8601 with or without an offset, a zone in brackets after it, or as `read_start` has it.

    Raises NotUnderstood.
    """
    zoned = _ZONED.fullmatch(text.strip())
    written, zone = (zoned[1].strip(), zoned[2].strip()) if zoned else (text.strip(), None)
    if zone is not None:
        try:
            zone_named(zone)
        except ZoneUnknown:
            raise NotUnderstood(_ZONE_FORM) from None
    at = _iso(written) if _WHOLE.fullmatch(written) else read_start(written, now_there)
    if at is None:
        raise NotUnderstood(_FORM, written, _instead_of(written))
    if not _FIRST_YEAR <= at.year <= _LAST_YEAR:
        raise NotUnderstood(_YEARS)
    return Start(at, zone)


def _instead_of(written: str) -> str | None:
    """How what is no start most likely would be written as one; None where nothing is likelier than the rest."""
    if _DAY_ALONE.fullmatch(written):
        return f"{written}T06:00"
    if bare := _BARE_CLOCK.fullmatch(written):
        hour, minute = int(bare["hour"]), int(bare["minute"] or 0)
        return f"{hour:02d}:{minute:02d}" if hour < 24 and minute < 60 else None
    if slashed := _SLASHED.fullmatch(written):
        one, other = int(slashed["one"]), int(slashed["other"])
        if (one > 12) == (other > 12):
            return None
        day, month = (one, other) if one > 12 else (other, one)
        return f"{day:02d}.{month:02d}.{slashed['year']} {slashed['clock']}"
    return None


def _iso(written: str) -> datetime | None:
    try:
        return datetime.fromisoformat(written)
    except ValueError:
        return None


def read_start(text: str, now_there: datetime) -> datetime | None:
    """The start that was written, on the clock at the course (without a zone); None for what this grammar has not.

    `now_there` is the present there. Without a day it is the next time the clock shows that; a weekday is the next one.
    """
    said = _plain(text)
    now = now_there.replace(second=0, microsecond=0, tzinfo=None)
    if means_now(said):
        return now
    found = list(_TIME.finditer(said))
    clock = _clock_of(found[0]) if len(found) == 1 else None
    if clock is None:
        return None
    rest = f"{said[: found[0].start()]} {said[found[0].end() :]}"
    words = " ".join(word for word in rest.split() if word not in _SMALL_WORDS)
    day = _day_of(words, now, clock)
    return None if day is None else datetime.combine(day, clock)


def means_now(text: str) -> bool:
    """Whether it is a word for the present."""
    return _plain(text) in _NOW


def read_clock(text: str) -> time | None:
    """A time of day alone: `06:00`, `6am`, `오후 3시`; None for anything else."""
    said = _plain(text)
    found = _TIME.fullmatch(said)
    return None if found is None else _clock_of(found)


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
        yield from _date(found["year"], month, int(found["day"] or found["then"]), today)


def _date(year: str | None, month: int, day: int, today: date) -> Iterator[date]:
    for each in (int(year),) if year else range(today.year, today.year + 9):
        try:
            written = date(each, month, day)
        except ValueError:
            continue
        if year or written >= today:
            yield written
