"""HTTP: predictions."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from litestar import Request, Response, Router, post
from litestar.params import JSONBody

from kernel.contracts.prediction import Prediction, PredictRequest
from kernel.tracks import MAX_GPX_BYTES
from predictor_service.changes import Changes
from predictor_service.predictions.service import PredictionService
from servicekit.web.telegram_ids import checked_telegram_id

MAX_PREDICT_BYTES: Final = MAX_GPX_BYTES + MAX_GPX_BYTES // 4
"""An inline GPX grows a little as a JSON string."""


def prediction_routes(service: PredictionService, changes: Changes) -> Router:
    """`/predict`."""

    @post("/predict", operation_id="Predict", status_code=200, request_max_body_size=MAX_PREDICT_BYTES)
    async def predict(request: Request[Any, Any, Any], data: JSONBody[PredictRequest]) -> Response[Prediction]:
        """How long the athlete will take; for someone unknown, how long people take."""
        checked_telegram_id(data.telegram_id)
        body = await request.body()
        predict = partial(service.predict, data)
        return await changes.prepare_and_commit(request, body, predict, service.record, about=data.telegram_id)

    return Router("/", route_handlers=[predict], tags=["predictions"])
