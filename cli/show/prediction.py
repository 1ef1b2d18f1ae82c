"""A whole prediction in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.console import Console
from rich.text import Text

from cli import words
from cli.show.tables import checkpoints_table, climbs_table, plan_table, splits_table
from kernel.contracts.prediction import Prediction
from kernel.contracts.times import Plan
from languages.voice import Voice
from takealong.along import Timeline, timeline_of
from takealong.told import daylight_lines
from takealong.words import goal_time, percent, short_time


def show_prediction(
    console: Console,
    title: str,
    prediction: Prediction,
    voice: Voice,
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
    console.print(words.route_line(prediction, voice))
    console.print()
    console.print(Text(words.headline(prediction, voice), style="bold"))
    console.print(words.margin(prediction, voice))
    if start is not None:
        console.print(words.start_line(prediction, voice))
    console.print()
    warned = (voice.warning(warning) for warning in prediction.warnings)
    for line in (*warned, *notes, *_reasons(prediction, voice), *_chances(prediction, voice)):
        console.print(line)
    if start is not None:
        for line in daylight_lines(prediction, start, voice):
            console.print(line)
    if prediction.checkpoints:
        console.print(checkpoints_table(prediction, start, voice, console.width))
    if prediction.climbs:
        console.print(climbs_table(prediction, voice, console.width))
    if prediction.plan is not None:
        _show_plan(console, prediction.plan, start, voice)
    console.print(splits_table(prediction, timeline or timeline_of(prediction), start, voice, console.width))


def _reasons(prediction: Prediction, voice: Voice) -> list[str]:
    stats = prediction.profile_stats
    rests = [] if stats is None else [words.grounds(prediction, stats, voice)]
    said = (words.other_efforts, words.minutes_line, words.formulas_line)
    return [*rests, *(line(prediction, voice) for line in said)]


def _chances(prediction: Prediction, voice: Voice) -> list[str]:
    if prediction.p_finish_in_all_cutoffs is None:
        return []
    return [voice.say("Chance to make every cutoff: {chance}.", chance=percent(prediction.p_finish_in_all_cutoffs))]


def _show_plan(console: Console, plan: Plan, start: datetime | None, voice: Voice) -> None:
    said = voice.say(
        "Goal: {chance} chance to be at the finish within {goal}; the median to compare with is {expected}.",
        chance=percent(plan.p_reach),
        goal=goal_time(plan.goal_s),
        expected=short_time(plan.expected_s),
    )
    console.print(f"\n{said}")
    console.print(plan_table(plan, start, voice))
