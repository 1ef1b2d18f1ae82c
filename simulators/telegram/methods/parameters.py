"""What a bot sends with a call: all of it text, as forms have it, or as JSON says it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from simulators.telegram.refusals import bad_request

_YES = frozenset({"true", "1", "yes", "y", "t"})


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file in a multipart request."""

    name: str
    mime: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Parameters:
    """The fields and files of one call; a file is named by its field or by `attach://` and its field."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, SentFile] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        value = self.fields.get(name)
        return default if value is None else str(value)

    def whole(self, name: str, default: int = 0) -> int:
        """A whole number; what is none is `default`, as the real server reads it."""
        with contextlib.suppress(ValueError, TypeError):
            return int(self.fields[name]) if name in self.fields else default
        return default

    def yes(self, name: str) -> bool:
        return self.text(name).lower() in _YES

    def has(self, name: str) -> bool:
        value = self.fields.get(name)
        return value is not None and value != ""

    def json(self, name: str, what: str) -> Any:
        """A structure, None without it. Raises the 400 that says what could not be read."""
        value = self.fields.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return msgspec.json.decode(value)
        except msgspec.DecodeError:
            raise bad_request(f"can't parse {what} JSON object") from None

    def mapping(self, name: str, what: str) -> dict[str, Any]:
        """An object of JSON, empty without it. Raises the 400 for anything else."""
        value = self.json(name, what)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise bad_request(f"can't parse {what}: expected an Object")
        return value

    def file(self, reference: str, field_name: str) -> SentFile | None:
        """The upload that a value points at, or that stands in its place."""
        prefix, _, attached = reference.partition("attach://")
        return self.files.get(attached if attached and not prefix else field_name)
