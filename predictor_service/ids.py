"""Reading ids."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar.params import PathParameter

IdInPath = Annotated[str, PathParameter()]


def parse_id(text: str) -> UUID | None:
    """The UUID, if `text` is one in the form we hand out; None for its other spellings, so that an id has no alias."""
    try:
        parsed = UUID(text)
    except ValueError:
        return None
    return parsed if str(parsed) == text.lower() else None
