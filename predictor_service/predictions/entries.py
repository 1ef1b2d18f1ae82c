"""A forecast as its line in the ledger."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from kernel.contracts.prediction import Mode, Prediction, PredictRequest
from kernel.pace import KIND_OF_MODE
from kernel.pace.same_course import course_features
from kernel.tracks import RouteGeometry

KEPT_COURSES: Final = 16
"""Ready to be asked about, of 0.2 MB each for 100 km."""


@lru_cache(KEPT_COURSES)
def recognised_by(route: RouteGeometry, mode: Mode) -> bytes:
    """What an outing along this course is told by."""
    return course_features(route, KIND_OF_MODE[mode]).to_bytes()


def ledger_entry(request: PredictRequest, reference: str, prediction: Prediction, now: datetime) -> dict[str, Any]:
    """The line of a forecast about anybody; what is added of an athlete stays empty for somebody unknown."""
    elapsed = prediction.elapsed_s
    unknown = dict.fromkeys(("athlete_id", "stretch", "inputs_hash", "course_name", "course"))
    return {
        **unknown,
        "id": UUID(prediction.prediction_id),
        "mode": request.mode,
        "effort": request.effort,
        "route_ref": reference,
        "distance_m": prediction.route.distance_m,
        "gain_m": prediction.route.gain_m,
        "p10_s": prediction.interval.p10_s,
        "p50_s": prediction.interval.p50_s,
        "p90_s": prediction.interval.p90_s,
        "elapsed_p10_s": elapsed.p10,
        "elapsed_p50_s": elapsed.p50,
        "elapsed_p90_s": elapsed.p90,
        "personalized": prediction.personalized,
        "model": prediction.model,
        "start_at": prediction.start_at,
        "created_at": now,
    }
