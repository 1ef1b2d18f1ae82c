"""A prediction beside what really happened on the same course."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Final, Literal

import msgspec
import numpy as np

from cli.course import Course
from cli.failure import Refused
from kernel.contracts.prediction import Prediction
from kernel.tracks import FloatArray, Recording
from kernel.tracks.distance import cumulative_m, step_lengths_m
from takealong.along import Timeline

_LENGTH_TOLERANCE: Final = 1.1
_ASIDE_M: Final = 150.0
_ASIDE_SHARE: Final = 0.03
_SHORTEST_COVERED: Final = 0.05
_METRES_PER_DEGREE: Final = 111_195.0
_Bound = Literal["p10", "p90"]
_BOUNDS: Final[tuple[_Bound, ...]] = ("p10", "p90")


class ComparedSplit(msgspec.Struct, frozen=True):
    """One kilometre: moving seconds predicted and taken, and since the start; elapsed seconds since the start.

    The band of moving time narrows along the way as that of arrivals does, and is the predicted one at the finish;
    `inside` says whether the moving time lies in it.
    """

    from_m: float
    to_m: float
    predicted_s: float
    actual_s: float
    predicted_so_far_s: float
    actual_so_far_s: float
    predicted_elapsed_s: float
    actual_elapsed_s: float
    low_so_far_s: float
    high_so_far_s: float
    inside: bool

    @property
    def late_s(self) -> float:
        """Moving seconds behind the prediction at the end of this split."""
        return self.actual_so_far_s - self.predicted_so_far_s


class Comparison(msgspec.Struct, frozen=True):
    """Every split that was covered. `recorded_m` is the recording's own length, `covered_m` that along the route."""

    started_at: datetime
    recorded_m: float
    covered_m: float
    finished: bool
    splits: list[ComparedSplit]

    @property
    def last(self) -> ComparedSplit:
        """Where the recording ends."""
        return self.splits[-1]


def compare(course: Course, recording: Recording, prediction: Prediction, timeline: Timeline) -> Comparison:
    """The comparison, by distance along the route.

    A recording up to 10 % shorter or longer than the route is the whole of it, its distances scaled to fit; a shorter
    one counts as a beginning. Raises Refused (`other_course`) when it is longer, or ran elsewhere.
    """
    length_m, recorded_m = course.route.length_m, float(recording.distance_m[-1])
    ratio = recorded_m / length_m
    if ratio > _LENGTH_TOLERANCE:
        raise Refused(
            "other_course",
            f"The recording is {recorded_m / 1000:.1f} km long and the route {length_m / 1000:.1f} km: not one course.",
        )
    finished = ratio >= 1 / _LENGTH_TOLERANCE
    scale = ratio if finished else 1.0
    covered_m = length_m if finished else recorded_m
    _check_place(course, recording, scale, covered_m)
    splits = _splits(recording, prediction, timeline, scale, covered_m)
    if not splits:
        raise Refused("other_course", "The recording ends before the first split of the route does.")
    return Comparison(recording.started_at, round(recorded_m, 1), round(covered_m, 1), finished, splits)


def _splits(
    recording: Recording, prediction: Prediction, timeline: Timeline, scale: float, covered_m: float
) -> list[ComparedSplit]:
    covered = [split for split in prediction.splits if split.to_m <= covered_m + 1.0]
    ends_m = np.array([split.to_m for split in covered])
    middle = np.cumsum([float(split.time_s.p50) for split in covered])
    expected_s = timeline.at(ends_m)
    low, high = (middle * _off_median(prediction, timeline, ends_m, quantile) for quantile in _BOUNDS)
    moving_s = recording.moving_s_at(ends_m * scale)
    elapsed_s = _elapsed_at(recording, ends_m * scale)
    return [
        ComparedSplit(
            from_m=split.from_m,
            to_m=split.to_m,
            predicted_s=float(split.time_s.p50),
            actual_s=round(float(moving_s[i] - (moving_s[i - 1] if i else 0.0)), 1),
            predicted_so_far_s=float(middle[i]),
            actual_so_far_s=round(float(moving_s[i]), 1),
            predicted_elapsed_s=round(float(expected_s[i]), 1),
            actual_elapsed_s=round(float(elapsed_s[i]), 1),
            low_so_far_s=round(float(low[i]), 1),
            high_so_far_s=round(float(high[i]), 1),
            inside=bool(low[i] <= moving_s[i] <= high[i]),
        )
        for i, split in enumerate(covered)
    ]


def _off_median(prediction: Prediction, timeline: Timeline, ends_m: FloatArray, quantile: _Bound) -> FloatArray:
    """A bound of moving time over its median at each place: of arrivals, without what stops add to their doubt."""
    finish_m = np.array([prediction.splits[-1].to_m])
    of_arrivals, at_finish = (
        np.log(np.maximum(timeline.at(at_m, quantile), 1.0) / np.maximum(timeline.at(at_m), 1.0))
        for at_m in (ends_m, finish_m)
    )
    bound_s = {"p10": prediction.interval.p10_s, "p90": prediction.interval.p90_s}[quantile]
    moving = math.log(bound_s / prediction.interval.p50_s)
    share = moving / at_finish[0] if at_finish[0] else 1.0
    off: FloatArray = np.exp(share * of_arrivals)
    return off


def _elapsed_at(recording: Recording, distance_m: FloatArray) -> FloatArray:
    """Seconds since the start when each distance is reached, a stop there included."""
    last_there = np.concatenate((np.diff(recording.distance_m) > 1e-6, [True]))
    return np.interp(distance_m, recording.distance_m[last_there], recording.time_s[last_there])


def _check_place(course: Course, recording: Recording, scale: float, covered_m: float) -> None:
    """Whether both were at about the same places, where the recording knows its places."""
    if recording.lat_deg is None or recording.lon_deg is None:
        return
    track = course.track
    along_m = cumulative_m(step_lengths_m(track.lat_deg, track.lon_deg))
    marks_m = np.linspace(0.0, covered_m, 50)
    north, east = (
        np.interp(marks_m, along_m, planned) - np.interp(marks_m * scale, recording.distance_m, went)
        for planned, went in ((track.lat_deg, recording.lat_deg), (track.lon_deg, recording.lon_deg))
    )
    east = (east + 180.0) % 360.0 - 180.0
    apart_m = _METRES_PER_DEGREE * np.hypot(north, east * np.cos(np.radians(float(track.lat_deg[0]))))
    if float(np.median(apart_m)) > _ASIDE_M + _ASIDE_SHARE * course.route.length_m:
        raise Refused("other_course", "The recording ran elsewhere than the route, or the other way round.")
