"""What is still to come, in the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from cli.show.tables import ahead_table
from kernel.contracts.prediction import Prediction
from languages.voice import Voice
from takealong.along import start_of
from takealong.onday import Now
from takealong.onday_told import finish_lines, passed_line
from takealong.told import clock_lines


def show_now(console: Console, title: str, prediction: Prediction, now: Now, voice: Voice) -> None:
    """The finish as it looks now, where one came by, and the places ahead."""
    whole, margin = finish_lines(now, prediction, voice)
    console.print()
    console.print(Text(title, style="bold"))
    console.print(passed_line(now, prediction, voice))
    console.print()
    console.print(Text(whole, style="bold"))
    console.print(margin)
    if start_of(prediction) is not None:
        console.print(next(iter(clock_lines(prediction, voice))))
    for warning in prediction.warnings:
        console.print(voice.warning(warning))
    if now.passed.at_m < prediction.route.distance_m:
        console.print(ahead_table(now, prediction, voice, console.width))
