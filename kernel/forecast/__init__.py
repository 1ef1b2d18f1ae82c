"""Profile and route in, times out."""

from __future__ import annotations

from kernel.forecast.answer import facts_of, forecast_to_wire
from kernel.forecast.ask import Course, Question, ask, course_of, start_at_course, start_of
from kernel.forecast.checkpoints import CheckpointBeyondRoute
from kernel.forecast.drawn import LengthImplausible, drawn_as
from kernel.forecast.fitted_profile import FittedProfile
from kernel.forecast.fitting import fit_profile
from kernel.forecast.forecast import MODEL, Forecast, predict, times_of
from kernel.forecast.plan import GoalImpossible
from kernel.forecast.stated import (
    PaceStatedTwice,
    ResultImplausible,
    flat_pace_of_result_s_per_km,
    stated_flat_pace_s_per_km,
)
from kernel.forecast.sun import Place

__all__ = [
    "MODEL",
    "CheckpointBeyondRoute",
    "Course",
    "FittedProfile",
    "Forecast",
    "GoalImpossible",
    "LengthImplausible",
    "PaceStatedTwice",
    "Place",
    "Question",
    "ResultImplausible",
    "ask",
    "course_of",
    "drawn_as",
    "facts_of",
    "fit_profile",
    "flat_pace_of_result_s_per_km",
    "forecast_to_wire",
    "predict",
    "start_at_course",
    "start_of",
    "stated_flat_pace_s_per_km",
    "times_of",
]
