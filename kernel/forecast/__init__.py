"""Profile and route in, times out."""

from __future__ import annotations

from kernel.forecast.checkpoints import CheckpointBeyondRoute, CheckpointLike
from kernel.forecast.fit import FittedProfile, ProfileFacts, fit_profile
from kernel.forecast.forecast import MODEL, Forecast, predict, times_of
from kernel.forecast.plan import GoalImpossible
from kernel.forecast.sun import Place
from kernel.forecast.waypoints import checkpoints_of_waypoints
from kernel.forecast.wire import forecast_to_wire

__all__ = [
    "MODEL",
    "CheckpointBeyondRoute",
    "CheckpointLike",
    "FittedProfile",
    "Forecast",
    "GoalImpossible",
    "Place",
    "ProfileFacts",
    "checkpoints_of_waypoints",
    "fit_profile",
    "forecast_to_wire",
    "predict",
    "times_of",
]
