"""What an athlete does: gradient categories, classical formulas, the population, and features of activities."""

from __future__ import annotations

from kernel.fitted import Kind
from kernel.pace.categories import CATEGORY_NAMES, categories_of, category_of
from kernel.pace.features import FEATURES_FORMAT, ActivityFeatures, features_of_recording, features_of_splits
from kernel.pace.formulas import FormulaTimes, formulas_s
from kernel.pace.population import KIND_OF_MODE, KIND_OF_SPORT, prior_flat_pace_s_per_km
from kernel.pace.samples import SplitSample

__all__ = [
    "CATEGORY_NAMES",
    "FEATURES_FORMAT",
    "KIND_OF_MODE",
    "KIND_OF_SPORT",
    "ActivityFeatures",
    "FormulaTimes",
    "Kind",
    "SplitSample",
    "categories_of",
    "category_of",
    "features_of_recording",
    "features_of_splits",
    "formulas_s",
    "prior_flat_pace_s_per_km",
]
