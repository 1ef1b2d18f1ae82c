"""HTTP: routes in as files, out as geometry."""

from __future__ import annotations

from functools import partial
from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.params import FromPath

from kernel.contracts.route import Route, RouteTrack
from predictor_service.changes import Changes
from predictor_service.routes.service import RouteService
from servicekit.web.sent_files import MAX_UPLOAD_BYTES
from servicekit.web.track_files import FileReader, TrackQuery


def route_routes(service: RouteService, files: FileReader, changes: Changes) -> Router:
    """`/routes`."""

    @post("/routes", operation_id="AddRoute", status_code=201, request_max_body_size=MAX_UPLOAD_BYTES)
    async def add_route(request: Request[Any, Any, Any], track: TrackQuery = None) -> Response[Route]:
        """Stores the course in a file (GPX, TCX, FIT, gzipped or not), sent as the body or as the form field `file`.

        `track` chooses among its tracks by name or number, without it the longest is taken. The same file again is the
        same route with the same answer, 201 included, whoever sends it: a caller that lost the first answer can simply
        ask again.
        """
        async with files.receive(request) as sent:
            return await changes.prepare_and_commit(
                request, _content(sent.digest, track), partial(service.read, sent, track), service.keep, status=201
            )

    @get("/routes/{route_id:str}", operation_id="Route")
    async def show_route(route_id: FromPath[str]) -> Route:
        """A stored route."""
        return await service.show(route_id)

    @get("/routes/{route_id:str}/track", operation_id="RouteTrack")
    async def show_track(route_id: FromPath[str]) -> RouteTrack:
        """Where a stored route runs; no points for one whose places are not kept."""
        return await service.track(route_id)

    return Router("/", route_handlers=[add_route, show_route, show_track], tags=["routes"])


def _content(digest: str, track: str | None) -> bytes:
    """What a request is about: its file, and which track of it."""
    return (digest if track is None else f"{digest}:{track}").encode()
