"""The one error format: RFC 9457 problem details."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

PROBLEM_MEDIA_TYPE: Final = "application/problem+json"
BUSY: Final = "busy"
"""The code of a service that works and has no place left; it says when to come again."""


class FieldError(msgspec.Struct, frozen=True):
    """One field of a request that was refused, and why."""

    field: str
    message: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """An error a person can act on. `code` is stable and snake_case; `detail` is a sentence."""

    title: str
    status: int
    detail: str
    code: str
    request_id: str
    type: str = "about:blank"
    errors: list[FieldError] = []
    retry_at: datetime | None = None
    """When what was asked for is tried again by itself, where it is."""
