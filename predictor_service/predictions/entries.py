"""A forecast as its line in the ledger."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from kernel.contracts.prediction import Prediction, PredictRequest


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
