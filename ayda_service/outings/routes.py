"""HTTP: what a member's profile rests on."""

from __future__ import annotations

from typing import Annotated

from litestar import Router, get, put
from litestar.params import JSONBody, PathParameter, QueryParameter

from ayda_service.outings.service import OutingService
from ayda_service.telegram.identity import Member, MemberGuards
from kernel.contracts.activity import KnownOuting, KnownOutings, OutingChoice

BeforeQuery = Annotated[
    str | None, QueryParameter(max_length=64, description="The `earlier` of the page before; left out, the newest.")
]


def outing_routes(service: OutingService, guards: MemberGuards) -> Router:
    """`/outings`."""

    @get("/outings", operation_id="OwnOutings")
    async def page(identity: Member, before: BeforeQuery = None) -> KnownOutings:
        """The member's outings, newest first, wherever they came from, and which of them count."""
        return await service.page(identity.telegram_id, before)

    @put("/outings/{outing_id:str}", operation_id="ChooseOuting")
    async def choose(
        identity: Member, outing_id: Annotated[str, PathParameter()], data: JSONBody[OutingChoice]
    ) -> KnownOuting:
        """Whether an outing counts: what is switched off teaches nothing until it is switched on again."""
        return await service.choose(identity.telegram_id, outing_id, data)

    return Router("/", route_handlers=[page, choose], guards=[guards.recent], tags=["activities"])
