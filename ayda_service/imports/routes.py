"""HTTP: whole histories in, and how their import stands."""

from __future__ import annotations

from typing import Annotated

from litestar import Router, get, post
from litestar.params import PathParameter

from ayda_service.imports.service import ImportService
from ayda_service.telegram.identity import AnyRequest, Member, MemberGuards
from kernel.contracts.activity import ImportState
from servicekit.web.doors import door
from servicekit.web.file_errors import MAX_ARCHIVE_BYTES
from servicekit.web.sent_files import FORM_ALLOWANCE
from servicekit.web.track_files import FileReader


def import_routes(service: ImportService, files: FileReader, guards: MemberGuards) -> Router:
    """`/imports`."""

    @post(
        "/",
        operation_id="AddOwnImport",
        status_code=202,
        request_max_body_size=MAX_ARCHIVE_BYTES + FORM_ALLOWANCE,
    )
    async def add(request: AnyRequest, identity: Member) -> ImportState:
        """Takes a Strava bulk export, or any ZIP archive of GPX, TCX and FIT files, which a job reads; or a recording.

        The file is the body, or the form field `file`. A recording by itself is stored at once: it is an activity like
        those sent to `/activities`, and its import is `done`.
        """
        async with files.receive_archive(request) as sent:
            return await service.add(identity.telegram_id, identity.vouched_at, sent)

    @get("/{import_id:str}", operation_id="OwnImport")
    async def show(identity: Member, import_id: Annotated[str, PathParameter()]) -> ImportState:
        """How far one of the member's imports is, and what came of it."""
        return await service.show(identity.telegram_id, import_id)

    return Router("/imports", route_handlers=[add, show], middleware=[door(guards.recent)], tags=["imports"])
