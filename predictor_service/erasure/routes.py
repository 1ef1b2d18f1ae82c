"""HTTP: forgetting an athlete, and exporting what is known of them."""

from __future__ import annotations

from litestar import Router, delete, get
from litestar.params import FromPath

from kernel.contracts.connection import ErasureReceipt
from predictor_service.erasure.service import AthleteExport, ErasureService
from servicekit.web.telegram_ids import checked_telegram_id


def erasure_routes(service: ErasureService) -> Router:
    """`/athletes/{telegram_id}`."""

    @delete("/athletes/{telegram_id:str}", operation_id="EraseAthlete", status_code=200)
    async def erase(telegram_id: FromPath[str]) -> ErasureReceipt:
        """Deletes all that is stored about a person; somebody unknown has nothing, which is no error."""
        return await service.erase(checked_telegram_id(telegram_id))

    @get("/athletes/{telegram_id:str}/export", operation_id="ExportAthlete")
    async def export(telegram_id: FromPath[str]) -> AthleteExport:
        """All that is stored about a person, without secrets."""
        return await service.export(checked_telegram_id(telegram_id))

    return Router("/", route_handlers=[erase, export], tags=["athletes"])
