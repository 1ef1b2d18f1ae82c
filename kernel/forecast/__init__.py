"""Profile and route in, times out."""

from __future__ import annotations

from kernel.forecast.fit import FittedProfile, ProfileFacts, fit_profile
from kernel.forecast.forecast import MODEL, Forecast, predict, times_of
from kernel.forecast.splits import CheckpointBeyondRoute, CheckpointLike
from kernel.forecast.wire import forecast_to_wire

__all__ = [
    "MODEL",
    "CheckpointBeyondRoute",
    "CheckpointLike",
    "FittedProfile",
    "Forecast",
    "ProfileFacts",
    "fit_profile",
    "forecast_to_wire",
    "predict",
    "times_of",
]
