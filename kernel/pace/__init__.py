"""What an athlete does: gradient categories, classical formulas, the population, and features of activities."""

from __future__ import annotations

from kernel.pace.features import FEATURES_FORMAT, ActivityFeatures, features_of_recording, features_of_splits
from kernel.pace.population import KIND_OF_MODE, KIND_OF_SPORT, prior_flat_pace_s_per_km
from kernel.pace.samples import SplitSample

__all__ = [
    "FEATURES_FORMAT",
    "KIND_OF_MODE",
    "KIND_OF_SPORT",
    "ActivityFeatures",
    "SplitSample",
    "features_of_recording",
    "features_of_splits",
    "prior_flat_pace_s_per_km",
]
