"""HTTP: predictions for guests, what they take along, and what stands in for an account."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Annotated, Any, Final

from litestar import Request, Response, Router, post
from litestar.connection import ASGIConnection
from litestar.enums import RequestEncodingType
from litestar.exceptions import NotFoundException
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.params import PathParameter, QueryParameter

from ayda_service.errors import QuestionTooLarge
from ayda_service.guests.service import GuestService
from ayda_service.plans.routes import MEDIA_TYPES, taken_along
from ayda_service.problems import PROBLEMS
from kernel.contracts.activity import SportTag
from kernel.contracts.guest import MOST_GUEST_BODY_BYTES, GuestQuestion
from kernel.contracts.prediction import Prediction
from languages.catalog import language_wanted
from languages.voice import Units, Voice
from servicekit.web.doors import door
from servicekit.web.lines import LINES_MEDIA_TYPE, LinesResponse
from servicekit.web.openapi import taking_json
from servicekit.web.sent_files import INLINE_BYTES, MAX_UPLOAD_BYTES, Sent
from servicekit.web.track_files import FileReader
from servicekit.web.validation import strict_json

PROFILES_PATH: Final = "/api/v1/guest/profiles"
_FIELD: Final = "question"
NameInPath = Annotated[str, PathParameter()]
SportQuery = Annotated[SportTag | None, QueryParameter(description="Taken where a file does not name its own.")]
Wanted = Annotated[str | None, QueryParameter(max_length=35)]
InUnits = Annotated[Units, QueryParameter()]


def guest_routes(service: GuestService, files: FileReader) -> Router:
    """`/guest`."""

    async def let_in(_connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
        service.let_in()

    handlers = [_predict(service, files), _plan(service, files), _profile(service)]
    return Router("/guest", route_handlers=handlers, middleware=[door(let_in)], tags=["guests"])


def _predict(service: GuestService, files: FileReader) -> HTTPRouteHandler:
    @post(
        "/predictions",
        operation_id="PredictForGuest",
        status_code=200,
        request_max_body_size=MAX_UPLOAD_BYTES,
        operation_class=taking_json(GuestQuestion),
    )
    async def predict(request: Request[Any, Any, Any]) -> Prediction:
        """How long a course takes somebody who is not known; nothing is stored.

        The question is the JSON of the body, about a race of the catalogue; or it is the field `question` of a form
        whose field `file` is a GPX.
        """
        async with _asked(request, files) as (question, sent):
            return await (service.predict(question) if sent is None else service.predict_course(question, sent))

    return predict


def _plan(service: GuestService, files: FileReader) -> HTTPRouteHandler:
    @post(
        "/plans/{name:str}",
        operation_id="PlanForGuest",
        status_code=200,
        request_max_body_size=MAX_UPLOAD_BYTES,
        operation_class=taking_json(GuestQuestion),
    )
    async def plan(
        request: Request[Any, Any, Any], name: NameInPath, lang: Wanted = None, units: InUnits = "metric"
    ) -> Response[bytes]:
        """What a guest takes along: `card.png`, `plan.gpx`, `plan.csv`, `course.tcx` or `crew.html`.

        It is asked for as a prediction is, and made of a new one: nothing was kept. The card and the sheet speak the
        language `lang`, else that of the browser.
        """
        kind = next((each for each in MEDIA_TYPES if each == name), None)
        if kind is None:
            raise NotFoundException
        voice = Voice(language_wanted(lang, request.headers.get("Accept-Language", "")), units)
        async with _asked(request, files) as (question, sent):
            if sent is None:
                return taken_along(kind, await service.plan(kind, question, voice))
            return taken_along(kind, await service.plan_course(kind, question, sent, voice))

    return plan


def _profile(service: GuestService) -> HTTPRouteHandler:
    @post(
        "/profiles",
        operation_id="MakeGuestProfile",
        status_code=200,
        request_max_body_size=MOST_GUEST_BODY_BYTES,
        media_type=LINES_MEDIA_TYPE,
    )
    async def make_profile(request: Request[Any, Any, Any], sport: SportQuery = None) -> LinesResponse:
        """Reads a guest's recordings and answers how far it is, line by line (`ReadingLine`).

        The body is a form with fields `file`, or such a file: GPX, TCX, FIT, or a ZIP of them. Of the profile in the
        last line nothing stays here.
        """
        return LinesResponse(partial(service.profile, request, sport), PROBLEMS)

    return make_profile


@asynccontextmanager
async def _asked(
    request: Request[Any, Any, Any], files: FileReader
) -> AsyncIterator[tuple[GuestQuestion, Sent | None]]:
    """The question, and the course that was sent along."""
    if request.content_type[0] == RequestEncodingType.MULTI_PART:
        async with files.receive_beside(request, _FIELD) as (sent, text):
            yield strict_json(text, GuestQuestion), sent
        return
    if request.content_length is None or request.content_length > INLINE_BYTES:
        raise QuestionTooLarge
    yield strict_json(await request.body(), GuestQuestion), None
