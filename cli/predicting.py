"""From what someone asked in the terminal to the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

import msgspec

from cli.course import Course
from cli.failure import Refused
from cli.words import assumption
from kernel.contracts.prediction import AskedCourse, Prediction
from kernel.contracts.route import CourseWarning
from kernel.forecast import (
    CheckpointBeyondRoute,
    Forecast,
    GoalImpossible,
    LengthImplausible,
    Question,
    ask,
    fit_profile,
    forecast_to_wire,
)
from kernel.pace import ActivityFeatures
from kernel.pace.paths import Paths
from languages.voice import Voice
from takealong.along import Arrival, Timeline, timeline_through

_ANSWERS: Final = UUID("5f6b5f0c-7a39-4c1b-9a55-0f8f0f1c8c11")
_DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """The prediction, arrivals at each kilometre, and what has to be said."""

    prediction: Prediction
    timeline: Timeline
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Been:
    """Where each past activity went, and where the course goes, under one key."""

    past: Sequence[Paths]
    course: Paths


def answer(
    course: Course,
    question: Question,
    features: Sequence[ActivityFeatures],
    now: datetime,
    voice: Voice | None = None,
    *,
    been: Been | None = None,
) -> Answer:
    """The prediction for a course.

    Raises Refused (`checkpoint_beyond_route`, `goal_impossible`, `length_implausible`).
    """
    today = now.timestamp() // _DAY_S
    past, way = (None, None) if been is None else (been.past, been.course)
    profile = fit_profile(features, question.mode, today_day=today, paths=past) if features else None
    try:
        forecast = ask(course.drawn, question, profile, paths=way)
    except CheckpointBeyondRoute as beyond:
        raise Refused("checkpoint_beyond_route", str(beyond)) from beyond
    except GoalImpossible as impossible:
        raise Refused("goal_impossible", str(impossible)) from impossible
    except LengthImplausible as wrong:
        raise Refused("length_implausible", str(wrong)) from wrong
    prediction = _identified(forecast_to_wire(forecast, "", course.drawn.warnings), course.name)
    notes = (
        () if profile else (assumption(forecast, question.flat_pace_s_per_km, voice or Voice(), read=len(features)),)
    )
    return Answer(prediction, _timeline(forecast, prediction), notes)


def warned(answered: Answer, warning: CourseWarning | None) -> Answer:
    """The answer with one more warning, if there is one."""
    if warning is None:
        return answered
    warnings = [*answered.prediction.warnings, warning]
    return replace(answered, prediction=msgspec.structs.replace(answered.prediction, warnings=warnings))


def _timeline(forecast: Forecast, prediction: Prediction) -> Timeline:
    """Arrivals at the end of each kilometre and at the checkpoints, as the forecast gives them for any place."""
    length_m = forecast.route.length_m
    passed = [
        Arrival(one.at_m, one.eta_s, one.stop_s)
        for one in forecast.arrivals([min(split.to_m, length_m) for split in prediction.splits[:-1]])
        if 0 < one.at_m < length_m
    ]
    return timeline_through([*passed, Arrival(prediction.splits[-1].to_m, prediction.elapsed_s)])


def _identified(prediction: Prediction, name: str) -> Prediction:
    """With the name of its course, and an id that is the same for the same answer."""
    told = AskedCourse(name=name, route_id=None, race_id=None, distance_id=None)
    prediction = msgspec.structs.replace(prediction, course=told)
    digest = uuid5(_ANSWERS, msgspec.json.encode(prediction).hex())
    return msgspec.structs.replace(prediction, prediction_id=str(digest))
