"""The tables of a prediction: kilometres, stretches, checkpoints, plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

import numpy as np
from rich import box
from rich.table import Table
from rich.text import Text

from kernel.contracts.prediction import Prediction, TerrainSegment
from kernel.contracts.times import Plan
from kernel.units import format_hms, format_pace
from takealong.along import QUANTILES, Timeline, clock
from takealong.words import one_line, percent, short_time

NARROW: Final = 76
"""Columns of letters below which a table leaves out what can be done without."""

_HOUR_S: Final = 3600
_MOST_ROWS: Final = 60
_MOST_STRETCHES: Final = 16
_GROUPED: Final = 5
_WORDS: Final = {"kind", "mode", "band", "checkpoint", "reason"}
_LONG: Final = {"checkpoint", "reason"}

Row = Mapping[str, str]


def new_table(title: str, columns: Sequence[str], rows: Iterable[Row]) -> Table:
    """A plain table of these columns, whatever else the rows hold; only names and reasons may be wrapped."""
    table = Table(title=Text(title, style="bold"), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(
            column, justify="left" if column in _WORDS else "right", no_wrap=column not in _LONG, overflow="fold"
        )
    for row in rows:
        table.add_row(*(row[column] for column in columns))
    return table


def splits_table(prediction: Prediction, timeline: Timeline, start: datetime | None, width: int) -> Table:
    """Each kilometre, or each five of a very long route."""
    splits = prediction.splits
    step = _GROUPED if len(splits) > _MOST_ROWS else 1
    ends_m = np.array([split.to_m for split in splits])
    low, middle, high = (timeline.at(ends_m, quantile) for quantile in QUANTILES)
    moving_s = np.cumsum([split.time_s.p50 for split in splits])
    total_s, last = float(high[-1]), "clock" if start is not None else "elapsed"
    rows = []
    for first in range(0, len(splits), step):
        group = splits[first : first + step]
        at = first + len(group) - 1
        time_s, length_m = sum(split.time_s.p50 for split in group), group[-1].to_m - group[0].from_m
        rows.append(
            {
                "km": f"{group[-1].to_m / 1000:.1f}",
                "D+": f"{sum(split.gain_m for split in group):.0f}",
                "D-": f"{sum(split.loss_m for split in group):.0f}",
                "mode": "/".join(dict.fromkeys(split.mode for split in group)),
                "pace": format_pace(1000 * time_s / max(1.0, length_m)),
                "moving": format_hms(moving_s[at]),
                last: _reached(start, middle[at], total_s),
                "8 in 10": f"{_reached(start, low[at], total_s)} to {_reached(start, high[at], total_s)}",
            }
        )
    wide = ["km", "D+", "D-", "mode", "pace", "moving", last, "8 in 10"]
    return new_table("Splits", wide if width >= NARROW else ["km", "D+", "pace", last, "8 in 10"], rows)


def terrain_table(prediction: Prediction, width: int) -> Table:
    """The stretches of the route; of a restless one the climbs that matter most."""
    shown: list[TerrainSegment] = prediction.terrain
    title = "Stretches"
    if len(shown) > _MOST_STRETCHES:
        climbs = sorted((s for s in shown if s.kind == "climb"), key=lambda s: -s.gain_m)[:_MOST_STRETCHES]
        shown, title = sorted(climbs, key=lambda s: s.from_m), f"The {len(climbs)} biggest climbs"
    rows = [
        {
            "kind": stretch.kind,
            "km": f"{stretch.from_m / 1000:.1f} to {stretch.to_m / 1000:.1f}",
            "D+": f"{stretch.gain_m:.0f}",
            "D-": f"{stretch.loss_m:.0f}",
            "slope": f"{round(100 * stretch.gradient):+d} %",
            "mode": stretch.mode,
            "pace": format_pace(1000 * stretch.time_s.p50 / max(1.0, stretch.to_m - stretch.from_m)),
            "time": format_hms(stretch.time_s.p50),
        }
        for stretch in shown
    ]
    wide = ["kind", "km", "D+", "D-", "slope", "mode", "pace", "time"]
    return new_table(title, wide if width >= NARROW else ["kind", "km", "slope", "pace", "time"], rows)


def checkpoints_table(prediction: Prediction, start: datetime | None, width: int) -> Table:
    """Arrivals, and the chance to make each cutoff."""
    total_s = float(prediction.elapsed_s.p90)
    rows = []
    for checkpoint in prediction.checkpoints:
        eta, cutoff_s = checkpoint.eta_s, checkpoint.cutoff_s
        rows.append(
            {
                "checkpoint": one_line(checkpoint.name),
                "km": f"{checkpoint.at_m / 1000:.1f}",
                "arrival": _reached(start, eta.p50, total_s),
                "8 in 10": f"{_reached(start, eta.p10, total_s)} to {_reached(start, eta.p90, total_s)}",
                "stop": f"{checkpoint.stop_s / 60:.0f} min" if checkpoint.stop_s else "",
                "cutoff": "" if cutoff_s is None else _reached(start, cutoff_s, total_s),
                "in time": "" if checkpoint.p_in_time is None else percent(checkpoint.p_in_time),
                "all so far": "" if checkpoint.p_all_in_time is None else percent(checkpoint.p_all_in_time),
            }
        )
    has_cutoffs = any(checkpoint.cutoff_s is not None for checkpoint in prediction.checkpoints)
    if width >= NARROW:
        columns = ["checkpoint", "km", "arrival", "8 in 10", "stop", *["cutoff", "in time", "all so far"] * has_cutoffs]
    else:
        columns = ["checkpoint", "km", "8 in 10", *["cutoff", "in time"] * has_cutoffs]
    return new_table("Checkpoints", columns, rows)


def plan_table(plan: Plan, start: datetime | None) -> Table:
    """The pace for each kilometre that reaches the goal."""
    last = "clock" if start else "elapsed"
    rows = [
        {
            "km": f"{split.to_m / 1000:.1f}",
            "pace": format_pace(split.pace_s_per_km),
            "stop": f"{split.stop_s / 60:.0f} min" if split.stop_s >= 30 else "",
            "time": format_hms(split.time_s),
            last: clock(start, split.elapsed_s) if start else format_hms(split.elapsed_s),
        }
        for split in plan.splits
    ]
    return new_table(f"Plan for {short_time(plan.goal_s)}", ["km", "pace", "stop", "time", last], rows)


def _reached(start: datetime | None, after_s: float, total_s: float) -> str:
    """When a place is reached; to the second where the whole route takes less than an hour."""
    return format_hms(after_s) if start is None and total_s < _HOUR_S else clock(start, after_s)
