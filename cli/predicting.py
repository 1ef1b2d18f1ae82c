"""From what someone asked in the terminal to the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

import msgspec

from cli.along import Arrival, Timeline, timeline_through
from cli.course import Course
from cli.failure import Refused
from cli.words import assumption
from kernel.contracts.prediction import Prediction
from kernel.forecast import (
    CheckpointBeyondRoute,
    Forecast,
    GoalImpossible,
    Question,
    ask,
    fit_profile,
    forecast_to_wire,
)
from kernel.forecast.sun import CIVIL_DEG, sky_over
from kernel.pace import ActivityFeatures
from kernel.tracks import FloatArray

_ANSWERS: Final = UUID("5f6b5f0c-7a39-4c1b-9a55-0f8f0f1c8c11")
_DAY_S: Final = 86_400.0

Night = tuple[float, float]
"""Seconds after the start at which it gets dark, and light again."""


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
    try:
        forecast = ask(course.drawn, question, profile)
    except CheckpointBeyondRoute as beyond:
        raise Refused("checkpoint_beyond_route", str(beyond)) from beyond
    except GoalImpossible as impossible:
        raise Refused("goal_impossible", str(impossible)) from impossible
    prediction = _identified(forecast_to_wire(forecast, ""))
    notes = () if profile else (assumption(question.mode, question.flat_pace_s_per_km, read=len(features)),)
    return Answer(prediction, _timeline(forecast, prediction), forecast.s_per_km, notes)


def nights_of(course: Course, start: datetime, elapsed_s: float) -> tuple[Night, ...]:
    """From civil dusk to civil dawn, as far as they begin before the end."""
    place = course.drawn.place
    if place is None:
        return ()
    sky = sky_over(place, start, 0.0, elapsed_s + _DAY_S)
    begins = [0.0] * sky.is_below(CIVIL_DEG) + [s for s in sky.crossings(CIVIL_DEG, rising=False).tolist() if s > 0]
    ends = [s for s in sky.crossings(CIVIL_DEG, rising=True).tolist() if s > 0]
    ends += [elapsed_s + _DAY_S] * (len(begins) - len(ends))
    return tuple((dusk, dawn) for dusk, dawn in zip(begins, ends, strict=False) if dusk < elapsed_s)


def _timeline(forecast: Forecast, prediction: Prediction) -> Timeline:
    """Arrivals at the end of each kilometre and at the checkpoints, as the forecast gives them for any place."""
    length_m = forecast.route.length_m
    passed = [
        Arrival(one.at_m, one.eta_s, one.stop_s)
        for one in forecast.arrivals([min(split.to_m, length_m) for split in prediction.splits[:-1]])
        if 0 < one.at_m < length_m
    ]
    return timeline_through([*passed, Arrival(prediction.splits[-1].to_m, prediction.elapsed_s)])


def _identified(prediction: Prediction) -> Prediction:
    """With an id that is the same for the same answer."""
    name = uuid5(_ANSWERS, msgspec.json.encode(prediction).hex())
    return msgspec.structs.replace(prediction, prediction_id=str(name))
