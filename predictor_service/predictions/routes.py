"""HTTP: predictions."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from litestar import Request, Response, Router, post

from kernel.contracts.prediction import Prediction, PredictRequest
from kernel.tracks import MAX_GPX_BYTES
from predictor_service.changes import Changes
from predictor_service.predictions.service import PredictionService
from servicekit.web.openapi import taking_json
from servicekit.web.telegram_ids import checked_telegram_id
from servicekit.web.track_files import FileReader

MAX_PREDICT_BYTES: Final = MAX_GPX_BYTES + MAX_GPX_BYTES // 4
"""An inline GPX grows a little as a JSON string."""


def prediction_routes(service: PredictionService, files: FileReader, changes: Changes) -> Router:
    """`/predict`."""

    @post(
        "/predict",
        operation_id="Predict",
        status_code=200,
        request_max_body_size=MAX_PREDICT_BYTES,
        operation_class=taking_json(PredictRequest),
    )
    async def predict(request: Request[Any, Any, Any]) -> Response[Prediction]:
        """How long the athlete will take; for someone unknown, how long people take.

        Without a `telegram_id` it is for a guest: nothing of the request is kept, and no key of it either.
        """
        async with files.receive_json(request, MAX_PREDICT_BYTES) as body:
            asked = await service.asked(body)
            if asked.request.telegram_id is None:
                return Response(await service.predict_for_guest(asked))
            about = checked_telegram_id(asked.request.telegram_id)
            content = body if isinstance(body, bytes) else body.digest.encode()
            predict = partial(service.predict, asked, about)
            return await changes.prepare_and_commit(
                request, content, predict, service.record, together=service.recorded, about=about
            )

    return Router("/", route_handlers=[predict], tags=["predictions"])
