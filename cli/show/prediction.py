"""A whole prediction in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.console import Console
from rich.text import Text

from cli import words
from cli.along import Timeline, timeline_of
from cli.show.daylight import daylight_lines
from cli.show.tables import checkpoints_table, plan_table, splits_table, terrain_table
from kernel.contracts.prediction import Prediction
from kernel.contracts.times import Plan


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
        console.print(f"Start {start:%Y-%m-%d %H:%M} {start:%Z}")
    console.print()
    for line in (*notes, *_reasons(prediction), *_chances(prediction)):
        console.print(line)
    if prediction.daylight is not None and start is not None:
        for line in daylight_lines(prediction.daylight, prediction.route.distance_m, start):
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
    return [f"Chance to make every cutoff: {words.percent(prediction.p_finish_in_all_cutoffs)}."]


def _show_plan(console: Console, plan: Plan, start: datetime | None) -> None:
    reach = f"{words.percent(plan.p_reach)} chance to be at the finish within {words.short_time(plan.goal_s)}"
    expected = f"the median to compare with is {words.short_time(plan.expected_s)}"
    console.print(f"\nGoal: {reach}; {expected}.")
    console.print(plan_table(plan, start))
