"""What was found in the file of a course, in English sentences."""

from __future__ import annotations

from typing import Final

from kernel.contracts.route import CourseWarning, Figure
from kernel.tracks import Finding, FindingCode

SENTENCES: Final[dict[FindingCode, str]] = {
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
    "gaps_bridged": "The track has gaps of {length_m}, which count as straight lines.",
    "gaps_left_out": "The track leaps over {length_m}, which was not counted.",
    "several_courses": "The file holds {count} courses ({names}); this is the forecast for {name}.",
    "same_course_twice": "The file holds the same course {count} times; it was taken once.",
    "waypoints_off_course": "Waypoints up to {away_m} off the course were left out: {names}.",
}


def warning_of(finding: Finding) -> CourseWarning:
    """The warning that tells of a finding."""
    shown = {name: _shown(name, figure) for name, figure in finding.figures.items()}
    return CourseWarning(finding.code, SENTENCES[finding.code].format(**shown), dict(finding.figures))


def _shown(name: str, figure: Figure) -> str:
    if isinstance(figure, list):
        return ", ".join(figure)
    if isinstance(figure, str):
        return figure
    if name.endswith("_percent"):
        return f"{figure:.1f}"
    if name.endswith("_m"):
        return f"{figure / 1000:.1f} km" if figure >= 1000 else f"{figure:.0f} m"
    return f"{figure:.0f}"
