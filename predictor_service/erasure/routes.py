"""HTTP: forgetting an athlete, and exporting what is known of them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import MediaType, Router, delete, get
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from kernel.contracts.connection import ErasureReceipt, ExportPage
from predictor_service.erasure.service import ErasureService
from servicekit.web.telegram_ids import checked_telegram_id

MemberQuery = Annotated[
    UUID | None, QueryParameter(description="Who they were at ayda: no notice about that one brings them back.")
]
AfterQuery = Annotated[
    str | None, QueryParameter(max_length=500, description="The `after` of the page before; left out, the first one.")
]


def erasure_routes(service: ErasureService) -> Router:
    """`/athletes/{telegram_id}`."""

    @delete("/athletes/{telegram_id:str}", operation_id="EraseAthlete", status_code=200)
    async def erase(telegram_id: FromPath[str], member_id: MemberQuery = None) -> ErasureReceipt:
        """Deletes all that is stored about a person; somebody unknown has nothing, which is no error."""
        return await service.erase(checked_telegram_id(telegram_id), member_id)

    @get("/athletes/{telegram_id:str}/export", operation_id="ExportAthlete")
    async def export(telegram_id: FromPath[str]) -> Stream:
        """All that is stored about a person, without secrets: `telegram_id`, `exported_at` and rows by table."""
        return Stream(service.export(checked_telegram_id(telegram_id)), media_type=MediaType.JSON)

    @get("/athletes/{telegram_id:str}/export/page", operation_id="ExportAthletePage")
    async def export_page(telegram_id: FromPath[str], after: AfterQuery = None) -> ExportPage:
        """The same in pages of about a megabyte."""
        return await service.export_page(checked_telegram_id(telegram_id), after)

    return Router("/", route_handlers=[erase, export, export_page], tags=["athletes"])
