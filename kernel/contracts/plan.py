"""A plan to reach a goal."""

from __future__ import annotations

from typing import Annotated

import msgspec

GoalTime = Annotated[float, msgspec.Meta(gt=0, le=10_000_000)]
"""Seconds from start to finish, stops included."""

Fade = Annotated[float, msgspec.Meta(ge=-0.5, le=1.0)]
"""How much slower the second half is than the first at equal effort per metre: 0.05 is 5 %."""


class PlanSplit(msgspec.Struct, frozen=True):
    """One kilometre of a plan. `time_s` includes `stop_s`, the pace does not.

    `elapsed_s` is the clock at its end, before a stop planned there.
    """

    from_m: float
    to_m: float
    time_s: int
    stop_s: int
    pace_s_per_km: float
    elapsed_s: int


class Plan(msgspec.Struct, frozen=True):
    """Even effort to a goal; the times of the splits add up to `goal_s`.

    `p_reach` is the chance to be at the finish by then at the effort asked for; `percentile` says how many in a hundred
    of the athlete's own times, at whatever effort, would be at most that; `expected_s` is the median to compare with.
    """

    goal_s: int
    fade: float
    p_reach: float
    percentile: float
    expected_s: int
    splits: list[PlanSplit]
