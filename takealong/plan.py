"""When each place of a course is reached, by the plan for a goal where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kernel.contracts.prediction import Prediction, Split
from kernel.contracts.times import QuantilesS
from takealong.along import Arrival, Timeline, timeline_through


@dataclass(frozen=True, slots=True)
class Kilometre:
    """One split with its pace, its time (planned stops included), its stops, and when its end is reached.

    `stop_s` is None where no plan says it.
    """

    split: Split
    pace_s_per_km: float
    time_s: int
    stop_s: int | None
    reached_s: float


def kilometres(prediction: Prediction, timeline: Timeline) -> Iterator[Kilometre]:
    """Each split as planned for the goal, or as forecast where there is none."""
    planned = prediction.plan.splits if prediction.plan else [None] * len(prediction.splits)
    for split, plan in zip(prediction.splits, planned, strict=True):
        reached_s = timeline.reached_s(split.to_m)
        if plan is None:
            pace = 1000.0 * split.time_s.p50 / max(1.0, split.to_m - split.from_m)
            yield Kilometre(split, pace, split.time_s.p50, None, reached_s)
        else:
            yield Kilometre(split, plan.pace_s_per_km, plan.time_s, plan.stop_s, reached_s)


def planned_timeline(prediction: Prediction, forecast: Timeline) -> Timeline:
    """When each place is reached: as planned for the goal, or as forecast where there is none."""
    if prediction.plan is None:
        return forecast
    reached: list[Arrival] = []
    begun_s = 0.0
    for split in prediction.plan.splits:
        stops = [c for c in prediction.checkpoints if split.from_m <= c.at_m < split.to_m]
        going_s = split.time_s - sum(c.stop_s for c in stops)
        stopped_s = 0.0
        for checkpoint in stops:
            share = (checkpoint.at_m - split.from_m) / (split.to_m - split.from_m)
            reached.append(_surely(checkpoint.at_m, begun_s + share * going_s + stopped_s, checkpoint.stop_s))
            stopped_s += checkpoint.stop_s
        begun_s = split.elapsed_s
        reached.append(_surely(split.to_m, begun_s))
    return timeline_through(reached)


def _surely(at_m: float, after_s: float, stop_s: float = 0.0) -> Arrival:
    return Arrival(at_m, QuantilesS(round(after_s), round(after_s), round(after_s)), stop_s)
