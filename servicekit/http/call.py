"""One call to another service, put together before it is made."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from servicekit.base.settings import Secret

Headers = Mapping[str, str | Secret]
Params = Mapping[str, str | int | float | bool | None]
Files = Mapping[str, tuple[str, bytes, str]]
_PIECE_BYTES: Final = 256 * 1024
_WORD: Final = re.compile(r"v\d|[a-z][a-z_.-]{0,30}", re.ASCII)
"""A part of a path that names what is asked for; all others may name whom it is about, or be a secret."""


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked, and how long it may take; `ends_at_s` is on the monotonic clock.

    `file` is read anew as the body of each attempt.
    """

    method: str
    url: str
    body: Mapping[str, Any]
    headers: Headers
    max_bytes: int
    ends_at_s: float
    bound_by_caller: bool
    timeout: asyncio.Timeout
    file: Path | None = None

    @property
    def endpoint(self) -> str:
        """`GET /activities/{id}`: what is asked for, without whom it is about."""
        parts = urlsplit(self.url).path.split("/")
        return f"{self.method} " + "/".join(part if not part or _WORD.fullmatch(part) else "{id}" for part in parts)

    def body_now(self) -> Mapping[str, Any]:
        """The arguments of the HTTP library that carry the body of one attempt."""
        return self.body if self.file is None else {**self.body, "content": _pieces_of(self.file)}


async def _pieces_of(path: Path) -> AsyncIterator[bytes]:
    """A file as it is sent, never held as a whole."""
    with await asyncio.to_thread(path.open, "rb") as file:
        while piece := await asyncio.to_thread(file.read, _PIECE_BYTES):
            yield piece


def address(base_url: str, path: str) -> str:
    """The address of a path below the base; ValueError for one that would lead elsewhere."""
    below = path.lstrip("/")
    if "://" in below or ".." in below.split("/") or any(character in below for character in "?#\\\r\n"):
        raise ValueError("a path below the service's base address is needed")
    return f"{base_url}/{below}" if below else base_url


def body_arguments(
    params: Params | None, json: Any, form: Headers | None, content: bytes | Path | None, files: Files | None
) -> dict[str, Any]:
    """The arguments of the HTTP library that carry the query and the body; parameters that are None are left out."""
    arguments: dict[str, Any] = {}
    if params is not None:
        arguments["params"] = {name: value for name, value in params.items() if value is not None}
    if json is not None:
        arguments["content"] = msgspec.json.encode(json)
    elif isinstance(content, bytes):
        arguments["content"] = content
    if form is not None:
        arguments["data"] = {name: reveal(value) for name, value in form.items()}
    if files is not None:
        arguments["files"] = dict(files)
    return arguments


def implied_headers(json: Any, content: bytes | Path | None) -> dict[str, str]:
    """What a body says of itself; without its length a file would be sent in chunks."""
    if json is not None:
        return {"Content-Type": "application/json"}
    return {"Content-Length": str(content.stat().st_size)} if isinstance(content, Path) else {}


def reveal(value: str | Secret) -> str:
    """The text, of a secret too."""
    return value.reveal() if isinstance(value, Secret) else value
