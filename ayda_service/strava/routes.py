"""HTTP: connecting Strava, and access tokens for the predictor."""

from __future__ import annotations

import math
from typing import Annotated, Any

from litestar import Response, Router, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter
from litestar.response import Redirect

from ayda_service.problems import PROBLEMS
from ayda_service.strava.browser import BrowserCookie
from ayda_service.strava.hand_out import TokenHandOutService
from ayda_service.strava.pages import AGAIN, CONNECTED, NOT_CONNECTED, RUSSIAN, page
from ayda_service.strava.service import Callback, ConnectionService, ConnectionStatus
from ayda_service.telegram.identity import Doorkeeper
from ayda_service.telegram.requests import AnyRequest, identify
from kernel.contracts.connection import StravaToken
from kernel.errors import DomainError
from servicekit.api_keys import Guard
from servicekit.telegram_ids import TelegramIdQuery

ForceQuery = Annotated[bool, QueryParameter()]
UploadsQuery = Annotated[bool, QueryParameter()]
FromStrava = Annotated[str | None, QueryParameter(max_length=1000)]
ScopeFromStrava = Annotated[str | None, QueryParameter(name="scope", max_length=1000)]
StateFromStrava = Annotated[str | None, QueryParameter(name="state", max_length=1000)]


def connection_routes(
    service: ConnectionService, doorkeeper: Doorkeeper, cookie: BrowserCookie, bot_name: str | None
) -> Router:
    """`/strava/*` for members."""

    @get("/status", operation_id="StravaStatus")
    async def status(request: AnyRequest) -> ConnectionStatus:
        """The member's connection."""
        return await service.status(identify(doorkeeper, request).telegram_id)

    handlers = [*_authorization(service, doorkeeper, cookie, bot_name), status]
    return Router("/strava", route_handlers=handlers, tags=["strava"])


def _authorization(
    service: ConnectionService, doorkeeper: Doorkeeper, cookie: BrowserCookie, bot_name: str | None
) -> list[HTTPRouteHandler]:
    @get("/auth", operation_id="ConnectStrava", status_code=302)
    async def auth(request: AnyRequest, *, uploads: UploadsQuery = False) -> Response[Any]:
        """A redirect to Strava's consent page, or `{"authorization_url"}` for `Accept: application/json`.

        It must be opened in the browser that asked: the answer's cookie is wanted back. `uploads` asks for the
        permission to upload too.
        """
        browser = cookie.nonce(request)
        telegram_id = identify(doorkeeper, request, fresh=True).telegram_id
        url = await service.begin(telegram_id, browser, uploads=uploads)
        if "application/json" in request.headers.get("Accept", ""):
            answer: Response[Any] = Response({"authorization_url": url}, status_code=200)
        else:
            answer = Redirect(url, status_code=302)
        answer.set_header("Cache-Control", "no-store")
        answer.set_cookie(cookie.of(browser))
        return answer

    @get("/callback", operation_id="StravaCallback", media_type="text/html")
    async def callback(
        request: AnyRequest,
        # Litestar keeps `state` and `scope` for itself
        presented_state: StateFromStrava = None,
        code: FromStrava = None,
        granted_scope: ScopeFromStrava = None,
        error: FromStrava = None,
    ) -> Response[str]:
        """Where Strava sends the browser back to; always a page."""
        browser = cookie.presented(request)
        try:
            await service.finish(
                Callback(state=presented_state, code=code, scope=granted_scope, error=error, browser=browser)
            )
        except DomainError as problem:
            return _error_page(problem, bot_name)
        return page(*CONNECTED, bot_name=bot_name)

    return [auth, callback]


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


def token_routes(service: TokenHandOutService, guard: Guard) -> Router:
    """`/api/internal/strava/token` for the predictor."""

    @get("/token", operation_id="StravaTokenForMember", guards=[guard])
    async def token(
        request: AnyRequest, telegram_id: TelegramIdQuery, *, force: ForceQuery = False
    ) -> Response[StravaToken]:
        """An access token of a member that lives an hour more where Strava allows it; `force` after Strava's 401."""
        key_id: str = request.scope["state"]["api_key_id"]
        ready = await service.token(telegram_id, force=force, api_key_id=key_id)
        return Response(ready, headers={"Cache-Control": "no-store"})

    return Router("/api/internal/strava", route_handlers=[token], tags=["internal"])
