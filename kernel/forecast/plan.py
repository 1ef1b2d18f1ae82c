"""From a goal back to the splits that lead to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np

from kernel.errors import DomainError
from kernel.forecast.checkpoints import Way
from kernel.forecast.elapsed import Clock
from kernel.forecast.pacing import pacing_of, usual_fade, whole_numbers
from kernel.forecast.splits import kilometre_marks
from kernel.units import format_hms

_FASTEST: Final = 0.4
_SLOWEST: Final = 4.0


class GoalImpossible(DomainError):
    """A goal so far from what can be expected that a plan for it would be nonsense."""

    def __init__(self, goal_s: float, expected_s: float, least_s: float, most_s: float) -> None:
        super().__init__(
            f"A goal of {format_hms(goal_s)} makes no sense here: {format_hms(expected_s)} is to be expected, stops "
            f"included. Choose one between {format_hms(least_s)} and {format_hms(most_s)}."
        )


class PlannedSplit(msgspec.Struct, frozen=True):
    """One kilometre. `time_s` includes `stop_s`; `elapsed_s` is the clock at its end, before a stop planned there."""

    from_m: float
    to_m: float
    time_s: int
    stop_s: int
    pace_s_per_km: float
    elapsed_s: int


@dataclass(frozen=True, slots=True)
class GoalPlan:
    """Even effort to a goal: the times of its splits add up to it.

    `p_reach` is the chance to make it at the effort asked for, `percentile` what part of a hundred of the athlete's own
    times at any effort would be within it, `expected_s` the median of those.
    """

    goal_s: int
    fade: float
    p_reach: float
    percentile: float
    expected_s: float
    splits: tuple[PlannedSplit, ...]


@dataclass(frozen=True, slots=True)
class Aim:
    """Seconds from start to finish, and by how much the second half may be slower (None: as usual).

    `usual` is the clock of any effort.
    """

    goal_s: float
    fade: float | None
    usual: Clock


def plan_of(aim: Aim, way: Way) -> GoalPlan:
    """The plan to `aim` along a way at the effort asked for.

    Raises GoalImpossible below two fifths and above four times of the median moving time.
    """
    usual = aim.usual
    least_s, most_s = (usual.with_stops(share * usual.moving_at(0.0)) for share in (_FASTEST, _SLOWEST))
    if not least_s <= aim.goal_s <= most_s:
        raise GoalImpossible(aim.goal_s, usual.total_at(0.0), least_s, most_s)
    moving_s = usual.without_stops(aim.goal_s)
    fade = usual_fade(way.route, moving_s) if aim.fade is None else aim.fade
    return GoalPlan(
        goal_s=round(aim.goal_s),
        fade=fade,
        p_reach=way.clock.chance_within(aim.goal_s),
        percentile=100.0 * usual.chance_within(aim.goal_s),
        expected_s=usual.total_at(0.0),
        splits=_splits(round(aim.goal_s), moving_s, fade, way),
    )


def _splits(goal_s: int, moving_s: float, fade: float, way: Way) -> tuple[PlannedSplit, ...]:
    marks = kilometre_marks(way.route)
    share = np.diff(pacing_of(way.route, way.kind, moving_s, fade).share_at(marks))
    stopping = [c for c in way.checkpoints if c.at_m < way.route.length_m]
    planned = np.histogram([c.at_m for c in stopping], marks, weights=[c.stop_s for c in stopping])[0]
    unplanned_s = max(0.0, goal_s - moving_s - float(planned.sum()))
    stops = whole_numbers(planned + unplanned_s * share, round(float(planned.sum()) + unplanned_s))
    moving = whole_numbers(moving_s * share, goal_s - int(stops.sum()))
    rows = zip(marks[:-1].tolist(), marks[1:].tolist(), (moving + stops).tolist(), stops.tolist(), strict=True)
    pace = (1000.0 * moving_s * share / np.diff(marks)).tolist()
    elapsed = np.cumsum(moving + stops).tolist()
    return tuple(PlannedSplit(*row, each, so_far) for row, each, so_far in zip(rows, pace, elapsed, strict=True))
