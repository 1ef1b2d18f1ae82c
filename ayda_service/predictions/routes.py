"""HTTP: courses, predictions and the member's profile."""

from __future__ import annotations

from typing import Annotated

from litestar import Router, get, post
from litestar.params import JSONBody, PathParameter, QueryParameter

from ayda_service.predictions.service import PredictionService
from ayda_service.telegram.identity import AnyRequest, Doorkeeper, identify
from kernel.contracts.prediction import Mode, Prediction, PredictionRequest
from kernel.contracts.profile import Profile
from kernel.contracts.route import RaceList, Route
from servicekit.web.track_files import MAX_UPLOAD_BYTES, read_upload

ModeQuery = Annotated[Mode, QueryParameter(name="type")]


def prediction_routes(service: PredictionService, doorkeeper: Doorkeeper) -> Router:
    """`/routes`, `/predictions`, `/profile`, `/races`."""

    @post("/routes", operation_id="AddRoute", status_code=201, request_max_body_size=MAX_UPLOAD_BYTES)
    async def add_route(request: AnyRequest) -> Route:
        """Stores a course, sent as the body or as the form field `file`; the same file again is the same route."""
        identify(doorkeeper, request)
        return await service.add_route(await read_upload(request))

    @post("/predictions", operation_id="Predict", status_code=201)
    async def predict(request: AnyRequest, data: JSONBody[PredictionRequest]) -> Prediction:
        """How long a course takes the member who asks."""
        telegram_id = identify(doorkeeper, request).telegram_id
        return await service.predict(telegram_id, data, idempotency_key=request.headers.get("Idempotency-Key"))

    @get("/predictions/{prediction_id:str}", operation_id="Prediction")
    async def show(request: AnyRequest, prediction_id: Annotated[str, PathParameter()]) -> Prediction:
        """An earlier answer to the member who asks."""
        return await service.prediction(identify(doorkeeper, request).telegram_id, prediction_id)

    @get("/profile", operation_id="OwnProfile")
    async def profile(request: AnyRequest, mode: ModeQuery = "trail_run") -> Profile:
        """The profile of the member who asks."""
        return await service.profile(identify(doorkeeper, request).telegram_id, mode)

    @get("/races", operation_id="Races")
    async def races() -> RaceList:
        """The race catalogue; it is public."""
        return await service.races()

    return Router("/", route_handlers=[add_route, predict, show, profile, races], tags=["predictions"])
