"""The head of a request, gone through once for all the layers that look at it."""

from __future__ import annotations

from functools import cache
from typing import Any, Final, cast

from litestar.types import Scope
from litestar.utils import normalize_path

_KEPT_AS: Final = "ayda.head"
_SEPARATORS_BYTES: Final = 4
"""Colon, blank and end of line."""


class Head:
    """The fields of a head by their names in small letters, which ones are there more than once, and their size."""

    __slots__ = ("_path", "count", "fields", "repeated", "size_bytes")

    def __init__(self, scope: Scope) -> None:
        self.fields: dict[bytes, bytes] = {}
        self.repeated: set[bytes] = set()
        self.count = self.size_bytes = 0
        self._path: str | None = None
        for name, value in scope["headers"]:
            lowered = name.lower()
            if lowered in self.fields:
                self.repeated.add(lowered)
            self.fields[lowered] = value
            self.count += 1
            self.size_bytes += len(name) + len(value) + _SEPARATORS_BYTES

    def single(self, name: str) -> str | None:
        """The value of a field that is there once; None for one that is absent, or ambiguous."""
        raw = _raw(name)
        value = self.fields.get(raw)
        return None if value is None or raw in self.repeated else value.decode("latin-1")

    def path(self, scope: Scope) -> str:
        """The path by which the request will find its route: `//a//b/` leads where `/a/b` does."""
        if self._path is None:
            path, root = scope["path"], scope.get("root_path", "")
            self._path = normalize_path(path.split(root, maxsplit=1)[-1] if root else path)
        return self._path


@cache
def _raw(name: str) -> bytes:
    return name.lower().encode()


def head_of(scope: Scope) -> Head:
    """That of this request. It is kept in the scope, where the server and the app put things and nobody else."""
    kept = cast("dict[str, Any]", scope)
    head: Head | None = kept.get(_KEPT_AS)
    if head is None:
        head = kept[_KEPT_AS] = Head(scope)
    return head
