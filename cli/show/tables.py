"""The tables of a prediction: kilometres or miles, climbs, checkpoints, plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

import numpy as np
from rich import box
from rich.table import Table
from rich.text import Text

from kernel.contracts.prediction import CheckpointForecast, Prediction
from kernel.contracts.times import Plan, WholeClimb
from kernel.units import FOOT_M, format_hms
from languages.voice import Voice, mark
from takealong.along import QUANTILES, Timeline, hours, start_of
from takealong.onday import Ahead, Now
from takealong.told import passing_after
from takealong.units import Stretch, stretches_of
from takealong.words import goal_time, one_line, percent

NARROW: Final = 76
"""Columns of letters below which a table leaves out what can be done without."""

_HOUR_S: Final = 3600
_MOST_ROWS: Final = 60
_MOST_CLIMBS: Final = 12
_SAME_PLACE_M: Final = 50.0
_GROUPED: Final = 5
_WORDS: Final = {"kind", "mode", "band", "checkpoint", "reason"}
_LONG: Final = {"checkpoint", "reason"}
_HEADS: Final = {
    "mode": mark("mode"),
    "pace": mark("pace"),
    "moving": mark("moving"),
    "clock": mark("clock"),
    "elapsed": mark("elapsed"),
    "8 in 10": mark("8 in 10"),
    "slope": mark("slope"),
    "time": mark("time"),
    "checkpoint": mark("checkpoint"),
    "arrival": mark("arrival"),
    "planned": mark("planned"),
    "now": mark("now"),
    "stop": mark("stop"),
    "cutoff": mark("cutoff"),
    "in time": mark("in time"),
    "all so far": mark("all so far"),
    "length": mark("length"),
}
_GAITS: Final = {"run": mark("run"), "walk": mark("walk")}

Row = Mapping[str, str]


def new_table(title: str, columns: Sequence[str], rows: Iterable[Row], heads: Mapping[str, str] | None = None) -> Table:
    """A plain table of these columns, whatever else the rows hold; only names and reasons may be wrapped.

    `heads` are what columns are called, by their own name where nothing else is said.
    """
    table = Table(title=Text(title, style="bold"), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(
            (heads or {}).get(column, column),
            justify="left" if column in _WORDS else "right",
            no_wrap=column not in _LONG,
            overflow="fold",
        )
    for row in rows:
        table.add_row(*(row[column] for column in columns))
    return table


def splits_table(prediction: Prediction, timeline: Timeline, start: datetime | None, voice: Voice, width: int) -> Table:
    """Each kilometre or mile, or each five of a very long route; the last row is the finish."""
    splits = stretches_of(prediction, voice.unit_m)
    step = _GROUPED if len(splits) > _MOST_ROWS else 1
    ends_m = np.array([split.to_m for split in splits])
    low, middle, high = (timeline.at(ends_m, quantile) for quantile in QUANTILES)
    moving_s = np.cumsum([split.moving_s for split in splits])
    total_s, last = float(high[-1]), "clock" if start is not None else "elapsed"
    rows = []
    for first in range(0, len(splits), step):
        group = splits[first : first + step]
        at = first + len(group) - 1
        rows.append(
            {
                **_going(group, voice),
                "moving": _since(moving_s[at], total_s),
                last: _reached(start, middle[at], total_s, voice),
                "8 in 10": _between(start, float(low[at]), float(high[at]), total_s, voice),
            }
        )
    wide = ["km", "D+", "D-", "mode", "pace", "moving", last, "8 in 10"]
    columns = wide if width >= NARROW else ["km", "D+", "pace", last, "8 in 10"]
    return new_table(voice.say("Splits"), columns, rows, _heads(voice))


def _going(group: Sequence[Stretch], voice: Voice) -> dict[str, str]:
    time_s, length_m = sum(split.moving_s for split in group), group[-1].to_m - group[0].from_m
    return {
        "km": _length(group[-1].to_m, voice),
        "D+": _height(sum(split.gain_m for split in group), voice),
        "D-": _height(sum(split.loss_m for split in group), voice),
        "mode": "/".join(dict.fromkeys(voice.say(_GAITS[split.mode]) for split in group)),
        "pace": voice.pace_figure(1000 * time_s / max(1.0, length_m)),
    }


def climbs_table(prediction: Prediction, voice: Voice, width: int) -> Table:
    """The climbs of the route as a whole; of many the biggest, so that they fit a screen."""
    shown: list[WholeClimb] = prediction.climbs
    title = voice.say("Climbs")
    if len(shown) > _MOST_CLIMBS:
        title = voice.say("The {shown} biggest of {all} climbs", shown=_MOST_CLIMBS, all=len(shown))
        biggest = sorted(shown, key=lambda climb: -climb.gain_m)[:_MOST_CLIMBS]
        shown = sorted(biggest, key=lambda climb: climb.from_m)
    rows = [
        {
            "km": f"{_length(climb.from_m, voice)} \N{EN DASH} {_length(climb.to_m, voice)}",
            "length": _length(climb.to_m - climb.from_m, voice),
            "D+": _height(climb.gain_m, voice),
            "slope": f"{round(100 * climb.gradient):+d} %",
            "pace": voice.pace_figure(1000 * climb.time_s.p50 / max(1.0, climb.to_m - climb.from_m)),
            "time": _since(climb.time_s.p50, float(prediction.elapsed_s.p90)),
        }
        for climb in shown
    ]
    columns = ["km", "length", "D+", "slope", "pace", "time"] if width >= NARROW else ["km", "D+", "slope", "time"]
    return new_table(title, columns, rows, _heads(voice))


def checkpoints_table(prediction: Prediction, start: datetime | None, voice: Voice, width: int) -> Table:
    """Arrivals, and the chance to make each cutoff; the finish is the last row."""
    places = [*prediction.checkpoints, *_finish(prediction, voice)]
    rows = [_checkpoint(place, prediction, start, voice) for place in places]
    has_cutoffs = any(checkpoint.cutoff_s is not None for checkpoint in places)
    if width >= NARROW:
        columns = ["checkpoint", "km", "arrival", "8 in 10", "stop", *["cutoff", "in time", "all so far"] * has_cutoffs]
    else:
        columns = ["checkpoint", "km", "8 in 10", *["cutoff", "in time"] * has_cutoffs]
    return new_table(voice.say("Checkpoints"), columns, rows, _heads(voice))


def _checkpoint(place: CheckpointForecast, prediction: Prediction, start: datetime | None, voice: Voice) -> Row:
    total_s, eta = float(prediction.elapsed_s.p90), place.eta_s
    return {
        "checkpoint": one_line(place.name),
        "km": _length(place.at_m, voice),
        "arrival": _reached(start, eta.p50, total_s, voice),
        "8 in 10": _between(start, eta.p10, eta.p90, total_s, voice),
        "stop": voice.span(place.stop_s) if place.stop_s else "",
        "cutoff": "" if place.cutoff_s is None else _reached(start, place.cutoff_s, total_s, voice),
        "in time": "" if place.p_in_time is None else percent(place.p_in_time),
        "all so far": "" if place.p_all_in_time is None else percent(place.p_all_in_time),
    }


def _finish(prediction: Prediction, voice: Voice) -> list[CheckpointForecast]:
    """The finish as a place, unless a checkpoint stands there."""
    length_m = prediction.route.distance_m
    if prediction.checkpoints and prediction.checkpoints[-1].at_m >= length_m - _SAME_PLACE_M:
        return []
    return [CheckpointForecast(voice.say("Finish"), length_m, 0.0, prediction.elapsed_s, None, None, None)]


def ahead_table(now: Now, prediction: Prediction, voice: Voice, width: int) -> Table:
    """The places still to come as they look now, beside the plan; the finish is the last row."""
    start, total_s = start_of(prediction), float(now.reforecast.finish_s.p90)
    finish = Ahead(
        name=voice.say("Finish"),
        at_m=prediction.route.distance_m,
        planned_s=prediction.elapsed_s.p50,
        cutoff_s=None,
        now_s=now.reforecast.finish_s,
        p_in_time=None,
    )
    rows = [
        {
            "checkpoint": one_line(place.name),
            "km": _length(place.at_m, voice),
            "planned": _reached(start, place.planned_s, total_s, voice),
            "now": _reached(start, place.now_s.p50, total_s, voice),
            "8 in 10": _between(start, place.now_s.p10, place.now_s.p90, total_s, voice),
            "cutoff": "" if place.cutoff_s is None else _reached(start, place.cutoff_s, total_s, voice),
            "in time": "" if place.p_in_time is None else percent(place.p_in_time),
        }
        for place in (*now.ahead, finish)
    ]
    has_cutoffs = any(place.cutoff_s is not None for place in now.ahead)
    columns = [
        "checkpoint",
        "km",
        *["planned"] * (width >= NARROW),
        "now",
        "8 in 10",
        *["cutoff", "in time"] * has_cutoffs,
    ]
    return new_table(voice.say("Still to come"), columns, rows, _heads(voice))


def plan_table(plan: Plan, start: datetime | None, voice: Voice) -> Table:
    """The pace for each kilometre that reaches the goal; a column of stops only where one is planned."""
    last = "clock" if start else "elapsed"
    stopping = any(split.stop_s >= 60 for split in plan.splits)
    rows = [
        {
            "km": _length(split.to_m, voice),
            "pace": voice.pace_figure(split.pace_s_per_km),
            "stop": voice.span(split.stop_s) if split.stop_s >= 60 else "",
            "time": format_hms(split.time_s),
            last: format_hms(split.elapsed_s)
            if start is None
            else _reached(start, split.elapsed_s, plan.goal_s, voice),
        }
        for split in plan.splits
    ]
    title = voice.say("Plan for {goal}", goal=goal_time(plan.goal_s))
    return new_table(title, ["km", "pace", *["stop"] * stopping, "time", last], rows, _heads(voice))


def _heads(voice: Voice) -> dict[str, str]:
    return {"km": voice.unit, **{name: voice.say(head) for name, head in _HEADS.items()}}


def _length(metres: float, voice: Voice) -> str:
    return voice.number(metres / voice.unit_m, 1)


def _height(metres: float, voice: Voice) -> str:
    """Metres or feet, without their unit."""
    return f"{metres if voice.units == 'metric' else metres / FOOT_M:.0f}"


def _reached(start: datetime | None, after_s: float, total_s: float, voice: Voice) -> str:
    """When a place is reached, with the day where it is another one; after the start where none is known."""
    return _since(after_s, total_s) if start is None else passing_after(start, after_s, voice)


def _between(start: datetime | None, low_s: float, high_s: float, total_s: float, voice: Voice) -> str:
    low, high = (_reached(start, each, total_s, voice) for each in (low_s, high_s))
    return f"{low} \N{EN DASH} {high}"


def _since(after_s: float, total_s: float) -> str:
    """To the second where the whole takes less than an hour, to the minute where it takes more."""
    return format_hms(after_s) if total_s < _HOUR_S else hours(after_s)
