"""A whole prediction in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from rich.console import Console
from rich.text import Text

from cli import words
from cli.show.tables import checkpoints_table, plan_table, splits_table, terrain_table
from kernel.contracts.prediction import Prediction
from kernel.contracts.times import Daylight, Plan
from kernel.zones import offset_in_words, zone_name
from takealong.along import Timeline, timeline_of
from takealong.words import percent, short_time

_WORTH_TURNING: Final = 0.98
"""Of the route; who may turn later than that need not turn at all."""


def show_prediction(
    console: Console,
    title: str,
    prediction: Prediction,
    *,
    timeline: Timeline | None = None,
    start: datetime | None = None,
    notes: Sequence[str] = (),
) -> None:
    """Headline with margin, what it rests on, tables.

    `notes` are said right below the headline; without a `timeline` the splits tell when each kilometre is reached.
    """
    console.print()
    console.print(Text(title, style="bold"))
    console.print(words.route_line(prediction))
    console.print()
    console.print(Text(words.headline(prediction), style="bold"), words.margin(prediction), sep=", ")
    console.print(words.elapsed_line(prediction))
    if start is not None:
        zone = zone_name(start)
        clocks = offset_in_words(start) + (f", {zone}" if zone else "")
        console.print(f"Start {start:%Y-%m-%d %H:%M} ({clocks})")
    console.print()
    warned = (warning.message for warning in prediction.warnings)
    for line in (*warned, *notes, *_reasons(prediction), *_chances(prediction)):
        console.print(line)
    if prediction.daylight is not None and start is not None:
        for line in _daylight(prediction.daylight, prediction.route.distance_m, start):
            console.print(line)
    if prediction.checkpoints:
        console.print(checkpoints_table(prediction, start, console.width))
    if prediction.terrain:
        console.print(terrain_table(prediction, console.width))
    if prediction.plan is not None:
        _show_plan(console, prediction.plan, start)
    console.print(splits_table(prediction, timeline or timeline_of(prediction), start, console.width))


def _reasons(prediction: Prediction) -> list[str]:
    stats = prediction.profile_stats
    rests = [] if stats is None else [words.grounds(prediction, stats)]
    said = (words.other_efforts, words.minutes_line, words.formulas_line)
    return [*rests, *(line(prediction) for line in said)]


def _chances(prediction: Prediction) -> list[str]:
    if prediction.p_finish_in_all_cutoffs is None:
        return []
    return [f"Chance to make every cutoff: {percent(prediction.p_finish_in_all_cutoffs)}."]


def _show_plan(console: Console, plan: Plan, start: datetime | None) -> None:
    reach = f"{percent(plan.p_reach)} chance to be at the finish within {short_time(plan.goal_s)}"
    expected = f"the median to compare with is {short_time(plan.expected_s)}"
    console.print(f"\nGoal: {reach}; {expected}.")
    console.print(plan_table(plan, start))


def _daylight(daylight: Daylight, length_m: float, start: datetime) -> list[str]:
    """What the sun means for this start on a route of this length, in the time zone the start was given in."""

    def at(moment: datetime) -> str:
        return f"{moment.astimezone(start.tzinfo):%H:%M}"

    if daylight.sun == "never_sets":
        return ["The sun does not set there that day."]
    if daylight.sun == "never_rises":
        return ["The sun does not rise there that day."]
    lines = []
    if daylight.sunset is not None and daylight.civil_dusk is not None:
        chance = percent(daylight.finish_before_dark_p)
        lines.append(f"Sunset {at(daylight.sunset)}, dark from {at(daylight.civil_dusk)}: {chance} to finish before.")
    if daylight.dark_s.p50 > 0:
        lines.append(f"About {short_time(daylight.dark_s.p50)} of it in the dark: take a lamp.")
    if daylight.latest_start is not None:
        lines.append(f"Latest start to be done by dark nine times in ten: {at(daylight.latest_start)}.")
    turn = daylight.turn_around
    if turn is not None and turn.at_m < _WORTH_TURNING * length_m:
        lines.append(f"To be back at the start by dark, turn at {turn.at_m / 1000:.1f} km, by {at(turn.by)}.")
    return lines
