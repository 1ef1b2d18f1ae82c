"""The tables of a prediction: kilometres, stretches, checkpoints, plan."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import numpy as np
from rich import box
from rich.table import Table
from rich.text import Text

from cli.along import QUANTILES, Timeline, clock
from cli.show.words import percent, short_time
from kernel.contracts.plan import Plan
from kernel.contracts.prediction import Prediction, TerrainSegment
from kernel.units import format_hms, format_pace

NARROW: Final = 76
_MOST_ROWS: Final = 60
_MOST_STRETCHES: Final = 16
_GROUPED: Final = 5


def new_table(title: str, columns: Sequence[str], words: Sequence[str] = ()) -> Table:
    """A plain table of numbers; the columns named in `words` hold text."""
    table = Table(title=Text(title, style="bold"), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        is_text = column in words
        table.add_column(column, justify="left" if is_text else "right", no_wrap=not is_text, overflow="fold")
    return table


def splits_table(prediction: Prediction, timeline: Timeline, start: datetime | None, width: int) -> Table:
    """Each kilometre, or each five of a very long route."""
    splits = prediction.splits
    step = _GROUPED if len(splits) > _MOST_ROWS else 1
    ends_m = np.array([split.to_m for split in splits])
    low, middle, high = (timeline.at(ends_m, quantile) for quantile in QUANTILES)
    wide = width >= NARROW
    last = "clock" if start is not None else "elapsed"
    columns = ["km", "D+", "D-", "mode", "pace", "moving", last, "8 in 10"]
    table = new_table("Splits", columns if wide else ["km", "D+", "pace", last], words=("mode",))
    moving_s = np.cumsum([split.time_s.p50 for split in splits])
    for first in range(0, len(splits), step):
        group = splits[first : first + step]
        at = first + len(group) - 1
        time_s, length_m = sum(split.time_s.p50 for split in group), group[-1].to_m - group[0].from_m
        row = {
            "km": f"{group[-1].to_m / 1000:.1f}",
            "D+": f"{sum(split.gain_m for split in group):.0f}",
            "D-": f"{sum(split.loss_m for split in group):.0f}",
            "mode": "/".join(dict.fromkeys(split.mode for split in group)),
            "pace": format_pace(1000 * time_s / max(1.0, length_m)),
            "moving": format_hms(moving_s[at]),
            last: clock(start, middle[at]),
            "8 in 10": f"{clock(start, low[at])} to {clock(start, high[at])}",
        }
        table.add_row(*(row[str(column.header)] for column in table.columns))
    return table


def terrain_table(prediction: Prediction) -> Table:
    """The stretches of the route; of a restless one the climbs that matter most."""
    shown: list[TerrainSegment] = prediction.terrain
    title = "Stretches"
    if len(shown) > _MOST_STRETCHES:
        climbs = sorted((s for s in shown if s.kind == "climb"), key=lambda s: -s.gain_m)[:_MOST_STRETCHES]
        shown, title = sorted(climbs, key=lambda s: s.from_m), f"The {len(climbs)} biggest climbs"
    table = new_table(title, ["kind", "km", "D+", "D-", "slope", "mode", "pace", "time"], words=("kind", "mode"))
    for stretch in shown:
        length_m = max(1.0, stretch.to_m - stretch.from_m)
        table.add_row(
            stretch.kind,
            f"{stretch.from_m / 1000:.1f} to {stretch.to_m / 1000:.1f}",
            f"{stretch.gain_m:.0f}",
            f"{stretch.loss_m:.0f}",
            f"{round(100 * stretch.gradient):+d} %",
            stretch.mode,
            format_pace(1000 * stretch.time_s.p50 / length_m),
            format_hms(stretch.time_s.p50),
        )
    return table


def checkpoints_table(prediction: Prediction, start: datetime | None) -> Table:
    """Arrivals, and the chance to make each cutoff."""
    has_cutoffs = any(checkpoint.cutoff_s is not None for checkpoint in prediction.checkpoints)
    columns = ["checkpoint", "km", "arrival", "8 in 10", "stop"]
    table = new_table("Checkpoints", columns + ["cutoff", "in time", "all so far"] * has_cutoffs, words=("checkpoint",))
    for checkpoint in prediction.checkpoints:
        eta = checkpoint.eta_s
        row = [
            " ".join(checkpoint.name.split()),
            f"{checkpoint.at_m / 1000:.1f}",
            clock(start, eta.p50),
            f"{clock(start, eta.p10)} to {clock(start, eta.p90)}",
            f"{checkpoint.stop_s / 60:.0f} min" if checkpoint.stop_s else "",
        ]
        if has_cutoffs:
            row.append("" if checkpoint.cutoff_s is None else clock(start, checkpoint.cutoff_s))
            row.append("" if checkpoint.p_in_time is None else percent(checkpoint.p_in_time))
            row.append("" if checkpoint.p_all_in_time is None else percent(checkpoint.p_all_in_time))
        table.add_row(*row)
    return table


def plan_table(plan: Plan, start: datetime | None) -> Table:
    """The pace for each kilometre that reaches the goal."""
    table = new_table(
        f"Plan for {short_time(plan.goal_s)}", ["km", "pace", "stop", "time", "clock" if start else "elapsed"]
    )
    for split in plan.splits:
        table.add_row(
            f"{split.to_m / 1000:.1f}",
            format_pace(split.pace_s_per_km),
            f"{split.stop_s / 60:.0f} min" if split.stop_s else "",
            format_hms(split.time_s),
            f"{clock(start, split.elapsed_s)}" if start else format_hms(split.elapsed_s),
        )
    return table
