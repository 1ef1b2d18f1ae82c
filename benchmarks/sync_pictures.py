"""The pictures of docs/sync.md: `python -m benchmarks.sync_pictures READS.json`, the output of `benchmarks.backfill`.

One is a day of the quota as `benchmarks.quota_play` has it, the other the accuracy that reads give.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import msgspec
from matplotlib.figure import Figure

from benchmarks.quota_load import crowd_of
from benchmarks.quota_play import Play
from kernel.strava.quota import Priority

FOLDER: Final = Path("docs/figures")
LIMIT: Final = (200, 2_000)
ATHLETES: Final = 40
LOAD: Final = 0.5
QUARTERS: Final = 96
COLOURS: Final = {
    Priority.INTERACTIVE: ("people", "#22303c"),
    Priority.WEBHOOK: ("events", "#0b7a55"),
    Priority.FIRST_LOOK: ("first looks", "#3a6ea5"),
    Priority.DEEP: ("backfill", "#c2571a"),
}
ORDERS: Final = {"value": "#0b7a55", "newest": "#3a6ea5", "oldest": "#8a97a3"}
STYLE: Final[dict[str, Any]] = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


async def day_of_quota() -> Figure:
    """Who has read how much by which hour of the second day after everybody connected."""
    play = Play(crowd_of(ATHLETES, 14, urgent_reads=LOAD * LIMIT[1]), LIMIT)
    await play.days(1)
    await play.connect()
    await play.days(2)
    figure = Figure(figsize=(7.2, 3.0), layout="constrained")
    axes = figure.subplots()
    first = 2 * QUARTERS
    hours = [quarter / 4 for quarter in range(QUARTERS + 1)]
    below = [0] * (QUARTERS + 1)
    for priority, (name, colour) in COLOURS.items():
        total, line = 0, list(below[:1])
        for quarter in range(QUARTERS):
            total += play.tally.quarters[first + quarter, priority]
            line.append(below[quarter + 1] + total)
        axes.fill_between(hours, below, line, color=colour, label=name, linewidth=0)
        below = line
    axes.axhline(LIMIT[1], color="#8a97a3", linestyle=":")
    axes.set(xlim=(0, 24), xlabel="hour of the day, UTC", ylabel="reads so far", xticks=range(0, 25, 3))
    axes.legend(loc="upper left", frameon=False)
    return figure


def accuracy_of_reads(found: Mapping[str, Mapping[str, float]]) -> Figure:
    """The share of full-history accuracy by how much was read, in each order."""
    figure = Figure(figsize=(7.2, 3.0), layout="constrained")
    axes = figure.subplots()
    for name, per in found.items():
        counts = [int(count) for count in per]
        axes.plot(
            counts, [100 * share for share in per.values()], marker="o", color=ORDERS[name], label=f"{name} first"
        )
    axes.set(xlabel="activities read", ylabel="% of full accuracy", xticks=[5, 12, 20, 30, 60], ylim=(60, 102))
    axes.legend(loc="lower right", frameon=False)
    return figure


def main(arguments: Sequence[str] | None = None) -> int:
    """Draws both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reads", type=Path, help="what `python -m benchmarks.backfill --json` printed")
    options = parser.parse_args(arguments)
    found = msgspec.json.decode(options.reads.read_bytes(), type=dict[str, dict[str, float]])
    with mpl.rc_context(STYLE):  # type: ignore[arg-type]  # the stub lists the keys one by one
        for name, figure in (("quota_day", asyncio.run(day_of_quota())), ("reads", accuracy_of_reads(found))):
            figure.savefig(FOLDER / f"{name}.png", dpi=100, metadata={"Software": None})
    return 0


if __name__ == "__main__":
    sys.exit(main())
