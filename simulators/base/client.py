"""Calls to whoever asked to be told of news: callbacks, webhooks."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import httpx


class CallFailed(Exception):
    """No answer came: refused, broken off, or not in time."""


@runtime_checkable
class Caller(Protocol):
    """How a simulator reaches callbacks."""

    async def call(
        self, method: str, url: str, within_s: float, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Status and body; redirects are not followed. Raises CallFailed."""

    async def close(self) -> None:
        """Let go of open connections."""


class HttpCaller:
    """Every call has its time limit as a whole; redirects are not followed and proxies of the environment not used.

    The HTTP client is loaded at the first call: most simulations never push anything.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._transport = transport

    @cached_property
    def _http(self) -> httpx.AsyncClient:
        import httpx  # noqa: PLC0415 - see above

        return httpx.AsyncClient(transport=self._transport, timeout=None, trust_env=False)  # noqa: S113 - limited as a whole below

    async def call(
        self, method: str, url: str, within_s: float, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        import httpx  # noqa: PLC0415 - see above

        try:
            async with asyncio.timeout(within_s):
                answer = await self._http.request(method, url, content=body, headers=headers)
        except TimeoutError:
            raise CallFailed(f"no answer within {within_s:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as failed:
            raise CallFailed(type(failed).__name__) from failed
        return answer.status_code, answer.content

    async def close(self) -> None:
        """Let go of open connections, if any call was made."""
        if "_http" in vars(self):
            await self._http.aclose()
