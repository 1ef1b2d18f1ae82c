"""HTTP: a member's say over their own data."""

from __future__ import annotations

from typing import Annotated, Final

from litestar import Response, Router, delete, get, post
from litestar.params import PathParameter

from ayda_service.me.service import Export, OwnDataService, Receipt
from ayda_service.telegram.identity import AnyRequest, Doorkeeper, identify

ATTACHED: Final = {"Content-Disposition": 'attachment; filename="ayda-export.json"'}


def own_data_routes(service: OwnDataService, doorkeeper: Doorkeeper) -> Router:
    """`/strava/disconnect` and `/me`."""

    @post("/strava/disconnect", operation_id="DisconnectStrava", status_code=200)
    async def disconnect(request: AnyRequest) -> Receipt:
        """Ends the connection at Strava and erases what came from it; the receipt says what is still pending."""
        return await service.disconnect(identify(doorkeeper, request, fresh=True).telegram_id)

    @delete("/me", operation_id="EraseMe", status_code=200)
    async def erase(request: AnyRequest) -> Receipt:
        """Erases everything that is stored about the member; the receipt says what is still pending."""
        return await service.erase(identify(doorkeeper, request, fresh=True).telegram_id)

    @get("/me/erasures/{receipt_id:str}", operation_id="ErasureReceipt")
    async def receipt(request: AnyRequest, receipt_id: Annotated[str, PathParameter()]) -> Receipt:
        """A receipt as it stands now; it can be read by whom it was given to, also when everything else is gone."""
        return await service.receipt(identify(doorkeeper, request).telegram_id, receipt_id)

    @get("/me/export", operation_id="ExportMe")
    async def export(request: AnyRequest) -> Response[Export]:
        """Everything that both services store about the member, as a file."""
        return Response(await service.export(identify(doorkeeper, request).telegram_id), headers=ATTACHED)

    return Router("/", route_handlers=[disconnect, erase, receipt, export], tags=["me"])
