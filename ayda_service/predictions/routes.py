"""HTTP: courses, predictions and the member's profile."""

from __future__ import annotations

from typing import Annotated

from litestar import Router, get, post
from litestar.params import JSONBody, PathParameter, QueryParameter

from ayda_service.predictions.service import PredictionService
from ayda_service.telegram.identity import AnyRequest, Member, MemberGuards
from kernel.contracts.prediction import Mode, Prediction, PredictionRequest
from kernel.contracts.profile import Profile
from kernel.contracts.route import RaceCourse, RaceList, Route
from servicekit.web.doors import door
from servicekit.web.sent_files import MAX_UPLOAD_BYTES
from servicekit.web.track_files import FileReader, TrackQuery

ModeQuery = Annotated[Mode, QueryParameter(name="type")]


def prediction_routes(service: PredictionService, files: FileReader, guards: MemberGuards) -> Router:
    """`/routes`, `/predictions`, `/profile`, `/races`."""

    @post("/routes", operation_id="AddRoute", status_code=201, request_max_body_size=MAX_UPLOAD_BYTES)
    async def add_route(request: AnyRequest, identity: Member, track: TrackQuery = None) -> Route:
        """Stores the course in a file, sent as the body or the form field `file`; `track` is one of several in it."""
        async with files.receive(request) as sent:
            return await service.add_route(identity.telegram_id, identity.vouched_at, sent, track)

    @post("/predictions", operation_id="Predict", status_code=201)
    async def predict(request: AnyRequest, identity: Member, data: JSONBody[PredictionRequest]) -> Prediction:
        """How long a course takes the member who asks."""
        key = request.headers.get("Idempotency-Key")
        return await service.predict(identity.telegram_id, identity.vouched_at, data, idempotency_key=key)

    @get("/predictions/{prediction_id:str}", operation_id="Prediction")
    async def show(identity: Member, prediction_id: Annotated[str, PathParameter()]) -> Prediction:
        """An earlier answer to the member who asks."""
        return await service.prediction(identity.telegram_id, prediction_id)

    @get("/profile", operation_id="OwnProfile")
    async def profile(identity: Member, mode: ModeQuery = "trail_run") -> Profile:
        """The profile of the member who asks."""
        return await service.profile(identity.telegram_id, mode)

    @get("/races", operation_id="Races")
    async def races() -> RaceList:
        """The race catalogue; it is public."""
        return await service.races()

    @get("/races/{race_id:str}/distances/{distance_id:str}", operation_id="RaceCourse")
    async def race_course(
        race_id: Annotated[str, PathParameter()], distance_id: Annotated[str, PathParameter()]
    ) -> RaceCourse:
        """One distance of a race with its profile; it is public."""
        return await service.race_course(race_id, distance_id)

    own = Router("/", route_handlers=[add_route, predict, show, profile], middleware=[door(guards.recent)])
    return Router("/", route_handlers=[own, races, race_course], tags=["predictions"])
