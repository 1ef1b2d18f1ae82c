"""HTTP: the operations page."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final
from urllib.parse import parse_qs

from litestar import Response, Router, get, post
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.handlers.base import BaseRouteHandler
from litestar.params import FromPath

from servicekit.ops.desk import Desk, ListUnknown
from servicekit.ops.door import SESSION_S, ForeignForm, OperatorSession, OperatorUnknown
from servicekit.ops.html import OPS, document, menu, overview, sign_in
from servicekit.ops.list_html import list_page
from servicekit.ops.lists import Wanted
from servicekit.ops.trouble import AnyRequest, html_answer, page_handlers, reads_html, too_many_page, voice_of
from servicekit.web.budget_gate import Errand
from servicekit.web.doors import Guard, door
from servicekit.web.flood import Allowance, Rule, Visitors
from servicekit.web.problems import ProblemRule, ProblemTable, problem_response

_UNKNOWN: Final = ProblemRule(401, "operator_unknown")
OPS_PROBLEMS: Final[ProblemTable] = {
    OperatorUnknown: _UNKNOWN,
    ForeignForm: ProblemRule(403, "foreign_form"),
    ListUnknown: ProblemRule(404, "list_not_found"),
}
LOGIN: Final = f"{OPS}/login"
_FORM: Final = "application/x-www-form-urlencoded"
_MOST_BYTES: Final = 2048
_STATE: Final = "operator"
_WRONG_KEYS: Final = Allowance(burst=10, every_s=30.0)
_REFUSED: Final = frozenset({401})
_FROM_HERE: Final = frozenset({"", "same-origin", "none"})
_POSTS: Final[Mapping[str, Any]] = {
    "include_in_schema": False,
    "status_code": 303,
    "request_max_body_size": _MOST_BYTES,
}


def wrong_keys_rule(name: str) -> Rule:
    """How often one address may show a wrong key to the service of this name."""
    return Rule(LOGIN, Visitors(_WRONG_KEYS), _REFUSED, too_many_page(name))


def ops_errand(name: str) -> Errand:
    """What is asked of these pages is counted like anything else, and refused as a page."""
    return Errand(OPS, refusal=too_many_page(name))


def ops_routes(desk: Desk, problems: ProblemTable) -> Router:
    """`/ops` and what is below it. Whoever has no session is shown the form for the key, as a 401.

    `problems`: the service's own, which a browser is told as a page.
    """
    known = operator_guard(desk)

    @get("/", operation_id="Operations", include_in_schema=False, middleware=[door(known)])
    async def first(request: AnyRequest) -> Response[str]:
        """Everything at one look."""
        body = overview(voice_of(request), desk, await desk.seen())
        return _page(request, desk, body, here="")

    @get("/lists/{name:str}", operation_id="OperationsList", include_in_schema=False, middleware=[door(known)])
    async def listed(request: AnyRequest, name: FromPath[str]) -> Response[str]:
        """A page of a list."""
        wanted = Wanted.of({key: request.query_params[key] for key in request.query_params})
        listing, found = await desk.page(name, wanted)
        form = desk.form_token(_session(request))
        return _page(request, desk, list_page(voice_of(request), listing, found, wanted, form), here=name)

    @post(
        "/lists/{name:str}/replay",
        middleware=[door(known), door(form_guard)],
        **_POSTS,
        operation_id="OperationsReplay",
    )
    async def replay(request: AnyRequest, name: FromPath[str]) -> Response[None]:
        """One thing gets all its tries again."""
        told = await _form(request)
        await desk.replay(_session(request), told.get("form", ""), name, told.get("id", ""))
        return _to(f"{OPS}/lists/{name}")

    def sign_in_first(request: AnyRequest, error: OperatorUnknown) -> Response[Any]:
        return _sign_in(desk, request, error)

    # functions, as Litestar copies whatever else it is given
    handlers = {**page_handlers(desk.name, problems, partial(_menu, desk)), OperatorUnknown: sign_in_first}
    return Router(
        OPS, route_handlers=[first, listed, replay, *_doors(desk), *_elsewhere(desk)], exception_handlers=handlers
    )


def _elsewhere(desk: Desk) -> tuple[HTTPRouteHandler, HTTPRouteHandler]:
    """Below `/ops` where a browser finds no page."""
    guards = [door(operator_guard(desk))]
    strays = ["/logout", "/lists/{name:str}/replay"]

    @get(strays, operation_id="OperatorStrays", include_in_schema=False, middleware=guards)
    async def stray() -> Response[None]:
        """Where only forms lead, for a browser that loads again what it was shown there."""
        return _to(OPS)

    @get("/{rest:path}", operation_id="OperationsNothing", include_in_schema=False, middleware=guards)
    async def nothing() -> Response[None]:
        """Nothing is there."""
        raise NotFoundException

    return stray, nothing


def _doors(desk: Desk) -> tuple[HTTPRouteHandler, HTTPRouteHandler]:
    """The way in, and the way out."""

    @post("/logout", middleware=[door(operator_guard(desk)), door(form_guard)], **_POSTS, operation_id="OperatorLeaves")
    async def leave(request: AnyRequest) -> Response[None]:
        """The session ends."""
        await desk.leave(_session(request), (await _form(request)).get("form", ""))
        return _to(OPS)

    @post("/login", middleware=[door(form_guard)], **_POSTS, operation_id="OperatorEnters")
    async def enter(request: AnyRequest) -> Response[None]:
        """The key, for a session."""
        kept = await desk.enter((await _form(request)).get("key", ""))
        answer = _to(OPS)
        kept_as = Cookie(_cookie(desk), value=kept, path=OPS, max_age=SESSION_S, httponly=True, samesite="strict")
        kept_as.secure = request.url.scheme == "https"
        answer.set_cookie(kept_as)
        return answer

    return enter, leave


def operator_guard(desk: Desk) -> Guard:
    """Lets sessions in. Raises OperatorUnknown, before anything of a body is received."""

    async def letting_in(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
        connection.scope["state"][_STATE] = await desk.known(connection.cookies.get(_cookie(desk)))

    return letting_in


async def form_guard(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """Only small forms that a page of this very host has sent are read at all. Raises OperatorUnknown."""
    headers = connection.headers
    length = headers.get("Content-Length", "")
    is_small = length.isascii() and length.isdecimal() and len(length) < 6 and int(length) <= _MOST_BYTES
    is_form = headers.get("Content-Type", "").partition(";")[0].strip().lower() == _FORM
    if not (is_small and is_form and headers.get("Sec-Fetch-Site", "") in _FROM_HERE):
        raise OperatorUnknown


def _cookie(desk: Desk) -> str:
    # a browser sends cookies to every port of a host: each service has a name of its own
    return f"ops_{desk.name}"


def _session(request: AnyRequest) -> OperatorSession:
    session: OperatorSession = request.scope["state"][_STATE]
    return session


async def _form(request: AnyRequest) -> dict[str, str]:
    """The fields of a form, the first of each name."""
    text = (await request.body()).decode("utf-8", "replace")
    return {name: values[0] for name, values in parse_qs(text, max_num_fields=8).items()}


def _to(path: str) -> Response[None]:
    return Response(None, status_code=303, headers={"Location": path})


def _page(request: AnyRequest, desk: Desk, body: str, *, here: str) -> Response[str]:
    voice = voice_of(request)
    top = menu(voice, desk, desk.form_token(_session(request)), here=here)
    return html_answer(document(voice, desk.name, body, top=top))


def _menu(desk: Desk, request: AnyRequest) -> str:
    """Above whatever went wrong, for whoever had been let in before it did."""
    session = request.scope["state"].get(_STATE)
    return "" if session is None else menu(voice_of(request), desk, desk.form_token(session))


def _sign_in(desk: Desk, request: AnyRequest, error: OperatorUnknown) -> Response[Any]:
    """The form for the key; a problem for whoever reads no HTML."""
    if not reads_html(request):
        return problem_response(_UNKNOWN, str(error))
    voice, refused = voice_of(request), request.scope["path"].rstrip("/").endswith("/login")
    return html_answer(document(voice, desk.name, sign_in(voice, has_key=desk.has_key, refused=refused)), 401)
