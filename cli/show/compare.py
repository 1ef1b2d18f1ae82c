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
from languages.voice import Voice, mark
from takealong.words import short_time, short_times, spoken

_WIDE: Final = 100
_VERDICTS: Final = {
    (True, True): mark("Took {time} moving, {difference} more than predicted ({share} %), inside the band"),
    (True, False): mark("Took {time} moving, {difference} more than predicted ({share} %), outside the band"),
    (False, True): mark("Took {time} moving, {difference} less than predicted ({share} %), inside the band"),
    (False, False): mark("Took {time} moving, {difference} less than predicted ({share} %), outside the band"),
}
"""By whether it took longer, and whether it lies in the band."""
_HEADS: Final = {
    "predicted": mark("predicted"),
    "actual": mark("actual"),
    "diff": mark("diff"),
    "moving so far": mark("moving so far"),
    "behind": mark("behind"),
    "band": mark("band"),
    "elapsed": mark("elapsed"),
    "predicted elapsed": mark("predicted elapsed"),
}
_IN: Final = mark("in")
_OUT: Final = mark("out")


def show_comparison(
    console: Console, title: str, comparison: Comparison, voice: Voice, notes: Sequence[str] = ()
) -> None:
    """What was predicted, what it took, and where the difference arose."""
    console.print()
    console.print(Text(title, style="bold"))
    console.print()
    console.print(Text(verdict(comparison, voice), style="bold"))
    console.print(predicted_line(comparison, voice))
    console.print(elapsed_line(comparison, voice))
    console.print()
    for line in notes:
        console.print(line)
    console.print(comparison_table(comparison, voice, console.width))


def verdict(comparison: Comparison, voice: Voice) -> str:
    """`Took 1:35 moving, 3 min 05 s more than predicted (+3.3 %), inside the band`."""
    last = comparison.last
    return voice.say(
        _VERDICTS[last.late_s >= 0, last.inside],
        time=short_time(last.actual_so_far_s),
        difference=spoken(last.late_s, voice),
        share=f"{100 * last.late_s / last.predicted_so_far_s:+.1f}",
    )


def predicted_line(comparison: Comparison, voice: Voice) -> str:
    """What was predicted for what was covered."""
    last = comparison.last
    time, low, high = short_times(last.predicted_so_far_s, last.low_so_far_s, last.high_so_far_s)
    predicted = voice.say("Predicted {time} moving, 8 in 10 times {low} to {high}", time=time, low=low, high=high)
    if comparison.finished:
        return predicted
    return "; ".join((predicted, voice.say("recorded up to {length}", length=voice.length(last.to_m))))


def elapsed_line(comparison: Comparison, voice: Voice) -> str:
    """The same with stops."""
    last = comparison.last
    time, predicted = short_times(last.actual_elapsed_s, last.predicted_elapsed_s)
    return voice.say("With stops {time}, predicted {predicted}", time=time, predicted=predicted)


def comparison_table(comparison: Comparison, voice: Voice, width: int) -> Table:
    """A row per split: moving time predicted and taken, difference so far, the clock since the start."""
    rows = [
        {
            "km": voice.number(split.to_m / 1000, 1),
            "predicted": format_hms(split.predicted_s),
            "actual": format_hms(split.actual_s),
            "diff": signed(split.actual_s - split.predicted_s),
            "moving so far": format_hms(split.actual_so_far_s),
            "behind": signed(split.late_s),
            "band": voice.say(_IN if split.inside else _OUT),
            "elapsed": format_hms(split.actual_elapsed_s),
            "predicted elapsed": format_hms(split.predicted_elapsed_s),
        }
        for split in comparison.splits
    ]
    wide = ["km", "predicted", "actual", "diff", "moving so far", "behind", "band", "elapsed", "predicted elapsed"]
    columns = wide if width >= _WIDE else ["km", "predicted", "actual", "diff", "behind", "band"]
    heads = {"km": voice.say("km"), **{name: voice.say(head) for name, head in _HEADS.items()}}
    return new_table(voice.say("Splits"), columns, rows, heads)


def signed(seconds: float) -> str:
    """`+1:05` or `-0:20`, minutes and seconds; `+1:03:05` from an hour on."""
    whole = int(abs(seconds) + 0.5)
    return ("-" if seconds < 0 else "+") + (f"{whole // 60}:{whole % 60:02d}" if whole < 3600 else format_hms(whole))
