"""Request bodies taken at their word, and which of their fields were refused, told without repeating what was sent.

Litestar converts bodies as leniently as queries, where everything is text, so that `{"athlete_id": "12345"}` would
pass for a number, and an id would have aliases.
"""

from __future__ import annotations

import re
from typing import Any, Final, TypeVar

import msgspec
from litestar import Request
from litestar.exceptions import ClientException, ValidationException

from kernel.contracts.problem import FieldError

_MISSING_PARAMETER = re.compile(r"Missing required (\w+) parameter '([\w-]+)'")
_MISSING_FIELD = re.compile(r"Object missing required field `([^`]*)`")
_UNKNOWN_FIELD = re.compile(r"Object contains unknown field `([^`]*)`")
_QUOTES_INPUT: Final = re.compile(r"^(Invalid(?: enum)? value)\b.*", re.DOTALL)
_WHERE: Final = re.compile(r" - at `(?:\$|key in )\.?([^`]*)`$")
_BODY: Final = "data"
_SAFE_FIELD = re.compile(r"[\w.\-\[\]]{1,100}", re.ASCII)
_MAX_ERRORS: Final = 50
S = TypeVar("S", bound=msgspec.Struct)


class StrictRequest(Request[Any, Any, Any]):
    """A request whose JSON body is converted strictly before Litestar sees it; errors are those Litestar would give."""

    async def json(self) -> Any:
        """The body as the type the handler takes, or as plain values where it takes none of ours."""
        content = await super().json()
        body = self.route_handler.parsed_fn_signature.parameters.get(_BODY)
        if body is None or not (isinstance(body.annotation, type) and issubclass(body.annotation, msgspec.Struct)):
            return content
        try:
            return msgspec.convert(content, type=body.annotation)
        except msgspec.ValidationError as error:
            raise wrong_shape(str(error)) from None


def strict_json(content: bytes, kind: type[S]) -> S:
    """A JSON body as this type. Raises ValidationException, and ClientException for what is no JSON."""
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.ValidationError as error:
        raise wrong_shape(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise malformed() from None


def malformed() -> ClientException:
    """The refusal of a body that is no JSON."""
    return ClientException()


def wrong_shape(message: str) -> ValidationException:
    """The refusal of a body that msgspec refused with this message."""
    return ValidationException(extra=[_entry(message)])


def _entry(message: str) -> dict[str, str]:
    where = _WHERE.search(message)
    return {"key": (where[1] if where else "") or _BODY, "message": message.split(" - ", maxsplit=1)[0]}


def field_errors(error: ValidationException) -> tuple[FieldError, ...]:
    """The refused fields of a validation error of Litestar."""
    if missing := _MISSING_PARAMETER.search(error.detail):
        return (FieldError(_safe(missing[2]), f"This {missing[1]} parameter is required."),)
    extra = error.extra if isinstance(error.extra, list) else []
    return tuple(_field_error(entry) for entry in extra[:_MAX_ERRORS] if isinstance(entry, dict))


def _field_error(entry: dict[str, object]) -> FieldError:
    message = str(entry.get("message", ""))
    key = str(entry.get("key", "")) or "body"
    inside = "" if key in {"data", "body"} else f"{key}."
    if missing := _MISSING_FIELD.search(message):
        return FieldError(_safe(inside + missing[1]), "This field is required.")
    if unknown := _UNKNOWN_FIELD.search(message):
        return FieldError(_safe(inside + unknown[1]), "There is no such field.")
    return FieldError("body" if key == "data" else _safe(key), _QUOTES_INPUT.sub(r"\1", message))


def _safe(name: str) -> str:
    return name if _SAFE_FIELD.fullmatch(name) else "body"
