"""The bot's words about single outings: which of them count."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from kernel.contracts.activity import KnownOuting, SportTag
from languages.voice import Voice, mark

_SPORTS: Final[dict[SportTag, str]] = {
    "run": mark("a run"),
    "trail_run": mark("a trail run"),
    "hike": mark("a hike"),
    "walk": mark("a walk"),
}


def outing_line(outing: KnownOuting, now: datetime, voice: Voice) -> str:
    """`✓ Sat, May 30: a trail run, 12.3 km in 1:20`, and that it is left out or still to be read."""
    told = voice.say(
        "{day}: {sport}, {length} in {time}",
        day=_day(outing, now, voice),
        sport=voice.say(_SPORTS[outing.sport]),
        length=voice.length(outing.distance_m),
        time=voice.time(outing.moving_time_s),
    )
    if outing.switched_off:
        return voice.say("✗ {outing} (left out)", outing=told)
    return f"✓ {told}" if outing.counts else voice.say("… {outing} (still to be read)", outing=told)


def outing_button(outing: KnownOuting, now: datetime, voice: Voice) -> str:
    """`✓ Sat, May 30 · 12.3 km`: enough to find its line."""
    sign = "✗" if outing.switched_off else "✓" if outing.counts else "…"
    return f"{sign} {short_outing(outing, now, voice)}"


def short_outing(outing: KnownOuting, now: datetime, voice: Voice) -> str:
    """`Sat, May 30 · 12.3 km`."""
    return f"{_day(outing, now, voice)} · {voice.length(outing.distance_m)}"


def _day(outing: KnownOuting, now: datetime, voice: Voice) -> str:
    """The year is said where it is another one."""
    day = outing.started_at.date()
    return voice.short_day(day, year=day.year != now.year)
