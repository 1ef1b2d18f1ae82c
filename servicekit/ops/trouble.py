"""What goes wrong at the operations page, as a page for whoever reads HTML: operators look when things go wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from http import HTTPStatus
from typing import Any, Final

import msgspec
from litestar import MediaType, Request, Response
from litestar.types import ExceptionHandlersMap

from kernel.contracts.problem import Problem
from languages.catalog import language_wanted
from languages.voice import Voice, mark
from servicekit.base.correlation import ACCEPTED_LANGUAGES
from servicekit.ops.html import OPS, document
from servicekit.ops.style import POLICY
from servicekit.web.flood import Answer, problem
from servicekit.web.problems import ProblemTable, problem_handlers

HEADERS: Final[Mapping[str, str]] = {"Content-Security-Policy": POLICY, "Vary": "Accept-Language, Cookie"}
_AGAIN: Final = mark("Load this page again")
_OVERVIEW: Final = mark("Overview")
_PASSES: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT})
"""What may be gone when the page is loaded again."""
AnyRequest = Request[Any, Any, Any]
Handler = Callable[[AnyRequest, Exception], Response[Any]]


def voice_of(request: AnyRequest) -> Voice:
    """The language that a browser asks for."""
    return Voice(language_wanted(None, request.headers.get("Accept-Language", "")))


def reads_html(request: AnyRequest) -> bool:
    """Whether a browser asks, and no program that wants a problem."""
    return "text/html" in request.headers.get("Accept", "")


def html_answer(text: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response[str]:
    """A page, with all that a browser is to keep to."""
    return Response(text, media_type=MediaType.HTML, status_code=status, headers={**HEADERS, **(headers or {})})


def page_handlers(name: str, table: ProblemTable, menu: Callable[[AnyRequest], str]) -> ExceptionHandlersMap:
    """Handlers for whatever this table and the defaults know, and for all else: the same problem, for browsers as HTML.

    `menu`: what stands above it. They are as many as those of the app, as the nearest class decides.
    """
    handlers: Mapping[Any, Any] = problem_handlers(table)
    return {kind: _shown(handler, name, menu) for kind, handler in handlers.items()}


def _shown(handler: Handler, name: str, menu: Callable[[AnyRequest], str]) -> Handler:
    # a function, as Litestar copies whatever else it is given
    def answer(request: AnyRequest, error: Exception) -> Response[Any]:
        told = handler(request, error)
        if not reads_html(request):
            return told
        status = told.status_code or HTTPStatus.INTERNAL_SERVER_ERROR
        passes = request.method == "GET" and status in _PASSES
        body = _told(voice_of(request), told.content, again=_address(request) if passes else None)
        page = document(voice_of(request), name, body, top=menu(request))
        return html_answer(page, status, told.headers)

    return answer


def too_many_page(name: str) -> Callable[[float], Answer]:
    """Makes body and headers of the page for an address that asks too much."""

    def refusal(wait_s: float) -> Answer:
        content, headers = problem(wait_s)
        voice = Voice(language_wanted(None, ACCEPTED_LANGUAGES.get()))
        page = document(voice, name, _told(voice, content, again=OPS))
        return page.encode(), {**headers, **HEADERS, "content-type": "text/html; charset=utf-8"}

    return refusal


def _address(request: AnyRequest) -> str:
    query = request.scope["query_string"].decode("latin-1")
    return f"{request.scope['path']}{f'?{query}' if query else ''}"


def _told(voice: Voice, content: bytes, *, again: str | None) -> str:
    """The sentence of a problem, which is of this voice's language, and the way on."""
    told = msgspec.json.decode(content, type=Problem)
    link, said = (OPS, _OVERVIEW) if again is None else (again, _AGAIN)
    return (
        f'<h1 role="alert">{escape(told.detail)}</h1><p><a href="{escape(link)}">{escape(voice.say(said))}</a></p>'
        f'<p class="soft">{told.status} {escape(told.code)} · {escape(told.request_id)}</p>'
    )
