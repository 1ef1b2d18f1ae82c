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
from kernel.contracts.route import CourseWarning
from languages.voice import Voice, mark
from trackfiles.corrections import Correction
from trackfiles.outing import Dropped, Outing, SportSource

_EXAMPLES: Final = 3
_HEADS: Final = {"files": mark("files"), "reason": mark("reason"), "outings": mark("outings"), "what": mark("what")}


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


def warnings_of(past: Past, voice: Voice) -> list[HistoryWarning]:
    """How many outings were taken for what nobody said they are, and whether anything is left."""
    warnings = []
    if not past.outings:
        nothing = voice.say("Nothing that was named tells of an outing on foot.")
        warnings.append(HistoryWarning("nothing_read", nothing))
    if guessed := [one.sport for one in past.outings if one.sport_from == "movement"]:
        by_movement = voice.count(
            "{number} file does not name its sport; by the movement: {kinds}.",
            "{number} files do not name their sport; by the movement: {kinds}.",
            len(guessed),
            kinds=_kinds(guessed, voice),
        )
        warnings.append(HistoryWarning("sport_by_movement", by_movement))
    return warnings


def show_history(console: Console, past: Past, profiles: Sequence[Profile], voice: Voice) -> None:
    """What was read and dropped, and the profile of each kind of movement."""
    console.print()
    console.print(Text(read_line(past, voice), style="bold"))
    if past.outings:
        console.print(span_line(past.outings, voice))
    for warning in warnings_of(past, voice):
        console.print(warning.message)
    if any(one.corrections for one in past.outings):
        console.print(_corrections_table(past.outings, voice))
    if past.dropped:
        console.print(_dropped_table(past.dropped, voice))
    for profile in profiles:
        show_profile(console, profile, voice)


def read_line(past: Past, voice: Voice) -> str:
    """How many of how many."""
    read, dropped = len(past.outings), len(past.dropped)
    line = voice.say("{read} of {all} read", read=voice.number(read), all=voice.number(read + dropped))
    return ": ".join((line, *([_kinds([one.sport for one in past.outings], voice)] if past.outings else [])))


def _kinds(sports: Sequence[SportTag], voice: Voice) -> str:
    """`8 runs, 2 hikes`, the most first."""
    return ", ".join(_counted(sport, count, voice) for sport, count in Counter(sports).most_common())


def _counted(sport: SportTag, number: int, voice: Voice) -> str:
    match sport:
        case "run":
            return voice.count("{number} run", "{number} runs", number)
        case "trail_run":
            return voice.count("{number} trail run", "{number} trail runs", number)
        case "hike":
            return voice.count("{number} hike", "{number} hikes", number)
        case "walk":
            return voice.count("{number} walk", "{number} walks", number)


def span_line(outings: Sequence[Outing], voice: Voice) -> str:
    """Distance, time and days of what was read, oldest first."""
    return voice.say(
        "{length} in {hours} hours of movement, {first} to {last}",
        length=voice.length(sum(one.distance_m for one in outings)),
        hours=voice.number(sum(one.moving_s for one in outings) / 3600),
        first=f"{outings[0].started_at:%Y-%m-%d}",
        last=f"{outings[-1].started_at:%Y-%m-%d}",
    )


def _corrections_table(outings: Sequence[Outing], voice: Voice) -> Table:
    """What was put right, and in which files."""
    files: dict[Correction, list[str]] = {}
    for outing in outings:
        for correction in outing.corrections:
            files.setdefault(correction, []).append(outing.name)
    rows = [
        {"outings": voice.number(len(names)), "what": f"{_said(one, voice)}\n({_some(list(dict.fromkeys(names)))})"}
        for one, names in sorted(files.items(), key=lambda item: -len(item[1]))
    ]
    return new_table(voice.say("Put right"), ["outings", "what"], rows, _heads(voice))


def _said(correction: Correction, voice: Voice) -> str:
    return voice.warning(CourseWarning(correction.code, correction.message, {}))


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_EXAMPLES]) + (", ..." if len(names) > _EXAMPLES else "")


def _dropped_table(dropped: Sequence[Dropped], voice: Voice) -> Table:
    rows = []
    for group in grouped(dropped):
        names = [file.name for file in dropped if file.code == group.code]
        reason = f"{group.code}: {voice.problem(group.code, group.sentence)}\n({_some(names)})"
        rows.append({"files": voice.number(group.count), "reason": reason})
    title = voice.count("{number} dropped", "{number} dropped", len(dropped))
    return new_table(title, ["files", "reason"], rows, _heads(voice))


def _heads(voice: Voice) -> dict[str, str]:
    return {name: voice.say(head) for name, head in _HEADS.items()}
