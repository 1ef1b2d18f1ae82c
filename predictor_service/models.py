"""Every table of the predictor: importing this module puts them all into the metadata of `Base`."""

from __future__ import annotations

from typing import Final

from predictor_service.accuracy import models as accuracy
from predictor_service.activities import models as activities
from predictor_service.athletes import models as athletes
from predictor_service.events import models as events
from predictor_service.imports import models as imports
from predictor_service.models_base import IDEMPOTENCY_KEYS, JOBS, Base
from predictor_service.ops import models as ops
from predictor_service.paths import models as paths
from predictor_service.predictions import models as predictions
from predictor_service.profiles import models as profiles
from predictor_service.races import models as races
from predictor_service.routes import models as routes
from predictor_service.sight import models as sight
from predictor_service.strava.own_app import models as own_app
from predictor_service.sync import models as sync

__all__ = ["IDEMPOTENCY_KEYS", "JOBS", "MODELS", "Base"]

MODELS: Final = (
    *(accuracy, activities, athletes, events, imports, ops, own_app, paths, predictions),
    *(profiles, races, routes, sight, sync),
)
