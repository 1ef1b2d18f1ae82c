"""What was wrong with a trace and what was done about it, by stable codes with their figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias, get_args

Figure: TypeAlias = float | str | list[str]
FindingCode = Literal[
    "heights_missing",
    "heights_filled",
    "height_steps",
    "positions_left_out",
    "standing_left_out",
    "noisy_positions",
    "coarse_points",
    "simplified_line",
    "bends_cut",
    "gaps_bridged",
    "gaps_left_out",
    "several_courses",
    "same_course_twice",
    "waypoints_off_course",
]
FINDING_CODES: Final[tuple[FindingCode, ...]] = get_args(FindingCode)


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of fault; `figures` have their unit in the name: `_m` metres, `_percent`, none for counts and names."""

    code: FindingCode
    figures: Mapping[str, Figure] = field(default_factory=dict)
