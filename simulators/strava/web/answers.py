"""Answers in Strava's form, and reading of its loosely typed parameters."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from litestar import Request, Response
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.exceptions.http_exceptions import MethodNotAllowedException, NotFoundException

from simulators.strava.application.authorizations import AccessToken
from simulators.strava.application.refusals import Refusal, bad_request, unauthorized
from simulators.strava.simulator import Simulator

_S = TypeVar("_S")

AnyRequest = Request[Any, Any, Any]
Answer = Response[bytes]
Strava = NamedDependency[Simulator]
"""What a handler asks for as its parameter `simulator`."""


def json_answer(body: Any, status: int = 200) -> Answer:
    return Response(msgspec.json.encode(body), status_code=status, media_type="application/json; charset=utf-8")


def html_answer(page: str, status: int = 200) -> Answer:
    return Response(page.encode(), status_code=status, media_type="text/html; charset=utf-8")


def refusal_answer(request: AnyRequest, refusal: Refusal) -> Answer:
    """In Strava's shape, or as a sentence for the admin."""
    return json_answer({"error": refusal.message} if _is_admin(request) else refusal.body(), refusal.status)


def _is_admin(request: AnyRequest) -> bool:
    return request.url.path.startswith("/_sim")


def http_error_answer(request: AnyRequest, error: HTTPException) -> Answer:
    """Litestar's own refusals; Strava says 404 for unknown paths and methods alike."""
    refusal = Refusal(error.status_code, error.detail or "Bad Request")
    if isinstance(error, NotFoundException | MethodNotAllowedException) and not _is_admin(request):
        refusal = Refusal(404, "Record Not Found", "resource", "path", "invalid")
    return refusal_answer(request, refusal)


def bad_body_answer(_request: AnyRequest, error: msgspec.DecodeError) -> Answer:
    """An admin request whose body is no JSON (400), or not what is asked for there (422)."""
    if isinstance(error, msgspec.ValidationError):
        return json_answer({"error": f"The body is not right: {error}."}, 422)
    return json_answer({"error": f"The body is no JSON: {error}."}, 400)


def query_of(request: AnyRequest) -> dict[str, str]:
    """The query's fields; of one that is there twice, the last."""
    return {name: str(value) for name, value in request.query_params.items()}


async def parameters(request: AnyRequest) -> dict[str, str]:
    """Query and form (or JSON) fields together, as text; files are left out and later fields win."""
    more: Mapping[str, Any] = {}
    if request.content_type[0] == "application/json":
        with contextlib.suppress(msgspec.DecodeError):
            more = msgspec.json.decode(await request.body(), type=dict[str, Any])
    elif request.content_type[0] in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        more = await request.form()
    return query_of(request) | {k: str(v) for k, v in more.items() if not isinstance(v, UploadFile)}


def bearer(authorization: str) -> str:
    """The token in this header; nothing is no token."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def authorized(request: AnyRequest, simulator: Simulator, *any_of: str) -> AccessToken:
    """The living token of this request.

    Raises 401 refusals for a bad token, and for one without any of `any_of`: that one no refresh can cure.
    """
    presented = bearer(request.headers.get("authorization", ""))
    access, _known = simulator.authorizations.find_access(presented, simulator.clock.now_s())
    if access is None:
        raise unauthorized("Athlete", "access_token")
    if any_of and not access.scopes.intersection(any_of):
        raise unauthorized("AccessToken", f"{any_of[0]}_permission", "missing")
    return access


def whole_number(fields: Mapping[str, str], name: str) -> int | None:
    """The parameter as an integer, None without it. Raises the 400 refusal naming the field."""
    if not fields.get(name):
        return None
    try:
        return int(float(fields[name]))
    except (ValueError, OverflowError):
        raise bad_request("Application", name) from None


async def body_as(request: AnyRequest, kind: type[_S]) -> _S:
    """The body of an admin request. Raises msgspec.DecodeError, see `bad_body_answer`."""
    return msgspec.json.decode(await request.body() or b"{}", type=kind)
