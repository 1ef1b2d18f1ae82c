"""What was read of someone's past, in the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
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
from trackfiles.corrections import Correction
from trackfiles.outing import Dropped, Outing, SportSource

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


class OutingOnWire(msgspec.Struct, frozen=True):
    """An outing as `--json` has it; times in seconds, lengths in metres, the start in UTC."""

    file: str
    sport: SportTag
    sport_from: SportSource
    distance_m: float
    gain_m: float
    moving_s: float
    elapsed_s: float
    started_at: datetime
    corrections: tuple[Correction, ...]


class HistoryWarning(msgspec.Struct, frozen=True):
    """What is to be known of a history before it is believed."""

    code: str
    message: str


def outing_on_wire(outing: Outing) -> OutingOnWire:
    """Lengths and times to a tenth."""
    return OutingOnWire(
        file=outing.name,
        sport=outing.sport,
        sport_from=outing.sport_from,
        distance_m=round(outing.distance_m, 1),
        gain_m=round(outing.gain_m, 1),
        moving_s=round(outing.moving_s, 1),
        elapsed_s=round(outing.elapsed_s, 1),
        started_at=outing.started_at.replace(microsecond=0),
        corrections=outing.corrections,
    )


def warnings_of(past: Past) -> list[HistoryWarning]:
    """How many outings were taken for what nobody said they are, and whether anything is left."""
    warnings = []
    if not past.outings:
        warnings.append(HistoryWarning("nothing_read", "Nothing that was named tells of an outing on foot."))
    if guessed := Counter(one.sport for one in past.outings if one.sport_from == "movement"):
        kinds = ", ".join(f"{count} {_NAMES[sport][count != 1]}" for sport, count in guessed.most_common())
        total = guessed.total()
        what = "1 file does not name its sport" if total == 1 else f"{total} files do not name their sport"
        warnings.append(HistoryWarning("sport_by_movement", f"{what}; by the movement: {kinds}."))
    return warnings


def show_history(console: Console, past: Past, profiles: Sequence[Profile]) -> None:
    """What was read and dropped, and the profile of each kind of movement."""
    console.print()
    console.print(Text(read_line(past), style="bold"))
    if past.outings:
        console.print(span_line(past.outings))
    for warning in warnings_of(past):
        console.print(warning.message)
    if any(one.corrections for one in past.outings):
        console.print(_corrections_table(past.outings))
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


def _corrections_table(outings: Sequence[Outing]) -> Table:
    """What was put right, and in which files."""
    files: dict[Correction, list[str]] = {}
    for outing in outings:
        for correction in outing.corrections:
            files.setdefault(correction, []).append(outing.name)
    rows = [
        {"outings": str(len(names)), "what": f"{one.message}\n({_some(list(dict.fromkeys(names)))})"}
        for one, names in sorted(files.items(), key=lambda item: -len(item[1]))
    ]
    return new_table("Put right", ["outings", "what"], rows)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_EXAMPLES]) + (", ..." if len(names) > _EXAMPLES else "")


def _dropped_table(dropped: Sequence[Dropped]) -> Table:
    rows = []
    for group in grouped(dropped):
        names = [file.name for file in dropped if file.code == group.code]
        reason = f"{group.code}: {group.sentence}\n({_some(names)})"
        rows.append({"files": str(group.count), "reason": reason})
    return new_table(f"{len(dropped)} dropped", ["files", "reason"], rows)
