"""One call to another service, put together before it is made."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from servicekit.base.settings import Secret

Headers = Mapping[str, str | Secret]
Params = Mapping[str, str | int | float | bool | None]
Files = Mapping[str, tuple[str, bytes, str]]


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked, and how long it may take; `ends_at_s` is on the monotonic clock."""

    method: str
    url: str
    body: Mapping[str, Any]
    headers: Headers
    max_bytes: int
    ends_at_s: float
    bound_by_caller: bool
    timeout: asyncio.Timeout


def address(base_url: str, path: str) -> str:
    """The address of a path below the base; ValueError for one that would lead elsewhere."""
    below = path.lstrip("/")
    if "://" in below or ".." in below.split("/") or any(character in below for character in "?#\\\r\n"):
        raise ValueError("a path below the service's base address is needed")
    return f"{base_url}/{below}" if below else base_url


def body_arguments(
    params: Params | None, json: Any, form: Headers | None, content: bytes | None, files: Files | None
) -> dict[str, Any]:
    """The arguments of the HTTP library that carry the query and the body; parameters that are None are left out."""
    arguments: dict[str, Any] = {}
    if params is not None:
        arguments["params"] = {name: value for name, value in params.items() if value is not None}
    if json is not None:
        arguments["content"] = msgspec.json.encode(json)
    elif content is not None:
        arguments["content"] = content
    if form is not None:
        arguments["data"] = {name: reveal(value) for name, value in form.items()}
    if files is not None:
        arguments["files"] = dict(files)
    return arguments


def reveal(value: str | Secret) -> str:
    """The text, of a secret too."""
    return value.reveal() if isinstance(value, Secret) else value
