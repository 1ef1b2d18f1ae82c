"""What was read of someone's past, in the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.history import Past
from cli.show.profile import show_profile
from cli.show.tables import new_table
from kernel.contracts.activity import SportTag
from kernel.contracts.profile import Profile
from trackfiles.outing import Dropped, Outing

_EXAMPLES: Final = 3
_NAMES: Final[dict[SportTag, tuple[str, str]]] = {
    "run": ("run", "runs"),
    "trail_run": ("trail run", "trail runs"),
    "hike": ("hike", "hikes"),
    "walk": ("walk", "walks"),
}


class DroppedGroup(msgspec.Struct, frozen=True):
    """Files dropped for one reason, with the sentence of the first and some names."""

    code: str
    count: int
    sentence: str
    examples: list[str]


def grouped(dropped: Sequence[Dropped]) -> list[DroppedGroup]:
    """By reason, the most frequent first."""
    counts = Counter(file.code for file in dropped)
    groups = []
    for code, count in counts.most_common():
        files = [file for file in dropped if file.code == code]
        groups.append(DroppedGroup(code, count, files[0].sentence, [file.name for file in files[:_EXAMPLES]]))
    return groups


def show_history(console: Console, past: Past, profiles: Sequence[Profile]) -> None:
    """What was read and dropped, and the profile of each kind of movement."""
    console.print()
    console.print(Text(read_line(past), style="bold"))
    if past.outings:
        console.print(span_line(past.outings))
    if past.dropped:
        console.print(_dropped_table(past.dropped))
    for profile in profiles:
        show_profile(console, profile)


def read_line(past: Past) -> str:
    """How many of how many."""
    read, dropped = len(past.outings), len(past.dropped)
    sports = Counter(one.sport for one in past.outings)
    kinds = ", ".join(f"{count} {_NAMES[sport][count != 1]}" for sport, count in sports.most_common())
    return f"{read} of {read + dropped} read" + (f": {kinds}" if kinds else "")


def span_line(outings: Sequence[Outing]) -> str:
    """Distance, time and days of what was read, oldest first."""
    km, hours = sum(one.distance_m for one in outings) / 1000, sum(one.moving_s for one in outings) / 3600
    first, last = outings[0].started_at, outings[-1].started_at
    return f"{km:.0f} km in {hours:.0f} hours of movement, {first:%Y-%m-%d} to {last:%Y-%m-%d}"


def _dropped_table(dropped: Sequence[Dropped]) -> Table:
    rows = []
    for group in grouped(dropped):
        more = ", ..." if group.count > len(group.examples) else ""
        reason = f"{group.code}: {group.sentence}\n({', '.join(group.examples)}{more})"
        rows.append({"files": str(group.count), "reason": reason})
    return new_table(f"{len(dropped)} dropped", ["files", "reason"], rows)
