"""From a goal back to the splits that lead to it."""

from __future__ import annotations

from typing import Final

import numpy as np

from kernel.contracts.times import Plan, PlanSplit
from kernel.errors import DomainError
from kernel.forecast.checkpoints import AT_THE_FINISH_M, Way
from kernel.forecast.elapsed import Clock
from kernel.forecast.pacing import pacing_of, usual_fade, whole_numbers
from kernel.forecast.splits import kilometre_marks
from kernel.tracks.track import FloatArray
from kernel.units import format_short

_FASTEST: Final = 0.4
_SLOWEST: Final = 4.0


class GoalImpossible(DomainError):
    """A goal so far from what can be expected that a plan for it would be nonsense."""

    def __init__(self, goal_s: float, expected_s: float, least_s: float, most_s: float) -> None:
        super().__init__(
            f"A goal of {format_short(goal_s)} makes no sense here: {format_short(expected_s)} is to be expected, "
            f"stops included. Choose one between {format_short(least_s)} and {format_short(most_s)}."
        )


def plan_of(goal_s: float, fade: float | None, way: Way, usual: Clock) -> Plan:
    """The plan to be at the end of a way at `goal_s`, at the effort asked for; `usual` is the clock of any effort.

    `fade` is by how much the second half may be slower, None as usual. Raises GoalImpossible below two fifths and above
    four times of the median moving time.
    """
    least_s, most_s = (usual.with_stops(share * usual.moving_at(0.0)) for share in (_FASTEST, _SLOWEST))
    if not least_s <= goal_s <= most_s:
        raise GoalImpossible(goal_s, usual.total_at(0.0), least_s, most_s)
    moving_s = usual.without_stops(goal_s)
    fade = usual_fade(way.route, moving_s) if fade is None else fade
    return Plan(
        goal_s=round(goal_s),
        fade=round(fade, 4),
        p_reach=round(way.clock.chance_within(goal_s), 4),
        percentile=round(100.0 * usual.chance_within(goal_s), 1),
        expected_s=round(usual.total_at(0.0)),
        splits=_splits(round(goal_s), moving_s, fade, way),
    )


def _splits(goal_s: int, moving_s: float, fade: float, way: Way) -> list[PlanSplit]:
    marks = kilometre_marks(way.route)
    share = np.diff(pacing_of(way.route, way.kind, moving_s, fade).share_at(marks))
    stopping = [c for c in way.checkpoints if c.at_m < way.route.length_m]
    planned = np.histogram([c.at_m for c in stopping], marks, weights=[c.stop_s for c in stopping])[0]
    unplanned_s = max(0.0, goal_s - moving_s - float(planned.sum()))
    stops = whole_numbers(
        planned + unplanned_s * _standing(way, marks, share), round(float(planned.sum()) + unplanned_s)
    )
    moving = whole_numbers(moving_s * share, goal_s - int(stops.sum()))
    marks_m, pace = (
        [round(each, 1) for each in column.tolist()] for column in (marks, 1000.0 * moving_s * share / np.diff(marks))
    )
    elapsed = np.cumsum(moving + stops).tolist()
    columns = (marks_m[:-1], marks_m[1:], (moving + stops).tolist(), stops.tolist(), pace, elapsed)
    return list(map(PlanSplit, *columns))


def _standing(way: Way, marks: FloatArray, share: FloatArray) -> FloatArray:
    """Where people stand still beyond what is planned: evenly at the checkpoints; all along where there are none."""
    places = [c.at_m for c in way.checkpoints if 0 < c.at_m < way.route.length_m - AT_THE_FINISH_M]
    if not places:
        return share
    there: FloatArray = np.histogram(places, marks)[0] / len(places)
    return there
