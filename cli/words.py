"""A prediction in sentences, beyond those that the chat says too."""

from __future__ import annotations

from typing import Final

import numpy as np

from kernel.contracts.prediction import Cause, Prediction, ProfileStats
from kernel.contracts.said import RaceResult
from kernel.forecast import Forecast
from kernel.forecast.pacing import whole_numbers
from languages.voice import Voice, mark
from takealong.told import answer_lines, clock_lines
from takealong.words import EFFORTS, percent, short_time, short_times

_MINUTE_S: Final = 60
_HOUR_S: Final = 3600
_CAUSES: Final[dict[Cause, str]] = {
    "climb": mark("climbing"),
    "descent": mark("descending"),
    "distance": mark("distance"),
    "terrain": mark("ground and bends"),
    "level": mark("your own level"),
    "surface": mark("the surface you told of"),
    "heat": mark("heat"),
    "altitude": mark("thin air (not known from results)"),
    "company": mark("waiting for each other"),
    "hut": mark("the night in a hut"),
}


def headline(prediction: Prediction, voice: Voice) -> str:
    """The one number, with the finish on the clock where there is a start."""
    whole, _, _ = answer_lines(prediction, voice)
    clock = clock_lines(prediction, voice)
    return f"{whole}. {clock[1]}" if clock else f"{whole}."


def margin(prediction: Prediction, voice: Voice) -> str:
    """The band around it, and what of it is moving."""
    _, band, moving = answer_lines(prediction, voice)
    return f"{band} {moving}"


def start_line(prediction: Prediction, voice: Voice) -> str:
    """When and by which clock; empty without a start."""
    return next(iter(clock_lines(prediction, voice)), "")


def route_line(prediction: Prediction, voice: Voice) -> str:
    """Length and climbing."""
    facts = prediction.route
    low, high = (voice.height(each) for each in facts.gain_band_m)
    return voice.say(
        "{length}, D+ {up} ({low} to {high}), D- {down}",
        length=voice.length(facts.distance_m),
        up=voice.height(facts.gain_m),
        low=low,
        high=high,
        down=voice.height(facts.loss_m),
    )


def grounds(prediction: Prediction, stats: ProfileStats, voice: Voice) -> str:
    """What a personal answer rests on, and how often such a band held."""
    band = prediction.interval
    rests = voice.count(
        "From {number} activity over {length}, gradients {gradients}.",
        "From {number} activities over {length}, gradients {gradients}.",
        stats.total_activities,
        length=voice.length(1000.0 * stats.total_km),
        gradients=stats.gradient_coverage,
    )
    prior = voice.say("{share} of the answer is the population's.", share=percent(prediction.prior_share))
    if band.measured_coverage is None:
        unknown = voice.say("Too few to say how often such a band holds.")
        return f"{rests} {prior} {unknown}"
    held = voice.say(
        "Such a band held {share} of {number} past activities.",
        share=percent(band.measured_coverage),
        number=band.measured_on,
    )
    return f"{rests} {prior} {held}"


def assumption(forecast: Forecast, stated_s_per_km: float | None, voice: Voice, *, read: int) -> str:
    """What stands in for a history that is absent, or has nothing of the kind among `read` activities."""
    if not read:
        missing = voice.say("No history.")
    elif forecast.way.kind == "run":
        missing = voice.say("No run among {number} activities.", number=read)
    else:
        missing = voice.say("No hike among {number} activities.", number=read)
    pace = voice.pace(forecast.flat_pace_s_per_km)
    if stated_s_per_km is not None:
        return (
            missing
            + " "
            + voice.say(
                "Assumed is your steady pace on the flat of {pace}, and that you climb and tire as people usually do.",
                pace=pace,
            )
        )
    return (
        missing
        + " "
        + voice.say(
            "No pace either: assumed is the usual pace of people on such courses, {pace} on the flat, so the margin is "
            "wide; --history, --pace or --result makes it yours.",
            pace=pace,
        )
    )


def result_line(result: RaceResult, flat_pace_s_per_km: float, voice: Voice) -> str:
    """What a race was taken to mean."""
    return voice.say(
        "{length} in {time} means a steady pace of {pace} on the flat; --effort race goes as you raced.",
        length=voice.length(result.distance_m),
        time=short_time(result.time_s),
        pace=voice.pace(flat_pace_s_per_km),
    )


def other_efforts(prediction: Prediction, voice: Voice) -> str:
    """The three efforts and the grade-adjusted pace beside each other, in one form."""
    times = prediction.times_s
    fast, moderate, easy, gap = short_times(times.fast, times.moderate, times.easy, prediction.gap_time_s)
    return voice.say(
        "Moving: {fast} fast, {moderate} steady, {easy} easy; {gap} by GAP alone.",
        fast=fast,
        moderate=moderate,
        easy=easy,
        gap=gap,
    )


def minutes_line(prediction: Prediction, voice: Voice) -> str:
    """Where the time goes, in parts that add up as they are printed, from the flat to the finish."""
    moderate_s, asked_s, finish_s = (
        prediction.times_s.moderate,
        prediction.interval.p50_s,
        prediction.elapsed_s.p50,
    )
    hut_s = 60.0 * sum(part.minutes for part in prediction.minutes if part.cause == "hut")
    named = [(voice.say(_CAUSES[part.cause]), 60.0 * part.minutes) for part in prediction.minutes]
    named.append((voice.say("effort {effort}", effort=voice.say(EFFORTS[prediction.effort])), asked_s - moderate_s))
    named.append((voice.say("stops"), finish_s - asked_s - hut_s))
    unit_s = _MINUTE_S if finish_s >= _HOUR_S else 1
    seconds = np.array([float(prediction.flat_run_s), *(each for _, each in named)])
    flat, *parts = whole_numbers(seconds / unit_s, int(finish_s / unit_s + 0.5)).tolist()
    said = [f"{name} {_signed(unit_s * part, voice)}" for (name, _), part in zip(named, parts, strict=True) if part]
    whole, start = short_times(finish_s, unit_s * flat)
    return "; ".join(
        [
            voice.say("The same distance on the flat {time}", time=start),
            *said,
            voice.say("together {time} from start to finish.", time=whole),
        ]
    )


def formulas_line(prediction: Prediction, voice: Voice) -> str:
    """What the classical formulas say, in one form."""
    formulas = prediction.formulas_s
    named = {
        "Strava GAP": formulas.strava_gap,
        "Minetti": formulas.minetti,
        "Tobler": formulas.tobler,
        "Naismith+Langmuir": formulas.naismith,
        "DIN 33466": formulas.din33466,
        voice.say("Swiss signs"): formulas.swiss,
    }
    times = short_times(*named.values())
    return voice.say("Formulas:") + " " + ", ".join(f"{name} {time}" for name, time in zip(named, times, strict=True))


def _signed(seconds: int, voice: Voice) -> str:
    """`+14 min`, `+1 h 05 min`, `-1:05` (minutes and seconds) where a whole is told to the second."""
    sign = "-" if seconds < 0 else "+"
    whole = abs(seconds)
    return f"{sign}{whole // 60}:{whole % 60:02d}" if whole % _MINUTE_S else f"{sign}{voice.span(whole)}"
