"""A profile in the terminal."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.show.tables import new_table
from kernel.club.level import CLIMB_5K_S, FLAT_10K_S, LEVELS
from kernel.contracts.prediction import Mode
from kernel.contracts.profile import Level, Profile
from kernel.pace.categories import CATEGORY_COUNT, CATEGORY_EDGES_PERCENT
from kernel.pace.population import KIND_OF_MODE
from languages.voice import Voice, mark
from takealong.words import percent, short_time, short_times

KINDS: Final[dict[Mode, str]] = {"trail_run": mark("Runs"), "hiking": mark("Hikes")}
_LEVELS: Final[dict[Level, str]] = {
    "beginner": mark("beginner"),
    "intermediate": mark("intermediate"),
    "advanced": mark("advanced"),
    "elite": mark("elite"),
}
_HEADS: Final = {
    "slope": mark("slope"),
    "pace": mark("pace"),
    "half between": mark("half between"),
    "kilometres": mark("kilometres"),
    "prior": mark("of others"),
}


def show_profile(console: Console, profile: Profile, voice: Voice) -> None:
    """Figures, level with its evidence, and the pace at each gradient."""
    console.print()
    console.print(Text(voice.say(KINDS[profile.type]), style="bold"))
    console.print(outings_line(profile, voice))
    if profile.flat_pace_p50 is not None:
        flat = voice.say("Flat pace {pace}", pace=voice.pace(profile.flat_pace_p50))
        console.print("; ".join((flat, *_endurance(profile, voice))))
    console.print(level_line(profile, voice))
    if profile.level_evidence is not None:
        console.print(_thresholds(profile, voice))
    console.print(curve_table(profile, voice))


def outings_line(profile: Profile, voice: Voice) -> str:
    """What the profile rests on."""
    return voice.count(
        "{number} activity, {length}, {gradients} gradients known",
        "{number} activities, {length}, {gradients} gradients known",
        profile.total_activities or 0,
        length=voice.length(1000.0 * (profile.total_km or 0.0)),
        gradients=f"{profile.gradient_coverage}/{CATEGORY_COUNT}",
    )


def level_line(profile: Profile, voice: Voice) -> str:
    """The level and the two times it was decided on."""
    evidence, level = profile.level_evidence, profile.level
    if evidence is None or level is None:
        return ""
    flat, climb = short_times(evidence.flat_10k_s, evidence.climb_5k_s)
    return voice.say(
        "Level {level}: flat 10 km {flat}, 5 km with 1,000 m up {climb}",
        level=voice.say(_LEVELS[level]),
        flat=flat,
        climb=climb,
    )


def curve_table(profile: Profile, voice: Voice) -> Table:
    """Pace at each gradient: quartiles, how many kilometres they rest on, how much is the population's."""
    rows = [
        {
            "slope": slope,
            "pace": voice.pace_figure(point.pace_s_per_km.p50),
            "half between": " \N{EN DASH} ".join(
                voice.pace_figure(each) for each in (point.pace_s_per_km.p25, point.pace_s_per_km.p75)
            ),
            "kilometres": voice.number(point.n),
            "prior": percent(point.prior_share),
        }
        for slope, point in zip(_slopes(voice), profile.curve, strict=True)
    ]
    columns = ["slope", "pace", "half between", "kilometres", "prior"]
    heads = {name: voice.say(head) for name, head in _HEADS.items()}
    return new_table(voice.say("Pace at each gradient"), columns, rows, heads)


def _slopes(voice: Voice) -> list[str]:
    """The gradient categories, steepest descent first."""
    edges = CATEGORY_EDGES_PERCENT
    between = [voice.say("{low} to {high} %", low=f"{low:+.0f}", high=f"{high:+.0f}") for low, high in pairwise(edges)]
    below = voice.say("below {slope} %", slope=f"{edges[0]:+.0f}")
    return [below, *between, voice.say("above {slope} %", slope=f"{edges[-1]:+.0f}")]


def _endurance(profile: Profile, voice: Voice) -> tuple[str, ...]:
    endurance = profile.endurance
    if endurance is None:
        return ()
    return (
        voice.say(
            "longest {time}; time grows with distance to the power {exponent}",
            time=short_time(endurance.longest_s),
            exponent=voice.number(endurance.exponent, 2),
        ),
    )


def _thresholds(profile: Profile, voice: Voice) -> str:
    """What the next level would take."""
    better = LEVELS.index(profile.level) - 1 if profile.level else -1
    if better < 0:
        return voice.say("There is no higher level.")
    kind = KIND_OF_MODE[profile.type]
    flat, climb = short_times(FLAT_10K_S[kind][better], CLIMB_5K_S[kind][better])
    return voice.say(
        "The slower of the two decides; {level} needs {flat} and {climb}.",
        level=voice.say(_LEVELS[LEVELS[better]]),
        flat=flat,
        climb=climb,
    )
