"""Request bodies taken at their word: a number in quotes is no number.

Litestar converts bodies as leniently as queries, where everything is text, so that `{"athlete_id": "12345"}` would
pass for a number, and an id would have aliases.
"""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec
from litestar import Request
from litestar.exceptions import ValidationException

_WHERE: Final = re.compile(r" - at `(?:\$|key in )\.?([^`]*)`$")
_BODY: Final = "data"


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
            raise ValidationException(extra=[_entry(str(error))]) from None


def _entry(message: str) -> dict[str, str]:
    where = _WHERE.search(message)
    return {"key": (where[1] if where else "") or _BODY, "message": message.split(" - ", maxsplit=1)[0]}
