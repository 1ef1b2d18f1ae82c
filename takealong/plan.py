"""When each place of a course is reached, by the plan for a goal where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kernel.contracts.prediction import CheckpointForecast, Prediction, Split
from kernel.contracts.times import PlanSplit, QuantilesS
from kernel.forecast.checkpoints import AT_THE_FINISH_M
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
        stops = stops_in(split, prediction)
        going_s = split.time_s - sum(stop_s for _, stop_s in stops)
        stopped_s = 0.0
        for checkpoint, stop_s in stops:
            share = (checkpoint.at_m - split.from_m) / (split.to_m - split.from_m)
            reached.append(_surely(checkpoint.at_m, begun_s + share * going_s + stopped_s, stop_s))
            stopped_s += stop_s
        begun_s = split.elapsed_s
        reached.append(_surely(split.to_m, begun_s))
    return timeline_through(reached)


def stops_in(split: PlanSplit, prediction: Prediction) -> list[tuple[CheckpointForecast, float]]:
    """The checkpoints of a split of a plan with the seconds of stop at each.

    What is stood still there beyond the planned stops is shared out evenly, as the plan has it; at the finish is none.
    """
    there = [c for c in prediction.checkpoints if split.from_m <= c.at_m < split.to_m]
    resting = [c for c in there if 0 < c.at_m < prediction.route.distance_m - AT_THE_FINISH_M]
    unplanned_s = max(0.0, split.stop_s - sum(c.stop_s for c in there))
    return [(c, c.stop_s + (unplanned_s / len(resting) if c in resting else 0.0)) for c in there]


def _surely(at_m: float, after_s: float, stop_s: float = 0.0) -> Arrival:
    return Arrival(at_m, QuantilesS(round(after_s), round(after_s), round(after_s)), stop_s)
