"""The times along the way as a table: a row for each kilometre and each checkpoint, in the order of the course."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from kernel.contracts.prediction import Prediction
from kernel.units import format_hms, format_pace
from takealong.along import Timeline, clock
from takealong.plan import kilometres, stops_in
from takealong.words import one_line

CSV_COLUMNS: Final = ("km", "name", "gain_m", "loss_m", "pace", "stop_s", "time", "elapsed", "elapsed_s", "clock")
_FORMULAS: Final = ("=", "+", "-", "@")
Row = dict[str, str | int]


def plan_csv(prediction: Prediction, timeline: Timeline, start: datetime | None) -> str:
    """The plan's times where there is a plan, else the forecast's. `clock` is empty without a start."""
    text = io.StringIO()
    table = csv.DictWriter(text, CSV_COLUMNS)
    table.writeheader()
    rows = (*_split_rows(prediction, timeline), *_checkpoint_rows(prediction, timeline))
    for _, row in sorted(rows, key=lambda row: row[0]):
        elapsed_s = int(row["elapsed_s"])
        moment = clock(start, elapsed_s) if start is not None else ""
        table.writerow({**row, "elapsed": format_hms(elapsed_s), "clock": moment})
    return text.getvalue()


def _split_rows(prediction: Prediction, timeline: Timeline) -> Iterator[tuple[float, Row]]:
    finish_m = max((split.to_m for split in prediction.splits), default=0.0)
    for kilometre in kilometres(prediction, timeline):
        split = kilometre.split
        yield (
            split.to_m,
            {
                "km": f"{split.to_m / 1000:.2f}",
                "name": "Finish" if split.to_m >= finish_m else "",
                "gain_m": round(split.gain_m),
                "loss_m": round(split.loss_m),
                "pace": format_pace(kilometre.pace_s_per_km),
                "stop_s": "" if kilometre.stop_s is None else kilometre.stop_s,
                "time": format_hms(kilometre.time_s),
                "elapsed_s": round(kilometre.reached_s),
            },
        )


def _checkpoint_rows(prediction: Prediction, timeline: Timeline) -> Iterator[tuple[float, Row]]:
    splits = [] if prediction.plan is None else prediction.plan.splits
    planned_s = {(c.name, c.at_m): stop_s for split in splits for c, stop_s in stops_in(split, prediction)}
    for checkpoint in prediction.checkpoints:
        reached_s = round(timeline.reached_s(checkpoint.at_m))
        stop_s = round(planned_s.get((checkpoint.name, checkpoint.at_m), checkpoint.stop_s))
        km = f"{checkpoint.at_m / 1000:.2f}"
        yield checkpoint.at_m, {"km": km, "name": _inert(checkpoint.name), "stop_s": stop_s, "elapsed_s": reached_s}


def _inert(name: str) -> str:
    """A name that no spreadsheet takes for a formula: whoever made the course file chose it."""
    plain = one_line(name)
    return f"'{plain}" if plain.startswith(_FORMULAS) else plain
