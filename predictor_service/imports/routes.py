"""HTTP: whole histories in, and how their import stands."""

from __future__ import annotations

from functools import partial
from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.params import FromPath

from kernel.contracts.activity import ImportState
from predictor_service.activities.routes import SportQuery
from predictor_service.changes import Changes
from predictor_service.imports.service import ImportService
from servicekit.web.file_errors import MAX_ARCHIVE_BYTES
from servicekit.web.telegram_ids import TelegramIdQuery, checked_telegram_id


def import_routes(service: ImportService, changes: Changes) -> Router:
    """`/imports`."""

    @post("/imports", operation_id="AddImport", status_code=202, request_max_body_size=MAX_ARCHIVE_BYTES)
    async def add_import(
        request: Request[Any, Any, Any], telegram_id: TelegramIdQuery, sport: SportQuery = None
    ) -> Response[ImportState]:
        """Takes a Strava bulk export, or any ZIP archive of GPX, TCX and FIT files, as the body; a job reads it.

        The same archive again is the same import, unless that one failed: then it is tried again.
        """
        seen = await service.admit(checked_telegram_id(telegram_id))
        async with service.receive(request) as incoming:
            accept = partial(service.accept, incoming=incoming, telegram_id=telegram_id, seen=seen, sport=sport)
            return await changes.commit(request, incoming.digest.encode(), accept, status=202)

    @get("/imports/{import_id:str}", operation_id="Import")
    async def show_import(import_id: FromPath[str], telegram_id: TelegramIdQuery) -> ImportState:
        """How far an import is, and what came of it: told of the athlete whose it is, of nobody else's."""
        return await service.show(import_id, checked_telegram_id(telegram_id))

    return Router("/", route_handlers=[add_import, show_import], tags=["imports"])
