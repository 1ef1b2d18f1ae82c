"""HTTP: connecting Strava."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final
from urllib.parse import urlencode

import msgspec
from litestar import Response, Router, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody, QueryParameter
from litestar.response import Redirect

from ayda_service.errors import AuthorizationExpired, NoWayBack
from ayda_service.strava.browser import (
    CONNECTED,
    ONE_MORE_STEP,
    BrowserCookie,
    error_page,
    page,
)
from ayda_service.strava.service import Callback, ConnectionService, ConnectionStatus
from ayda_service.telegram.identity import AnyRequest, Member, MemberGuards
from kernel.contracts.sync import SyncNotice
from servicekit.web.doors import door
from servicekit.web.small_pages import accepted_languages, looks_ahead, nothing_yet, too_long

Wish = Annotated[bool, QueryParameter()]
# no limits here: a browser is to see a page, and never a problem in JSON
FromAddress = Annotated[str | None, QueryParameter()]
ScopeFromAddress = Annotated[str | None, QueryParameter(name="scope")]
StateFromAddress = Annotated[str | None, QueryParameter(name="state")]


ENTER_PATH: Final = "/api/v1/strava/enter"
START_OF_CLAIM: Final = "strava_"


class Authorization(msgspec.Struct, frozen=True):
    """Where the member's browser has to go."""

    authorization_url: str


class Completion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands behind `strava_` in the `start_param` that the Mini App was opened with."""

    claim: Annotated[str, msgspec.Meta(max_length=200)]


def connection_routes(
    service: ConnectionService,
    guards: MemberGuards,
    public_url: str,
    bot_link: str | None,
    sync_of: Callable[[int], Awaitable[SyncNotice | None]],
) -> Router:
    """`/strava/*` for members and their browsers. `sync_of` tells of an athlete's sync, if it can be told."""
    cookie = BrowserCookie(public_url)

    @get("/status", operation_id="StravaStatus", middleware=[door(guards.recent)])
    async def status(identity: Member) -> ConnectionStatus:
        """The member's connection, and how their sync stands."""
        found = await service.status(identity.telegram_id)
        if found.state != "connected" or found.athlete_id is None:
            return found
        return msgspec.structs.replace(found, sync=await sync_of(found.athlete_id))

    handlers = [
        _auth(service, guards, cookie, None if bot_link is None else public_url + ENTER_PATH),
        _enter(service, cookie, bot_link),
        _callback(service, cookie, bot_link),
        _complete(service, guards),
        status,
    ]
    return Router("/strava", route_handlers=handlers, tags=["strava"])


def _auth(
    service: ConnectionService, guards: MemberGuards, cookie: BrowserCookie, entrance: str | None
) -> HTTPRouteHandler:
    @get("/auth", operation_id="ConnectStrava", status_code=302, middleware=[door(guards.fresh)])
    async def auth(
        request: AnyRequest, identity: Member, *, uploads: Wish = False, elsewhere: Wish = False
    ) -> Response[Any]:
        """A redirect to Strava's consent page, or `{"authorization_url"}` for `Accept: application/json`.

        It must be opened in the browser that asked: the answer's cookie is wanted back. With `elsewhere` it may be
        opened in another one, and the way ends in Telegram (CompleteStrava). `uploads` asks for the permission to
        upload too.
        """
        if elsewhere:
            if entrance is None:
                raise NoWayBack
            ticket = await service.ticket(identity.telegram_id, identity.vouched_at, uploads=uploads)
            return _go(request, f"{entrance}?{urlencode({'ticket': ticket})}")
        browser = cookie.nonce(request)
        address = await service.begin(identity.telegram_id, identity.vouched_at, browser, uploads=uploads)
        answer = _go(request, address)
        answer.set_cookie(cookie.of(browser))
        return answer

    return auth


def _go(request: AnyRequest, url: str) -> Response[Any]:
    as_json = "application/json" in request.headers.get("Accept", "")
    answer: Response[Any] = Response(Authorization(url), status_code=200) if as_json else Redirect(url, status_code=302)
    answer.set_header("Cache-Control", "no-store")
    return answer


def _enter(service: ConnectionService, cookie: BrowserCookie, bot_link: str | None) -> HTTPRouteHandler:
    @get("/enter", operation_id="EnterStrava", status_code=302, media_type="text/html")
    async def enter(request: AnyRequest, ticket: FromAddress = None) -> Response[Any]:
        """To Strava from the browser that the Mini App has opened; this browser's cookie is wanted back."""
        if looks_ahead(request):
            return nothing_yet()
        browser = cookie.nonce(request)
        try:
            _refuse_long(ticket)
            url = await service.enter(ticket or "", browser)
        except Exception as problem:  # noqa: BLE001 - a browser is to see a page, whatever it was
            return error_page(problem, request, bot_link=bot_link)
        answer = Redirect(url, status_code=302, headers={"Cache-Control": "no-store"})
        answer.set_cookie(cookie.of(browser))
        return answer

    return enter


def _callback(service: ConnectionService, cookie: BrowserCookie, bot_link: str | None) -> HTTPRouteHandler:
    @get("/callback", operation_id="StravaCallback", media_type="text/html")
    async def callback(
        request: AnyRequest,
        # Litestar keeps `state` and `scope` for itself
        presented_state: StateFromAddress = None,
        code: FromAddress = None,
        granted_scope: ScopeFromAddress = None,
        error: FromAddress = None,
    ) -> Response[Any]:
        """Where Strava sends the browser back to; always a page."""
        if looks_ahead(request):
            return nothing_yet()
        browser = cookie.presented(request)
        try:
            _refuse_long(presented_state, code, granted_scope, error)
            claim = await service.finish(
                Callback(state=presented_state, code=code, scope=granted_scope, error=error, browser=browser)
            )
        except Exception as problem:  # noqa: BLE001 - a browser is to see a page, whatever it was
            return error_page(problem, request, bot_link=bot_link)
        if claim is not None:
            return page(ONE_MORE_STEP, accepted_languages(request), bot_link=bot_link, start=START_OF_CLAIM + claim)
        return page(CONNECTED, accepted_languages(request), bot_link=bot_link)

    return callback


def _refuse_long(*values: str | None) -> None:
    """Nothing that Strava or we have made is as long."""
    if too_long(values):
        raise AuthorizationExpired


def _complete(service: ConnectionService, guards: MemberGuards) -> HTTPRouteHandler:
    @post("/complete", operation_id="CompleteStrava", status_code=200, middleware=[door(guards.fresh)])
    async def complete(identity: Member, data: JSONBody[Completion]) -> ConnectionStatus:
        """Connects what the member has consented to in another browser."""
        await service.complete(identity.telegram_id, data.claim)
        return await service.status(identity.telegram_id)

    return complete
