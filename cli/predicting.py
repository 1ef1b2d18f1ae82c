"""From what someone asked in the terminal to the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

import msgspec
import numpy as np

from cli.along import Arrival, Timeline, timeline_through
from cli.course import Course
from cli.failure import Refused
from cli.show.words import assumption
from kernel.contracts.prediction import CheckpointRequest, Effort, Mode, Prediction
from kernel.forecast import (
    CheckpointBeyondRoute,
    FittedProfile,
    Forecast,
    GoalImpossible,
    Place,
    checkpoints_of_waypoints,
    fit_profile,
    forecast_to_wire,
    predict,
)
from kernel.forecast.pacing import pacing_of
from kernel.forecast.sun import CIVIL_DEG, sky_over
from kernel.pace import KIND_OF_MODE, ActivityFeatures
from kernel.tracks import FloatArray

_ANSWERS: Final = UUID("5f6b5f0c-7a39-4c1b-9a55-0f8f0f1c8c11")
_DAY_S: Final = 86_400.0
_MARK: Final = "km"

Night = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Question:
    """What the options say; paces in seconds per kilometre, times in seconds. No checkpoints: the file's own."""

    mode: Mode = "trail_run"
    effort: Effort = "moderate"
    flat_pace_s_per_km: float | None = None
    start: datetime | None = None
    goal_s: float | None = None
    checkpoints: tuple[CheckpointRequest, ...] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """The prediction, arrivals at each kilometre, pace in each segment of the route, and what has to be said."""

    prediction: Prediction
    timeline: Timeline
    s_per_km: FloatArray
    notes: tuple[str, ...]


def answer(course: Course, question: Question, features: Sequence[ActivityFeatures], now: datetime) -> Answer:
    """The prediction for a course. Raises Refused (`checkpoint_beyond_route`, `goal_impossible`)."""
    today = now.timestamp() // _DAY_S
    profile = fit_profile(features, question.mode, today_day=today) if features else None
    checkpoints = question.checkpoints
    if checkpoints is None:
        checkpoints = tuple(checkpoints_of_waypoints(course.track, course.route))
    forecast = _forecast(course, question, profile, checkpoints)
    prediction = _identified(forecast_to_wire(forecast, ""))
    notes = () if profile else (assumption(question.mode, question.flat_pace_s_per_km, read=len(features)),)
    timeline = _timeline(course, question, profile, (checkpoints, prediction))
    return Answer(prediction, timeline, _pace(course, forecast), notes)


def nights_of(course: Course, start: datetime, elapsed_s: float) -> tuple[Night, ...]:
    """From civil dusk to civil dawn, as far as they fall between the start and so long after it."""
    place = _place(course)
    sky = sky_over(place, start, 0.0, elapsed_s + _DAY_S)
    begins = [0.0] * sky.is_below(CIVIL_DEG) + [s for s in sky.crossings(CIVIL_DEG, rising=False).tolist() if s > 0]
    ends = [s for s in sky.crossings(CIVIL_DEG, rising=True).tolist() if s > 0]
    ends += [elapsed_s + _DAY_S] * (len(begins) - len(ends))
    spans = [(dusk, dawn) for dusk, dawn in zip(begins, ends, strict=False) if dusk < elapsed_s]
    return tuple((start + timedelta(seconds=dusk), start + timedelta(seconds=dawn)) for dusk, dawn in spans)


def _forecast(
    course: Course, question: Question, profile: FittedProfile | None, checkpoints: Sequence[CheckpointRequest]
) -> Forecast:
    try:
        return predict(
            course.route,
            mode=question.mode,
            profile=profile,
            flat_pace_s_per_km=question.flat_pace_s_per_km,
            checkpoints=checkpoints,
            effort=question.effort,
            goal_s=question.goal_s,
            start_at=question.start,
            place=_place(course),
        )
    except CheckpointBeyondRoute as beyond:
        raise Refused("checkpoint_beyond_route", str(beyond)) from beyond
    except GoalImpossible as impossible:
        raise Refused("goal_impossible", str(impossible)) from impossible


def _timeline(
    course: Course,
    question: Question,
    profile: FittedProfile | None,
    told: tuple[Sequence[CheckpointRequest], Prediction],
) -> Timeline:
    """Arrivals at the end of each kilometre and at the checkpoints, as the forecast gives them for any place."""
    checkpoints, prediction = told
    length_m = course.route.length_m
    marks = [CheckpointRequest(_MARK, min(split.to_m, length_m)) for split in prediction.splits[:-1]]
    asked = Question(question.mode, question.effort, question.flat_pace_s_per_km)
    forecast = _forecast(course, asked, profile, [*marks, *checkpoints])
    passed = [
        Arrival(one.at_m, one.eta_s, one.stop_s)
        for one in forecast_to_wire(forecast, "").checkpoints
        if 0 < one.at_m < length_m
    ]
    return timeline_through([*passed, Arrival(prediction.splits[-1].to_m, prediction.elapsed_s)])


def _pace(course: Course, forecast: Forecast) -> FloatArray:
    """Seconds per kilometre in each segment of the route."""
    total_s = forecast.asked.p50_s
    share = np.diff(pacing_of(course.route, KIND_OF_MODE[forecast.mode], total_s).share)
    pace: FloatArray = 1000.0 * total_s * share / course.route.segment_length_m
    return pace


def _place(course: Course) -> Place:
    return Place(float(course.track.lat_deg[0]), float(course.track.lon_deg[0]))


def _identified(prediction: Prediction) -> Prediction:
    """With an id that is the same for the same answer."""
    name = uuid5(_ANSWERS, msgspec.json.encode(prediction).hex())
    return msgspec.structs.replace(prediction, prediction_id=str(name))
