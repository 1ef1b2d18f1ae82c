"""What people write of where they came by and when: `CP3 12:40`, `8.2 1:02:30`, `Lake hut Sat 02:15`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from languages.moments import means_now, read_clock, read_start
from languages.refusals import NotUnderstood
from languages.typed import read_length_m, read_time_s
from languages.voice import Units, mark

PASSING_FORM: Final = mark(
    "Where and when you came by is written as a place and a time, such as CP3 12:40, 8.2 km 1:02:30 or finish 18:50."
)
_MOST_LETTERS: Final = 120
_NUMBERED: Final = re.compile(r"(?:cp|кп|checkpoint|체크포인트) ?#?(\d{1,3})", re.ASCII)
_UNIT_FIRST: Final = re.compile(r"^(km|км|mi|mile) ?(?=\d)(.*)$")
_MARKS: Final = ":;,. "
_FINISH: Final = frozenset({"finish", "финиш", "완주", "도착", "골인"})
_SMALL_WORDS: Final = frozenset({"at", "в", "во", "에", "-", "\N{EN DASH}", ":"})


@dataclass(frozen=True, slots=True)
class SaidPlace:
    """A place in somebody's words: the finish, a checkpoint by its number, metres from the start, or a name."""

    name: str
    finish: bool = False
    number: int | None = None
    at_m: float | None = None

    @property
    def is_place(self) -> bool:
        """Whether it is one on any course, and not a name that only some course has."""
        return self.finish or self.number is not None or self.at_m is not None


@dataclass(frozen=True, slots=True)
class SaidTime:
    """Seconds after the start, or a moment on its clock, of which `any_day` means the time of day alone."""

    after_s: float | None = None
    moment: datetime | None = None
    any_day: bool = False


@dataclass(frozen=True, slots=True)
class SaidPassing:
    """One way to read a passing."""

    place: SaidPlace
    time: SaidTime


def read_passings(text: str, start: datetime | None, now: datetime, units: Units = "metric") -> Iterator[SaidPassing]:
    """Each way to read it, the longest name before a time first; nothing where neither end of it is a time.

    `start` is on the clock at the course. Where it is known `12:40` is a time of day, else hours and minutes; with
    seconds, letters or a plus (`1:02:30`, `2h20`, `+1:05`) a time is always one after the start.
    """
    if len(text) > _MOST_LETTERS:
        return
    words = text.split()
    halves = [(words[:cut], words[cut:]) for cut in range(len(words) - 1, 0, -1)]
    for where, when in (*halves, *((second, first) for first, second in halves)):
        time = _time_of(" ".join(when).strip(_MARKS), start, now)
        place = " ".join(word for word in where if word.casefold() not in _SMALL_WORDS).strip(_MARKS)
        if time is not None and place:
            yield SaidPassing(_place_of(place, units), time)


def _place_of(text: str, units: Units) -> SaidPlace:
    said = _UNIT_FIRST.sub(r"\2 \1", text.casefold())
    numbered = _NUMBERED.fullmatch(said)
    try:
        at_m = read_length_m(said, units)
    except NotUnderstood:
        at_m = None
    return SaidPlace(text, said in _FINISH, None if numbered is None else int(numbered[1]), at_m)


def _time_of(text: str, start: datetime | None, now: datetime) -> SaidTime | None:
    if start is not None and not text.startswith("+"):
        if means_now(text):
            return SaidTime(moment=now.astimezone(start.tzinfo))
        moment = read_start(text, start)
        if moment is not None:
            return SaidTime(moment=moment, any_day=read_clock(text) is not None)
    try:
        return SaidTime(after_s=read_time_s(text.removeprefix("+")))
    except NotUnderstood:
        return None
