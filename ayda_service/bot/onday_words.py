"""What is still to come, in the sentences of the bot, ready for Telegram's HTML."""

from __future__ import annotations

from html import escape
from typing import Final

from kernel.contracts.prediction import Prediction
from languages.voice import Voice
from takealong.onday import Ahead, Now
from takealong.onday_told import finish_lines, moment_of, passed_line
from takealong.words import one_line, percent

_MOST_LINES: Final = 12


def now_lines(now: Now, prediction: Prediction, voice: Voice) -> list[str]:
    """The finish first, then where one came by, then the places ahead, nearest first."""
    whole, margin = finish_lines(now, prediction, voice)
    ahead = [_place_line(place, prediction, voice) for place in now.ahead[:_MOST_LINES]]
    more = len(now.ahead) - len(ahead)
    rest = [voice.count("and {number} more place", "and {number} more places", more)] if more else []
    head = [whole, margin, passed_line(now, prediction, voice)]
    return [escape(line) for line in (*head, *([""] if ahead else []), *ahead, *rest)]


def _place_line(place: Ahead, prediction: Prediction, voice: Voice) -> str:
    early, middle, late = (
        moment_of(prediction, each, voice) for each in (place.now_s.p10, place.now_s.p50, place.now_s.p90)
    )
    length = voice.length(place.at_m)
    name = f"{one_line(place.name)}, {length}" if place.name else length
    line = voice.say("{place}: {middle} ({early} to {late})", place=name, middle=middle, early=early, late=late)
    if place.cutoff_s is None or place.p_in_time is None:
        return line
    closes = moment_of(prediction, place.cutoff_s, voice)
    return line + voice.say("; closes {closes}, {chance} in time", closes=closes, chance=percent(place.p_in_time))
