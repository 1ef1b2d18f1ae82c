"""Prediction and reality side by side in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.comparing import Comparison
from cli.show.tables import new_table
from kernel.units import format_hms
from takealong.words import short_time, spoken

_WIDE: Final = 100


def show_comparison(console: Console, title: str, comparison: Comparison, notes: Sequence[str] = ()) -> None:
    """What was predicted, what it took, and where the difference arose."""
    console.print()
    console.print(Text(title, style="bold"))
    console.print()
    console.print(Text(verdict(comparison), style="bold"))
    console.print(predicted_line(comparison))
    console.print(elapsed_line(comparison))
    console.print()
    for line in notes:
        console.print(line)
    console.print(comparison_table(comparison, console.width))


def verdict(comparison: Comparison) -> str:
    """`Took 1:35 moving, 3 min 05 s more than predicted (+3.3 %), inside the band`."""
    last = comparison.last
    share = last.late_s / last.predicted_so_far_s
    more = "more" if last.late_s >= 0 else "less"
    inside = "inside the band" if last.inside else "outside the band"
    how_much = f"{spoken(last.late_s)} {more} than predicted ({100 * share:+.1f} %)"
    return f"Took {short_time(last.actual_so_far_s)} moving, {how_much}, {inside}"


def predicted_line(comparison: Comparison) -> str:
    """What was predicted for what was covered."""
    last = comparison.last
    band = f"{short_time(last.low_so_far_s)} to {short_time(last.high_so_far_s)}"
    upto = "" if comparison.finished else f"; recorded up to {last.to_m / 1000:.1f} km"
    return f"Predicted {short_time(last.predicted_so_far_s)} moving, 8 in 10 times {band}{upto}"


def elapsed_line(comparison: Comparison) -> str:
    """The same with stops."""
    last = comparison.last
    return f"With stops {short_time(last.actual_elapsed_s)}, predicted {short_time(last.predicted_elapsed_s)}"


def comparison_table(comparison: Comparison, width: int) -> Table:
    """A row per split: moving time predicted and taken, difference so far, the clock since the start."""
    rows = [
        {
            "km": f"{split.to_m / 1000:.1f}",
            "predicted": format_hms(split.predicted_s),
            "actual": format_hms(split.actual_s),
            "diff": signed(split.actual_s - split.predicted_s),
            "moving so far": format_hms(split.actual_so_far_s),
            "behind": signed(split.late_s),
            "band": "in" if split.inside else "out",
            "elapsed": format_hms(split.actual_elapsed_s),
            "predicted elapsed": format_hms(split.predicted_elapsed_s),
        }
        for split in comparison.splits
    ]
    wide = ["km", "predicted", "actual", "diff", "moving so far", "behind", "band", "elapsed", "predicted elapsed"]
    return new_table(
        "Splits", wide if width >= _WIDE else ["km", "predicted", "actual", "diff", "behind", "band"], rows
    )


def signed(seconds: float) -> str:
    """`+1:05` or `-0:20`, minutes and seconds; `+1:03:05` from an hour on."""
    whole = int(abs(seconds) + 0.5)
    return ("-" if seconds < 0 else "+") + (f"{whole // 60}:{whole % 60:02d}" if whole < 3600 else format_hms(whole))
