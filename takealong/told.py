"""An answer in the sentences that the chat and the terminal share: the time, its margin, the clock, the nights."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from kernel.contracts.prediction import Prediction
from kernel.contracts.times import DarkStretch, Daylight
from kernel.zones import later, offset_in_words
from languages.voice import Voice
from takealong.along import start_of
from takealong.words import EFFORTS, percent, short_times, spoken

_HALF_A_MINUTE_S: Final = 30
_MINUTE_S: Final = 60
_HOUR_S: Final = 3600


def answer_lines(prediction: Prediction, voice: Voice) -> tuple[str, str, str]:
    """The time from start to finish, the margin in words, and what the rest of it is."""
    elapsed, stops = prediction.elapsed_s, prediction.stops_s
    effort = voice.say(EFFORTS[prediction.effort])
    early, middle, late, moving = short_times(elapsed.p10, elapsed.p50, elapsed.p90, prediction.interval.p50_s)
    whole = voice.say("{time} from start to finish, {effort}", time=middle, effort=effort)
    margin = voice.say("8 in 10 such days end between {early} and {late}.", early=early, late=late)
    if stops:
        exact = stops < _MINUTE_S or max(elapsed.p90, prediction.interval.p50_s) < _HOUR_S
        stood = spoken(stops, voice) if exact else voice.span(stops)
        return whole, margin, voice.say("Moving {moving}, stops {stops}.", moving=moving, stops=stood)
    if prediction.effort == "race":
        return whole, margin, voice.say("Stops, as races have them, are in it.")
    return whole, margin, voice.say("All of it moving.")


def clock_lines(prediction: Prediction, voice: Voice) -> list[str]:
    """Start and finish on the clock at the course, with its zone; nothing for an answer without a start."""
    start = start_of(prediction)
    if start is None:
        return []
    zone = (
        offset_in_words(start) if prediction.time_zone is None else f"{prediction.time_zone}, {offset_in_words(start)}"
    )
    elapsed = prediction.elapsed_s
    early, middle, late = (moment_after(start, each, voice) for each in (elapsed.p10, elapsed.p50, elapsed.p90))
    return [
        voice.say("Start {start} at the course ({zone}).", start=voice.moment(start), zone=zone),
        voice.say("Finish {middle}, in 8 of 10 between {early} and {late}.", middle=middle, early=early, late=late),
    ]


def moment_after(start: datetime, after_s: float, voice: Voice) -> str:
    """`12:52`, to the minute; with its day where that is not the start's."""
    moment = later(start, after_s + _HALF_A_MINUTE_S)
    return f"{moment:%H:%M}" if moment.date() == start.date() else voice.moment(moment)


def passing_after(start: datetime, after_s: float, voice: Voice) -> str:
    """The same where there is little room: `Sun 02:05`."""
    moment = later(start, after_s + _HALF_A_MINUTE_S)
    clock = f"{moment:%H:%M}"
    if moment.date() == start.date():
        return clock
    return voice.say("{weekday} {clock}", weekday=voice.weekday(moment.date()), clock=clock)


def daylight_lines(prediction: Prediction, start: datetime, voice: Voice) -> list[str]:
    """What the sun means for this start, each night by itself, by the clock of the start."""
    daylight = prediction.daylight
    if daylight is None:
        return []
    if daylight.sun == "never_sets":
        return [voice.say("The sun does not set there that day.")]
    lines = [voice.say("The sun does not rise there that day.")] if daylight.sun == "never_rises" else []
    lines += [_night(night, prediction, start, voice) for night in daylight.nights]
    if daylight.nights:
        lines.append(voice.say("Take a lamp."))
    elif daylight.civil_dusk is not None:
        lines += _before_dark(daylight, daylight.civil_dusk, start, voice)
    lines += _starting(daylight, start, voice)
    turn = daylight.turn_around
    if turn is not None:
        by = _clock(turn.by, start)
        lines.append(
            voice.say(
                "To be back at the start by dark, turn at {place}, by {clock}.", place=voice.length(turn.at_m), clock=by
            )
        )
    return lines


def _night(night: DarkStretch, prediction: Prediction, start: datetime, voice: Voice) -> str:
    at_start = night.from_m <= 0.0
    at_finish = night.to_m >= prediction.route.distance_m - 1.0
    begins, ends = (_day_and_clock(each, start, voice) for each in (night.begins, night.ends))
    first, last = voice.length(night.from_m), voice.length(night.to_m)
    if at_start and at_finish:
        return voice.say("Dark all the way.")
    if at_start:
        return voice.say("Dark at the start, light from {clock} on ({place}).", clock=ends, place=last)
    if at_finish:
        return voice.say("Dark from {clock} on ({place}), to the finish.", clock=begins, place=first)
    return voice.say(
        "Dark from {begins} ({first}) to {ends} ({last}).", begins=begins, first=first, ends=ends, last=last
    )


def _before_dark(daylight: Daylight, dusk: datetime, start: datetime, voice: Voice) -> list[str]:
    """For who is done before the first dusk on the usual day."""
    chance, dark = percent(daylight.finish_before_dark_p), _day_and_clock(dusk, start, voice)
    if daylight.sunset is None or daylight.sunset < start:
        return [voice.say("Dark from {dark}: {chance} to finish before.", dark=dark, chance=chance)]
    sunset = _clock(daylight.sunset, start)
    return [
        voice.say(
            "Sunset {sunset}, dark from {dark}: {chance} to finish before.", sunset=sunset, dark=dark, chance=chance
        )
    ]


def _starting(daylight: Daylight, start: datetime, voice: Voice) -> list[str]:
    """The latest start of the same day, for who does not start in the dark."""
    latest = daylight.latest_start
    dark_start = bool(daylight.nights) and daylight.nights[0].from_m <= 0.0
    if latest is None or dark_start or latest.astimezone(start.tzinfo).date() != start.date():
        return []
    return [voice.say("Latest start to be done by dark nine times in ten: {clock}.", clock=_clock(latest, start))]


def _clock(moment: datetime, start: datetime) -> str:
    return f"{moment.astimezone(start.tzinfo):%H:%M}"


def _day_and_clock(moment: datetime, start: datetime, voice: Voice) -> str:
    there = moment.astimezone(start.tzinfo)
    return f"{there:%H:%M}" if there.date() == start.date() else voice.moment(there)
