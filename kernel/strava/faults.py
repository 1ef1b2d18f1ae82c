"""What an error answer of Strava means.

The shape is `{"message": str, "errors": [{"resource", "field", "code"}]}`, but errors may be a list, one object, a
string or missing, the body may be empty, HTML or JSON of another kind. An upload may be refused with the body of an
upload, whose words stand under `error`. Nothing here raises.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec

_TEXT_LENGTH = 200


class FaultKind(StrEnum):
    """Who can do something about it, and what."""

    BAD_REFRESH_TOKEN = "bad_refresh_token"  # noqa: S105 - no secret
    """The connection is gone for this token: the athlete has to connect again."""
    BAD_CODE = "bad_code"
    """The authorization code is unknown, used or too old: start the connection again."""
    BAD_ACCESS_TOKEN = "bad_access_token"  # noqa: S105 - no secret
    """Refresh once and try again."""
    SCOPE_MISSING = "scope_missing"
    """The athlete did not grant it: no refresh helps."""
    APP_INACTIVE = "app_inactive"
    """The operator's Strava subscription ended; no athlete's fault."""
    APP_MISCONFIGURED = "app_misconfigured"
    """The client id or secret is wrong; no athlete's fault."""
    RATE_LIMITED = "rate_limited"
    NOT_FOUND = "not_found"
    CAPACITY_FULL = "capacity_full"
    """The app may connect no more athletes."""
    TRANSIENT = "transient"
    """Try again later; nothing is known about the token."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class FaultError:
    """One entry of `errors`, each part as text and empty when absent."""

    resource: str = ""
    field: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """An error answer, understood."""

    kind: FaultKind
    status: int
    message: str
    errors: tuple[FaultError, ...] = ()


def parse_fault(status: int, body: bytes) -> Fault:
    """The fault that an answer with this status (not a 2xx) and body stands for."""
    content = _decode(body)
    is_json = isinstance(content, dict)
    message = (_text(content.get("message")) or _text(content.get("error"))) if is_json else ""
    errors = tuple(_errors(content.get("errors"))) if is_json else ()
    kind = _kind_of_status(status) or next(filter(None, map(_kind_of_error, errors)), None)
    if kind is None and b"connected athletes exceeded" in body[:100_000].lower():
        kind = FaultKind.CAPACITY_FULL
    if kind is None:
        kind = _fallback(status, understood=is_json)
    return Fault(kind, status, message, errors)


def _decode(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None


def _text(value: object) -> str:
    return value[:_TEXT_LENGTH] if isinstance(value, str) else ""


def _errors(value: object) -> Iterator[FaultError]:
    entries = value if isinstance(value, list) else [value]
    for entry in entries[:20]:
        if isinstance(entry, dict):
            yield FaultError(_text(entry.get("resource")), _text(entry.get("field")), _text(entry.get("code")))
        elif isinstance(entry, str):
            yield FaultError(code=_text(entry))


def _kind_of_status(status: int) -> FaultKind | None:
    if status == 429:
        return FaultKind.RATE_LIMITED
    return FaultKind.TRANSIENT if status >= 500 or status == 408 else None


def _kind_of_error(error: FaultError) -> FaultKind | None:
    resource, field, code = error.resource.lower(), error.field.lower(), error.code.lower()
    match resource:
        case "refreshtoken":
            return FaultKind.BAD_REFRESH_TOKEN
        case "authorizationcode" | "requesttoken":
            return FaultKind.BAD_CODE
        case "accesstoken" if code == "missing":
            return FaultKind.SCOPE_MISSING
        case "athlete" if field == "access_token":
            return FaultKind.BAD_ACCESS_TOKEN
        case "application":
            return _kind_of_application_error(field, code)
    return None


def _kind_of_application_error(field: str, code: str) -> FaultKind | None:
    if field == "status" and code == "inactive":
        return FaultKind.APP_INACTIVE
    if "athlete" in field:
        # nobody has recorded Strava's exact words; the limit of athletes is the only one
        return FaultKind.CAPACITY_FULL
    if code == "exceeded":
        return FaultKind.RATE_LIMITED
    # the wrong secret is named by an empty field; a bad `after` or `before` is named too and is not the app's fault
    return FaultKind.APP_MISCONFIGURED if code == "invalid" and field in {"", "client_id", "client_secret"} else None


def _fallback(status: int, *, understood: bool) -> FaultKind:
    if status == 404:
        return FaultKind.NOT_FOUND
    if status == 401:
        return FaultKind.BAD_ACCESS_TOKEN
    # a proxy's page instead of Strava's words says nothing about the token
    return FaultKind.TRANSIENT if status == 400 and not understood else FaultKind.OTHER
