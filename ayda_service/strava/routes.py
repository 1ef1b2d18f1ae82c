"""HTTP: connecting Strava."""

from __future__ import annotations

import math
from typing import Annotated, Any, Final
from urllib.parse import urlencode

import msgspec
from litestar import Response, Router, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody, QueryParameter
from litestar.response import Redirect

from ayda_service.errors import AuthorizationExpired, NoWayBack
from ayda_service.problems import PROBLEMS
from ayda_service.strava.browser import (
    AGAIN,
    CONNECTED,
    FINISH,
    NOT_CONNECTED,
    ONE_MORE_STEP,
    RUSSIAN,
    BrowserCookie,
    page,
)
from ayda_service.strava.service import Callback, ConnectionService, ConnectionStatus
from ayda_service.telegram.identity import AnyRequest, Doorkeeper, identify
from kernel.errors import DomainError

Wish = Annotated[bool, QueryParameter()]
# no limits here: a browser is to see a page, and never a problem in JSON
FromAddress = Annotated[str | None, QueryParameter()]
ScopeFromAddress = Annotated[str | None, QueryParameter(name="scope")]
StateFromAddress = Annotated[str | None, QueryParameter(name="state")]


ENTER_PATH: Final = "/api/v1/strava/enter"
START_OF_CLAIM: Final = "strava_"
_LONGEST: Final = 1000


class Authorization(msgspec.Struct, frozen=True):
    """Where the member's browser has to go."""

    authorization_url: str


class Completion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands behind `strava_` in the `start_param` that the Mini App was opened with."""

    claim: Annotated[str, msgspec.Meta(max_length=200)]


def connection_routes(
    service: ConnectionService, doorkeeper: Doorkeeper, public_url: str, bot_name: str | None
) -> Router:
    """`/strava/*` for members and their browsers."""
    cookie = BrowserCookie(public_url)

    @get("/status", operation_id="StravaStatus")
    async def status(request: AnyRequest) -> ConnectionStatus:
        """The member's connection."""
        return await service.status(identify(doorkeeper, request).telegram_id)

    handlers = [
        _auth(service, doorkeeper, cookie, None if bot_name is None else public_url + ENTER_PATH),
        _enter(service, cookie, bot_name),
        _callback(service, cookie, bot_name),
        _complete(service, doorkeeper),
        status,
    ]
    return Router("/strava", route_handlers=handlers, tags=["strava"])


def _auth(
    service: ConnectionService, doorkeeper: Doorkeeper, cookie: BrowserCookie, entrance: str | None
) -> HTTPRouteHandler:
    @get("/auth", operation_id="ConnectStrava", status_code=302)
    async def auth(request: AnyRequest, *, uploads: Wish = False, elsewhere: Wish = False) -> Response[Any]:
        """A redirect to Strava's consent page, or `{"authorization_url"}` for `Accept: application/json`.

        It must be opened in the browser that asked: the answer's cookie is wanted back. With `elsewhere` it may be
        opened in another one, and the way ends in Telegram (CompleteStrava). `uploads` asks for the permission to
        upload too.
        """
        telegram_id = identify(doorkeeper, request, fresh=True).telegram_id
        if elsewhere:
            if entrance is None:
                raise NoWayBack
            ticket = await service.ticket(telegram_id, uploads=uploads)
            return _go(request, f"{entrance}?{urlencode({'ticket': ticket})}")
        browser = cookie.nonce(request)
        answer = _go(request, await service.begin(telegram_id, browser, uploads=uploads))
        answer.set_cookie(cookie.of(browser))
        return answer

    return auth


def _go(request: AnyRequest, url: str) -> Response[Any]:
    as_json = "application/json" in request.headers.get("Accept", "")
    answer: Response[Any] = Response(Authorization(url), status_code=200) if as_json else Redirect(url, status_code=302)
    answer.set_header("Cache-Control", "no-store")
    return answer


def _enter(service: ConnectionService, cookie: BrowserCookie, bot_name: str | None) -> HTTPRouteHandler:
    @get("/enter", operation_id="EnterStrava", status_code=302, media_type="text/html")
    async def enter(request: AnyRequest, ticket: FromAddress = None) -> Response[Any]:
        """To Strava from the browser that the Mini App has opened; this browser's cookie is wanted back."""
        browser = cookie.nonce(request)
        try:
            _refuse_long(ticket)
            url = await service.enter(ticket or "", browser)
        except DomainError as problem:
            return _error_page(problem, bot_name)
        answer = Redirect(url, status_code=302, headers={"Cache-Control": "no-store"})
        answer.set_cookie(cookie.of(browser))
        return answer

    return enter


def _callback(service: ConnectionService, cookie: BrowserCookie, bot_name: str | None) -> HTTPRouteHandler:
    @get("/callback", operation_id="StravaCallback", media_type="text/html")
    async def callback(
        request: AnyRequest,
        # Litestar keeps `state` and `scope` for itself
        presented_state: StateFromAddress = None,
        code: FromAddress = None,
        granted_scope: ScopeFromAddress = None,
        error: FromAddress = None,
    ) -> Response[str]:
        """Where Strava sends the browser back to; always a page."""
        browser = cookie.presented(request)
        try:
            _refuse_long(presented_state, code, granted_scope, error)
            claim = await service.finish(
                Callback(state=presented_state, code=code, scope=granted_scope, error=error, browser=browser)
            )
        except DomainError as problem:
            return _error_page(problem, bot_name)
        if claim is not None:
            return page(*ONE_MORE_STEP, bot_name=bot_name, way_out=FINISH, start=START_OF_CLAIM + claim)
        return page(*CONNECTED, bot_name=bot_name)

    return callback


def _refuse_long(*values: str | None) -> None:
    """Nothing that Strava or we have made is as long."""
    if any(value is not None and len(value) > _LONGEST for value in values):
        raise AuthorizationExpired


def _complete(service: ConnectionService, doorkeeper: Doorkeeper) -> HTTPRouteHandler:
    @post("/complete", operation_id="CompleteStrava", status_code=200)
    async def complete(request: AnyRequest, data: JSONBody[Completion]) -> ConnectionStatus:
        """Connects what the member has consented to in another browser."""
        telegram_id = identify(doorkeeper, request, fresh=True).telegram_id
        await service.complete(telegram_id, data.claim)
        return await service.status(telegram_id)

    return complete


def _error_page(error: DomainError, bot_name: str | None) -> Response[str]:
    found = PROBLEMS.get(type(error))
    if found is None:
        raise error
    rule = found(error) if callable(found) else found
    russian = RUSSIAN.get(rule.code, RUSSIAN["strava_unavailable"])
    shown = page(NOT_CONNECTED, str(error), russian, status=rule.status, bot_name=bot_name, way_out=AGAIN)
    if rule.retry_after_s is not None:
        shown.set_header("Retry-After", str(math.ceil(rule.retry_after_s)))
    return shown
