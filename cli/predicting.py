"""From what someone asked in the terminal to the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

import msgspec
import numpy as np

from cli.course import Course
from cli.draw.scene import Scene
from cli.failure import Refused
from cli.show.words import assumption
from kernel.contracts.prediction import CheckpointRequest, Effort, Mode, Prediction
from kernel.forecast import CheckpointBeyondRoute, FittedProfile, fit_profile, forecast_to_wire, predict
from kernel.forecast.splits import pacing_of
from kernel.pace import KIND_OF_MODE, ActivityFeatures
from kernel.tracks import FloatArray

_ANSWERS: Final = UUID("5f6b5f0c-7a39-4c1b-9a55-0f8f0f1c8c11")
_DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Question:
    """What the options say; paces in seconds per kilometre, times in seconds."""

    mode: Mode = "trail_run"
    effort: Effort = "moderate"
    flat_pace_s_per_km: float | None = None
    start: datetime | None = None
    goal_s: float | None = None
    checkpoints: tuple[CheckpointRequest, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The prediction, and what has to be said about how it came to be."""

    prediction: Prediction
    notes: tuple[str, ...]


def profile_of(features: Sequence[ActivityFeatures], mode: Mode, now: datetime) -> FittedProfile | None:
    """The profile of past activities, None when none of them counts for the mode."""
    return fit_profile(features, mode, today_day=now.timestamp() // _DAY_S) if features else None


def answer(course: Course, question: Question, features: Sequence[ActivityFeatures], now: datetime) -> Answer:
    """The prediction for a course. Raises Refused (`checkpoint_beyond_route`)."""
    profile = profile_of(features, question.mode, now)
    try:
        forecast = predict(
            course.route,
            mode=question.mode,
            profile=profile,
            flat_pace_s_per_km=question.flat_pace_s_per_km,
            checkpoints=question.checkpoints,
        )
    except CheckpointBeyondRoute as beyond:
        raise Refused("checkpoint_beyond_route", str(beyond)) from beyond
    prediction = _named(forecast_to_wire(forecast, ""))
    notes = () if profile else (assumption(question.mode, question.flat_pace_s_per_km, read=len(features)),)
    return Answer(prediction, notes)


def scene_of(course: Course, question: Question, prediction: Prediction) -> Scene:
    """What a picture of the answer shows."""
    pacing = pacing_of(course.route, KIND_OF_MODE[question.mode], prediction.interval.p50_s)
    segment_s: FloatArray = np.diff(pacing.share) * prediction.interval.p50_s
    return Scene(
        title=course.name,
        route=course.route,
        s_per_km=1000.0 * segment_s / course.route.segment_length_m,
        prediction=prediction,
        start=question.start,
    )


def _named(prediction: Prediction) -> Prediction:
    """With an id that is the same for the same answer."""
    name = uuid5(_ANSWERS, msgspec.json.encode(prediction).hex())
    return msgspec.structs.replace(prediction, prediction_id=str(name))
