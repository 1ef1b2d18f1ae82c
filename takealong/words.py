"""Durations, chances and names as people read them."""

from __future__ import annotations

from typing import Final

from kernel.contracts.prediction import Effort
from kernel.units import format_hm, format_hms, format_short
from languages.voice import Voice, mark

EFFORTS: Final[dict[Effort, str]] = {
    "race": mark("race"),
    "fast": mark("fast"),
    "moderate": mark("steady"),
    "easy": mark("easy"),
}
"""How people call what they mean to do."""

_MINUTE_S: Final = 60
_HOUR_S: Final = 3600


def short_time(seconds: float) -> str:
    """`5:12` hours and minutes; below an hour `0:27:30`, since seconds count there."""
    return format_short(seconds)


def short_times(*seconds: float) -> tuple[str, ...]:
    """The same for times that stand beside each other: all in the form of the longest."""
    whole = max(seconds, default=0.0) >= _HOUR_S
    return tuple(format_hm(each) if whole else format_hms(each) for each in seconds)


def goal_time(seconds: float) -> str:
    """A time that somebody wants, as exact as they said it: `2:20` or `2:20:30`."""
    exact = format_hms(seconds)
    return exact.removesuffix(":00") if seconds >= _HOUR_S else exact


def percent(chance: float) -> str:
    """`96 %`; `> 99 %` and `< 1 %` at the ends, since nothing here is certain."""
    if chance < 0.005:
        return "< 1 %"
    if chance >= 0.995:
        return "> 99 %"
    return f"{100 * chance:.0f} %"


def spoken(seconds: float, voice: Voice) -> str:
    """`47 s`, `3 min 05 s`, `26 min`, `1 h 03 min`."""
    whole = int(abs(seconds) + 0.5)
    if whole >= _HOUR_S or not whole % _MINUTE_S:
        return voice.span(whole)
    if whole < _MINUTE_S:
        return voice.say("{seconds} s", seconds=whole)
    return voice.say("{minutes} min {seconds} s", minutes=whole // _MINUTE_S, seconds=f"{whole % _MINUTE_S:02d}")


def one_line(text: str) -> str:
    """A name from a file on one line, without what could steer a terminal."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
