"""Answers in Strava's form, and reading of its loosely typed parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from litestar import Request, Response
from litestar.datastructures import UploadFile
from litestar.exceptions import ClientException, HTTPException
from litestar.exceptions.http_exceptions import MethodNotAllowedException, NotFoundException

from simulators.strava.authorizations import AccessToken
from simulators.strava.faults import StravaFault, bad_request, invalid_access_token, missing_scope, unknown_path
from simulators.strava.simulator import Simulator

_S = TypeVar("_S", bound=msgspec.Struct)

AnyRequest = Request[Any, Any, Any]
Answer = Response[bytes]

JSON = "application/json; charset=utf-8"


def json_answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    return Response(msgspec.json.encode(body), status_code=status, media_type=JSON, headers=dict(headers or {}))


def html_answer(page: str, status: int = 200) -> Answer:
    return Response(page.encode(), status_code=status, media_type="text/html; charset=utf-8")


def fault_answer(_request: AnyRequest, fault: StravaFault) -> Answer:
    return json_answer(fault.body(), fault.status)


def http_error_answer(request: AnyRequest, error: HTTPException) -> Answer:
    """Litestar's own refusals in Strava's shape (404 for unknown paths and methods), or a sentence for the admin."""
    if request.url.path.startswith("/_sim"):
        return json_answer({"error": error.detail}, error.status_code)
    if isinstance(error, NotFoundException | MethodNotAllowedException):
        return fault_answer(request, unknown_path())
    return json_answer({"message": error.detail or "Bad Request", "errors": []}, error.status_code)


async def parameters(request: AnyRequest) -> dict[str, str]:
    """Query and form (or JSON) fields together, as text; files are left out and later fields win."""
    fields = {name: str(value) for name, value in request.query_params.items()}
    if request.content_type[0] == "application/json":
        fields |= _json_fields(await request.body())
    elif request.content_type[0] in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        form = await request.form()
        fields |= {name: str(value) for name, value in form.items() if not isinstance(value, UploadFile)}
    return fields


def _json_fields(body: bytes) -> dict[str, str]:
    try:
        decoded = msgspec.json.decode(body or b"{}", type=dict[str, Any])
    except msgspec.DecodeError:
        return {}
    return {name: str(value) for name, value in decoded.items()}


def bearer(request: AnyRequest) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def authorized(request: AnyRequest, simulator: Simulator, *any_of: str) -> AccessToken:
    """The living token of this request. Raises the 401 faults for a bad token or when none of `any_of` was granted."""
    presented = bearer(request)
    access, _known = simulator.authorizations.find_access(presented or "", simulator.clock.now_s())
    if access is None:
        raise invalid_access_token()
    if any_of and not access.scopes.intersection(any_of):
        raise missing_scope(any_of[0])
    return access


def whole_number(fields: Mapping[str, str], name: str, default: int | None) -> int | None:
    """The parameter as an integer. Raises the 400 fault naming the field."""
    text = fields.get(name)
    if text is None or text == "":
        return default
    try:
        return int(float(text))
    except (ValueError, OverflowError):
        raise bad_request("Application", name) from None


async def body_as(request: AnyRequest, kind: type[_S]) -> _S:
    """The body of an admin request. Raises 400 or 422 with a sentence."""
    try:
        return msgspec.json.decode(await request.body() or b"{}", type=kind)
    except msgspec.ValidationError as wrong:
        raise ClientException(f"The body is not right: {wrong}.", status_code=422) from wrong
    except msgspec.DecodeError as broken:
        raise ClientException(f"The body is no JSON: {broken}.", status_code=400) from broken
