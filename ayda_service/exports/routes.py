"""HTTP: everything about a member, as a file."""

from __future__ import annotations

from typing import Final

from litestar import MediaType, Router, get
from litestar.response import Stream

from ayda_service.exports.service import ExportService
from ayda_service.telegram.identity import Member, MemberGuards
from servicekit.web.doors import door

ATTACHED: Final = {"Content-Disposition": 'attachment; filename="ayda-export.json"'}


def export_routes(service: ExportService, guards: MemberGuards) -> Router:
    """`/me/export`."""

    @get("/me/export", operation_id="ExportMe", middleware=[door(guards.recent)])
    async def export(identity: Member) -> Stream:
        """Everything that both services store about the member, as a file: JSON with rows by table and service.

        An answer that ends before its JSON does is not whole: the connection broke, or a service did meanwhile.
        """
        document = await service.begun(identity.telegram_id)
        return Stream(document, media_type=MediaType.JSON, headers=ATTACHED)

    return Router("/", route_handlers=[export], tags=["me"])
