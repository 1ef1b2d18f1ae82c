"""HTTP: how right predictions were, for members; and the predictor's news of it."""

from __future__ import annotations

from typing import Annotated

from litestar import Router, get, post, put
from litestar.params import JSONBody, PathParameter

from ayda_service.accuracy.service import AccuracyService
from ayda_service.telegram.identity import Member, MemberGuards
from kernel.contracts.accuracy import Accuracy, NewsTaken, OutingCompared, OutingLink
from servicekit.web.doors import Guard, door


def accuracy_routes(service: AccuracyService, guards: MemberGuards) -> Router:
    """`/accuracy` and `/predictions/{prediction_id}/outing`."""

    @get("/accuracy", operation_id="OwnAccuracy")
    async def accuracy(identity: Member) -> Accuracy:
        """How right predictions for the member who asks were: what was said, and what was taken."""
        return await service.accuracy(identity.telegram_id)

    @put("/predictions/{prediction_id:str}/outing", operation_id="LinkOuting")
    async def link(
        identity: Member, prediction_id: Annotated[str, PathParameter()], data: JSONBody[OutingLink]
    ) -> Accuracy:
        """Which outing of theirs went along a course they had asked about; with null, none did."""
        return await service.link(identity.telegram_id, prediction_id, data)

    return Router("/", route_handlers=[accuracy, link], middleware=[door(guards.recent)], tags=["accuracy"])


def news_routes(service: AccuracyService, guard: Guard) -> Router:
    """`/api/internal/outings/compared`."""

    @post("/compared", operation_id="OutingCompared", status_code=200, middleware=[door(guard)])
    async def compared(data: JSONBody[OutingCompared]) -> NewsTaken:
        """An outing was compared with what had been said of it; its member is told, once."""
        return await service.compared(data)

    return Router("/api/internal/outings", route_handlers=[compared], tags=["internal"])
