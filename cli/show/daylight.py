"""The sun in sentences."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from cli.words import percent, short_time
from kernel.contracts.times import Daylight

_WORTH_TURNING: Final = 0.98
"""Of the route; who may turn later than that need not turn at all."""


def daylight_lines(daylight: Daylight, length_m: float, start: datetime) -> list[str]:
    """What the sun means for this start on a route of this length, in the time zone the start was given in."""

    def at(moment: datetime) -> str:
        return f"{moment.astimezone(start.tzinfo):%H:%M}"

    if daylight.sun == "never_sets":
        return ["The sun does not set there that day."]
    if daylight.sun == "never_rises":
        return ["The sun does not rise there that day."]
    lines = []
    if daylight.sunset is not None and daylight.civil_dusk is not None:
        chance = percent(daylight.finish_before_dark_p)
        lines.append(f"Sunset {at(daylight.sunset)}, dark from {at(daylight.civil_dusk)}: {chance} to finish before.")
    if daylight.dark_s.p50 > 0:
        lines.append(f"About {short_time(daylight.dark_s.p50)} of it in the dark: take a lamp.")
    if daylight.latest_start is not None:
        lines.append(f"Latest start to be done by dark nine times in ten: {at(daylight.latest_start)}.")
    turn = daylight.turn_around
    if turn is not None and turn.at_m < _WORTH_TURNING * length_m:
        lines.append(f"To be back at the start by dark, turn at {turn.at_m / 1000:.1f} km, by {at(turn.by)}.")
    return lines
