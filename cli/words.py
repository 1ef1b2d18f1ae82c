"""A prediction in sentences."""

from __future__ import annotations

from typing import Final

from kernel.contracts.prediction import Cause, Mode, Prediction, ProfileStats
from kernel.pace import KIND_OF_MODE, prior_flat_pace_s_per_km
from kernel.units import format_pace
from takealong.words import percent, short_time, spoken

_MINUTE_S: Final = 60
_CAUSES: Final[dict[Cause, str]] = {
    "climb": "climbing",
    "descent": "descending",
    "distance": "distance",
    "terrain": "ground and bends",
    "level": "your own level",
}


def headline(prediction: Prediction) -> str:
    """The one number."""
    return f"{short_time(prediction.interval.p50_s)} {prediction.effort}"


def margin(prediction: Prediction) -> str:
    """The band around it."""
    band = prediction.interval
    return f"8 in 10 times between {short_time(band.p10_s)} and {short_time(band.p90_s)} (moving time)"


def elapsed_line(prediction: Prediction) -> str:
    """The same from start to finish, stops included."""
    elapsed = prediction.elapsed_s
    stop_s = prediction.stops_s
    stops = f"{spoken(stop_s if stop_s < _MINUTE_S else 60 * round(stop_s / 60))} of it stops"
    between = f"{short_time(elapsed.p10)} to {short_time(elapsed.p90)}"
    return f"{short_time(elapsed.p50)} from start to finish ({between}), {stops}"


def route_line(prediction: Prediction) -> str:
    """Length and climbing."""
    facts = prediction.route
    low, high = facts.gain_band_m
    climb = f"D+ {facts.gain_m:.0f} m ({low:.0f} to {high:.0f}), D- {facts.loss_m:.0f} m"
    return f"{facts.distance_m / 1000:.1f} km, {climb}"


def grounds(prediction: Prediction, stats: ProfileStats) -> str:
    """What a personal answer rests on, and how often such a band held."""
    band = prediction.interval
    outings = "activity" if stats.total_activities == 1 else "activities"
    rests = f"From {stats.total_activities} {outings} over {stats.total_km:.0f} km, gradients {stats.gradient_coverage}"
    prior = f"{percent(prediction.prior_share)} of the answer is the population's"
    if band.measured_coverage is None:
        return f"{rests}; {prior}; too few to say how often such a band holds."
    held = f"such a band held {percent(band.measured_coverage)} of {band.measured_on} past activities"
    return f"{rests}; {prior}; {held}."


def assumption(mode: Mode, flat_pace_s_per_km: float | None, *, read: int) -> str:
    """What stands in for a history that is absent, or has nothing of the kind among `read` activities."""
    going = "runner" if mode == "trail_run" else "hiker"
    missing = f"No {'run' if mode == 'trail_run' else 'hike'} among {read} activities" if read else "No history"
    if flat_pace_s_per_km is not None:
        stated = f"your flat pace of {format_pace(flat_pace_s_per_km)}/km"
        return f"{missing}: assumed is {stated}, and that you climb and tire as people usually do."
    pace = format_pace(prior_flat_pace_s_per_km(KIND_OF_MODE[mode]))
    advice = "the margin is wide; --history or --pace makes it yours"
    return (
        f"{missing} and no pace: assumed is the average {going} of our population, {pace}/km on the flat, so {advice}."
    )


def other_efforts(prediction: Prediction) -> str:
    """The three efforts and the grade-adjusted pace beside each other."""
    times = prediction.times
    return f"{times.fast} fast, {times.moderate} moderate, {times.easy} easy; {prediction.gap_time} by GAP alone"


def minutes_line(prediction: Prediction) -> str:
    """Where the minutes come from."""
    flat = f"The same distance on the flat: {short_time(prediction.flat_run_s)}"
    whole = {_CAUSES[part.cause]: round(part.minutes) for part in prediction.minutes}
    return "; ".join([flat, *(f"{cause} {minutes:+d} min" for cause, minutes in whole.items() if minutes)]) + "."


def formulas_line(prediction: Prediction) -> str:
    """What the classical formulas say."""
    formulas = prediction.formulas_s
    named = {
        "Strava GAP": formulas.strava_gap,
        "Minetti": formulas.minetti,
        "Tobler": formulas.tobler,
        "Naismith+Langmuir": formulas.naismith,
        "DIN 33466": formulas.din33466,
        "Swiss signs": formulas.swiss,
    }
    return "Formulas: " + ", ".join(f"{name} {short_time(seconds)}" for name, seconds in named.items())
