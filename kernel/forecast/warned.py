"""What was found in the file of a course, and what to know about the day, in English sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from kernel.contracts.route import CourseWarning, Figure
from kernel.tracks import Finding, FindingCode

DayCode = Literal[
    "heights_unsure",
    "little_known",
    "beyond_longest",
    "second_night",
    "night_expected",
    "long_hike",
    "finishers_only",
    "hands_on_ground",
]
WarningCode = FindingCode | DayCode

SENTENCES: Final[dict[WarningCode, str]] = {
    "heights_missing": "There are no heights along {length_m} of the course; they were filled in from those around.",
    "heights_filled": "Heights that no ground can have were left out and filled in along {length_m} of the course.",
    "height_steps": "The heights leap where the ground cannot, by up to {height_m}; what follows was moved to fit.",
    "positions_left_out": "Points far off the course were left out: {count}.",
    "standing_left_out": "Standing still was recorded as {length_m} of way, which was left out.",
    "noisy_positions": "The points waver about the course and make it {longer_percent} % longer, which was taken off.",
    "coarse_points": (
        "The points lie {apart_m} apart, too far for bends and small climbs; the distance came out {shorter_percent} % "
        "short and was corrected, the climb is a guess. A finer track is better."
    ),
    "simplified_line": (
        "The line keeps corners alone, {aside_m} beside the way; the distance came out {shorter_percent} % short and "
        "was corrected, the climb is a guess."
    ),
    "bends_cut": (
        "The line keeps corners alone, {aside_m} beside the way, which is {longer_percent} % longer. The time allows "
        "for that, distances are told along the line, the climb is a guess."
    ),
    "gaps_bridged": "The track has gaps of {length_m}, which count as straight lines.",
    "gaps_left_out": "The track leaps over {length_m}, which was not counted.",
    "several_courses": "The file holds {count} courses ({names}); this is the forecast for {name}.",
    "same_course_twice": "The file holds the same course {count} times; it was taken once.",
    "waypoints_off_course": "Waypoints up to {away_m} off the course were left out: {names}.",
    "heights_unsure": (
        "How much this course climbs is not sure (between {low_height_m} and {high_height_m}), so neither are the "
        "climbs here."
    ),
    "little_known": "Little is known of you yet (outings: {count}), so the margin is wider than it will be.",
    "beyond_longest": "This takes {longer_times} times as long as your longest outing, so the band is wider.",
    "second_night": (
        "This leads into a second night, in which people go an eighth slower than by day; the times on the way allow "
        "for it."
    ),
    "night_expected": (
        "On walks of yours as long as this you have slept on the way, so {hours} hours of night are in the time from "
        "start to finish, spread over the way, as nobody knows where you sleep. With a goal or a night in a hut they "
        "are not added."
    ),
    "long_hike": "Hikes of more than {hours} hours were not there to learn from; a night's rest is not in the time.",
    "finishers_only": "Of 100 who start a race this long about {finishers} finish; the times are those of finishers.",
    "hands_on_ground": (
        "The course is too steep to walk along {length_m}: ground for hands and feet, or a fault of the track. The "
        "time there is a guess."
    ),
}


def warning_of(finding: Finding) -> CourseWarning:
    """The warning that tells of a finding."""
    return told(finding.code, finding.figures)


def told(code: WarningCode, figures: Mapping[str, Figure]) -> CourseWarning:
    """The warning of this code with its figures."""
    shown = {name: _shown(name, figure) for name, figure in figures.items()}
    return CourseWarning(code, SENTENCES[code].format(**shown), dict(figures))


def _shown(name: str, figure: Figure) -> str:
    if isinstance(figure, list):
        return ", ".join(figure)
    if isinstance(figure, str):
        return figure
    if name.endswith(("_percent", "_times")):
        return f"{figure:.1f}"
    if name.endswith("_height_m"):
        return f"{figure:.0f} m"
    if name.endswith("_m"):
        return f"{figure / 1000:.1f} km" if figure >= 1000 else f"{figure:.0f} m"
    return f"{figure:.0f}"
