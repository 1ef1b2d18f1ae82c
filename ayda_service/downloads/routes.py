"""HTTP: files for a browser that the Mini App has opened."""

from __future__ import annotations

from typing import Annotated, Any, Final

from litestar import MediaType, Response, Router, get, post
from litestar.params import JSONBody, QueryParameter
from litestar.response import Stream

from ayda_service.downloads.service import DownloadAddress, DownloadService, DownloadWanted
from ayda_service.exports.routes import ATTACHED
from ayda_service.plans.routes import PRIVATE, taken_along
from ayda_service.strava.browser import error_page
from ayda_service.telegram.identity import AnyRequest, Member, MemberGuards
from languages.voice import mark
from servicekit.web.doors import door
from servicekit.web.small_pages import looks_ahead, nothing_yet

# no limits here: a browser is to see a page, and never a problem in JSON
FromAddress = Annotated[str | None, QueryParameter()]
_NO_FILE: Final = mark("There is no file here.")


def download_routes(service: DownloadService, guards: MemberGuards, bot_link: str | None) -> Router:
    """`/downloads`."""

    @post("/downloads", operation_id="AddressOfFile", status_code=201, middleware=[door(guards.recent)])
    async def address(identity: Member, data: JSONBody[DownloadWanted]) -> DownloadAddress:
        """An address for the phone's browser, under which it finds the file once, within five minutes."""
        return await service.address(identity.telegram_id, identity.vouched_at, data)

    @get("/downloads/file", operation_id="FileByTicket", media_type="text/html")
    async def file(request: AnyRequest, ticket: FromAddress = None) -> Response[Any]:
        """The file, or a page that says why not; who brings the ticket uses it up."""
        if looks_ahead(request):
            return nothing_yet()
        try:
            found = await service.file(ticket or "")
        except Exception as problem:  # noqa: BLE001 - a browser is to see a page, whatever it was
            return error_page(problem, request, bot_link=bot_link, title=_NO_FILE)
        if isinstance(found, tuple):
            return taken_along(*found)
        return Stream(found, media_type=MediaType.JSON, headers={**PRIVATE, **ATTACHED})

    return Router("/", route_handlers=[address, file], tags=["downloads"])
