"""HTTP: initData in, a session out."""

from __future__ import annotations

import msgspec
from litestar import Router, post

from ayda_service.telegram.identity import Doorkeeper, Member, MemberGuards
from servicekit.web.doors import door


class Session(msgspec.Struct, frozen=True):
    """Send `token` as `Authorization: Bearer ...`; it lives `expires_in_s`."""

    token: str
    expires_in_s: int


def session_routes(doorkeeper: Doorkeeper, guards: MemberGuards) -> Router:
    """`/session`."""

    @post("/session", operation_id="OpenSession", status_code=201, middleware=[door(guards.opening)])
    async def open_session(identity: Member) -> Session:
        """Exchanges initData, shown once, for a short session; a session opens none."""
        token, expires_in_s = doorkeeper.session(identity)
        return Session(token, expires_in_s)

    return Router("/", route_handlers=[open_session], tags=["session"])
