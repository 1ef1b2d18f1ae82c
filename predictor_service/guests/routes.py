"""HTTP: profiles for guests."""

from __future__ import annotations

from functools import partial
from typing import Any

from litestar import Request, Router, post

from kernel.contracts.guest import MOST_GUEST_BODY_BYTES
from predictor_service.activities.routes import SportQuery
from predictor_service.guests.service import GuestProfileService
from predictor_service.problems import PROBLEMS
from servicekit.web.lines import LINES_MEDIA_TYPE, LinesResponse


def guest_routes(service: GuestProfileService) -> Router:
    """`/guest-profiles`."""

    @post(
        "/guest-profiles",
        operation_id="MakeGuestProfile",
        status_code=200,
        request_max_body_size=MOST_GUEST_BODY_BYTES,
        media_type=LINES_MEDIA_TYPE,
    )
    async def make_profile(request: Request[Any, Any, Any], sport: SportQuery = None) -> LinesResponse:
        """Reads recordings, alone or in ZIP archives, and answers how far it is, line by line (`ReadingLine`).

        The body is such a file, or a form with several fields `file`. The last line has the sealed profile, of which
        nothing stays here, or the problem. `sport` is taken where a file does not name its own.
        """
        return LinesResponse(partial(service.profile, request, sport), PROBLEMS)

    return Router("/", route_handlers=[make_profile], tags=["guests"])
