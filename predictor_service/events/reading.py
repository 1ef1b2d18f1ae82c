"""A batch of events as it was sent: each event is read by itself, so that one that is none keeps no other out."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

import msgspec

from kernel.contracts.connection import MOST_EVENTS, EventResult, StravaEvent
from servicekit.web.validation import strict_json

Read: TypeAlias = StravaEvent | EventResult
"""An event, or why it is none."""
CODE = "validation_failed"


class _Sent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    events: Annotated[list[Any], msgspec.Meta(min_length=1, max_length=MOST_EVENTS)]


def read_events(body: bytes) -> list[Read]:
    """The events of a batch in their order. Raises what a body of the wrong shape raises."""
    return [_read(sent) for sent in strict_json(body, _Sent).events]


def _read(sent: Any) -> Read:
    try:
        return msgspec.convert(sent, StravaEvent, strict=True)
    except msgspec.ValidationError as fault:
        named = sent.get("event_id") if isinstance(sent, dict) else None
        event_id = named[:36] if isinstance(named, str) else ""
        return EventResult(event_id, "refused", CODE, f"This is no event: {fault}.")
