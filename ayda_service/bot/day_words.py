"""The bot's words about the day that somebody told of."""

from __future__ import annotations

from typing import Final

from kernel.contracts.prediction import Cause, Prediction
from kernel.contracts.said import Conditions, Surface
from languages.voice import Voice, mark

SURFACES: Final[dict[Surface, str]] = {"road": mark("road"), "path": mark("paths"), "rough": mark("rough ground")}
_OF_THE_DAY: Final[frozenset[Cause]] = frozenset({"surface", "heat", "altitude", "company", "hut"})
_HALF_A_MINUTE: Final = 0.5
_MINUTE_S: Final = 60.0


def day_in_words(day: Conditions, voice: Voice) -> str:
    """`rough ground, 28 °C, 3 of us`."""
    parts = [] if day.surface is None else [voice.say(SURFACES[day.surface])]
    if day.heat_c is not None:
        parts.append(voice.heat(day.heat_c))
    if day.people is not None:
        parts.append(so_many(day.people, voice))
    if day.home_m is not None:
        parts.append(voice.say("home at {height}", height=voice.height(day.home_m)))
    if day.hut is not None:
        at, stay = voice.length(day.hut.at_m), voice.span(day.hut.stop_s)
        parts.append(voice.say("a night at {length}, {stay}", length=at, stay=stay))
    return ", ".join(parts)


def so_many(people: int, voice: Voice) -> str:
    """`3 of us`."""
    return voice.say("{number} of us", number=voice.number(people))


def day_line(day: Conditions, prediction: Prediction, voice: Voice) -> str:
    """What was told, and what all of it costs."""
    told = day_in_words(day, voice)
    minutes = sum(part.minutes for part in prediction.minutes if part.cause in _OF_THE_DAY)
    if abs(minutes) < _HALF_A_MINUTE:
        return voice.say("The day as you told it ({day}) changes nothing.", day=told)
    time = voice.span(_MINUTE_S * minutes)
    if minutes > 0:
        return voice.say("The day as you told it ({day}) takes {time} more.", day=told, time=time)
    return voice.say("The day as you told it ({day}) takes {time} less.", day=told, time=time)
