"""HTTP: what a member's profile rests on."""

from __future__ import annotations

from typing import Annotated

from litestar import Router, get, put
from litestar.params import JSONBody, PathParameter, QueryParameter

from ayda_service.outings.service import OutingService
from ayda_service.telegram.identity import Member, MemberGuards
from kernel.contracts.activity import KnownOuting, KnownOutings, OutingChoice, OwnPaths, OwnPathsChoice
from servicekit.web.doors import door

BeforeQuery = Annotated[
    str | None, QueryParameter(max_length=64, description="The `earlier` of the page before; left out, the newest.")
]


def outing_routes(service: OutingService, guards: MemberGuards) -> Router:
    """`/outings` and `/own-paths`."""

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

    @get("/own-paths", operation_id="OwnPaths")
    async def paths(identity: Member) -> OwnPaths:
        """Whether the paths of the member's outings are remembered, since when, and of how many."""
        return await service.paths(identity.telegram_id)

    @put("/own-paths", operation_id="ChooseOwnPaths")
    async def choose_paths(identity: Member, data: JSONBody[OwnPathsChoice]) -> OwnPaths:
        """Remembers the paths of outings from now on, or forgets them all at once.

        For the member's own forecasts alone, and not as places: nobody else sees what they say.
        """
        return await service.choose_paths(identity.telegram_id, data)

    return Router(
        "/", route_handlers=[page, choose, paths, choose_paths], middleware=[door(guards.recent)], tags=["activities"]
    )
