"""A profile in the terminal."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.show.tables import new_table
from kernel.club.level import CLIMB_5K_S, FLAT_10K_S, LEVELS
from kernel.contracts.profile import Profile
from kernel.pace.categories import CATEGORY_COUNT, CATEGORY_EDGES_PERCENT
from kernel.pace.population import KIND_OF_MODE
from kernel.units import format_pace
from takealong.words import short_time

_WHAT: Final = {"trail_run": "Running", "hiking": "Hiking"}


def show_profile(console: Console, profile: Profile) -> None:
    """Figures, level with its evidence, and the pace at each gradient."""
    console.print()
    console.print(Text(f"{_WHAT[profile.type]}", style="bold"))
    console.print(outings_line(profile))
    if profile.flat_pace_p50 is not None:
        console.print(f"Flat pace {format_pace(profile.flat_pace_p50)}/km; {_endurance(profile)}")
    console.print(level_line(profile))
    if profile.level_evidence is not None:
        console.print(_thresholds(profile))
    console.print(curve_table(profile))


def outings_line(profile: Profile) -> str:
    """What the profile rests on."""
    outings = "activity" if profile.total_activities == 1 else "activities"
    covered = f"{profile.gradient_coverage}/{CATEGORY_COUNT} gradients known"
    return f"{profile.total_activities} {outings}, {profile.total_km:.0f} km, {covered}"


def level_line(profile: Profile) -> str:
    """The level and the two times it was decided on."""
    evidence = profile.level_evidence
    if evidence is None:
        return f"Level {profile.level}"
    flat, climb = short_time(evidence.flat_10k_s), short_time(evidence.climb_5k_s)
    return f"Level {profile.level}: flat 10 km {flat}, 5 km with 1,000 m up {climb}"


def curve_table(profile: Profile) -> Table:
    """Pace at each gradient: quartiles, how many kilometres they rest on, how much is the population's."""
    rows = [
        {
            "slope": slope,
            "pace": format_pace(point.pace_s_per_km.p50),
            "half between": f"{format_pace(point.pace_s_per_km.p25)} to {format_pace(point.pace_s_per_km.p75)}",
            "kilometres": str(point.n),
            "prior": f"{100 * point.prior_share:.0f} %",
        }
        for slope, point in zip(_slopes(), profile.curve, strict=True)
    ]
    return new_table("Pace at each gradient", ["slope", "pace", "half between", "kilometres", "prior"], rows)


def _slopes() -> list[str]:
    """The gradient categories, steepest descent first."""
    edges = CATEGORY_EDGES_PERCENT
    between = [f"{low:+.0f} to {high:+.0f} %" for low, high in pairwise(edges)]
    return [f"below {edges[0]:+.0f} %", *between, f"above {edges[-1]:+.0f} %"]


def _endurance(profile: Profile) -> str:
    endurance = profile.endurance
    if endurance is None:
        return "no endurance known"
    return f"longest {short_time(endurance.longest_s)}; time grows with distance to the power {endurance.exponent:.2f}"


def _thresholds(profile: Profile) -> str:
    """What the next level would take."""
    better = LEVELS.index(profile.level) - 1 if profile.level else -1
    if better < 0:
        return "There is no higher level."
    kind = KIND_OF_MODE[profile.type]
    flat, climb = short_time(FLAT_10K_S[kind][better]), short_time(CLIMB_5K_S[kind][better])
    return f"The slower of the two decides; {LEVELS[better]} needs {flat} and {climb}."
