"""HTTP: a member's say over their own data."""

from __future__ import annotations

from typing import Annotated

from litestar import Router, delete, get, post
from litestar.params import PathParameter

from ayda_service.me.service import OwnDataService, Receipt
from ayda_service.telegram.identity import Member, MemberGuards
from servicekit.web.doors import door


def own_data_routes(service: OwnDataService, guards: MemberGuards) -> Router:
    """`/strava/disconnect` and `/me`."""

    @post("/strava/disconnect", operation_id="DisconnectStrava", status_code=200, middleware=[door(guards.fresh)])
    async def disconnect(identity: Member) -> Receipt:
        """Ends the connection at Strava and erases what came from it; the receipt says what is still pending."""
        return await service.disconnect(identity.telegram_id, identity.vouched_at)

    @delete("/me", operation_id="EraseMe", status_code=200, middleware=[door(guards.leaving)])
    async def erase(identity: Member) -> Receipt:
        """Erases everything that is stored about the member; the receipt says what is still pending.

        Whoever lost the answer asks again and gets the same receipt.
        """
        return await service.erase(identity.telegram_id, identity.vouched_at)

    @get("/me/erasures/{receipt_id:str}", operation_id="ErasureReceipt", middleware=[door(guards.former)])
    async def receipt(identity: Member, receipt_id: Annotated[str, PathParameter()]) -> Receipt:
        """A receipt as it stands now; it can be read by whom it was given to, also when everything else is gone."""
        return await service.receipt(identity.telegram_id, receipt_id)

    return Router("/", route_handlers=[disconnect, erase, receipt], tags=["me"])
