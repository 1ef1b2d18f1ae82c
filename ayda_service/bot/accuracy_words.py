"""The bot's words about how right predictions were: of one outing, and on the whole."""

from __future__ import annotations

from html import escape
from typing import Final

from ayda_service.bot.words import short_name
from ayda_service.members.notices import Compared
from kernel.contracts.accuracy import Accuracy, ComparedOuting, HowRight
from kernel.contracts.prediction import Prediction
from languages.voice import Voice

SHOWN: Final = 3
"""Outings that are told of by themselves: a message is short, the app has the rest."""
_WORTH_TELLING: Final = 0.005
"""A change below half a percent is told as none at all."""


def compared_text(voice: Voice, told: Compared) -> str:
    """The time that was taken first, then what had been said of it, and what was learned."""
    name = f"<b>{escape(short_name(told.name, voice))}</b>"
    lines = [
        voice.say("{name}: you took {time}.", name=name, time=voice.time(told.elapsed_s)),
        voice.say(
            "I had said {time}, and 8 in 10 between {early} and {late}.",
            time=voice.time(told.predicted_p50_s),
            early=voice.time(told.p10),
            late=voice.time(told.p90),
        ),
        *_learned_lines(voice, told),
        _verdict(voice, told),
    ]
    return "\n".join(lines)


def accuracy_lines(found: Accuracy, newest: Prediction | None, voice: Voice) -> list[str]:
    """How right predictions were, as far as that is known today; for Telegram's HTML."""
    if found.elapsed.n:
        newest_lines = "\n".join(_outing_line(each, voice) for each in found.newest[:SHOWN])
        return [*_figures(found.elapsed, voice), newest_lines]
    lines = [voice.say("No course you asked me about has been compared with how it went yet. Go one, and I tell you.")]
    band = None if newest is None else newest.interval
    if band is None or band.measured_coverage is None or band.measured_on < 1:
        return [*lines, voice.say("Of your past nothing is measured either. Send me outings, then ask for a course.")]
    measured = voice.count(
        "Tried on {number} outing of your past: the band that shall hold 8 in 10 held {share} %.",
        "Tried on {number} outings of your past: the band that shall hold 8 in 10 held {share} %.",
        band.measured_on,
        share=round(100 * band.measured_coverage),
    )
    return [*lines, measured]


def _figures(measured: HowRight, voice: Voice) -> list[str]:
    off, bias, held = (value or 0.0 for value in (measured.mape, measured.bias, measured.coverage))
    first = voice.count(
        "{number} course compared: I was {off} % off.",
        "{number} courses compared: I was {off} % off on average.",
        measured.n,
        off=voice.number(100 * off, 1),
    )
    share = voice.number(100 * abs(bias), 1)
    leaning = voice.say("I said {share} % too much.", share=share) if bias >= 0 else None
    return [
        first,
        leaning or voice.say("I said {share} % too little.", share=share),
        voice.say("The band that shall hold 8 in 10 held {share} %.", share=round(100 * held)),
    ]


def _outing_line(outing: ComparedOuting, voice: Voice) -> str:
    return voice.say(
        "{day}, {name}: said {said}, took {took}",
        day=voice.short_day(outing.started_at.date()),
        name=escape(short_name(outing.course, voice)),
        said=voice.time(outing.said_s.p50),
        took=voice.time(outing.taken_s),
    )


def _learned_lines(voice: Voice, told: Compared) -> list[str]:
    """The larger change of the two: on climbs or on the flat."""
    climbs, flat = told.climbs or 0.0, told.flat or 0.0
    largest = max(abs(climbs), abs(flat))
    if largest < _WORTH_TELLING:
        return []
    share = voice.number(100 * largest, 1)
    if abs(climbs) == largest:
        cheaper = voice.say("Your climbs got {share} % cheaper.", share=share)
        return [cheaper if climbs < 0 else voice.say("Your climbs got {share} % dearer.", share=share)]
    faster = voice.say("You got {share} % faster on the flat.", share=share)
    return [faster if flat < 0 else voice.say("You got {share} % slower on the flat.", share=share)]


def _verdict(voice: Voice, told: Compared) -> str:
    if told.elapsed_s < told.p10:
        return voice.say("You were faster than I thought: I learn from it.")
    if told.elapsed_s > told.p90:
        return voice.say("It took longer than I thought: I learn from it.")
    return voice.say("That is within what I had said.")
