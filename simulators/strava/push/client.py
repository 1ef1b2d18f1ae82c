"""Calls to the callback over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import httpx

from simulators.strava.push.courier import CallFailed


class HttpCaller:
    """Every call has its time limit as a whole; redirects are not followed and proxies of the environment not used."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._http = httpx.AsyncClient(transport=transport, timeout=None, trust_env=False)  # noqa: S113 - limited as a whole below

    async def get(self, url: str, within_s: float) -> tuple[int, bytes]:
        answer = await self._call(httpx.Request("GET", url), within_s)
        return answer.status_code, answer.content

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], within_s: float) -> int:
        answer = await self._call(httpx.Request("POST", url, content=body, headers=dict(headers)), within_s)
        return answer.status_code

    async def _call(self, request: httpx.Request, within_s: float) -> httpx.Response:
        try:
            async with asyncio.timeout(within_s):
                return await self._http.send(request)
        except TimeoutError:
            raise CallFailed(f"no answer within {within_s:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as failed:
            raise CallFailed(type(failed).__name__) from failed

    async def close(self) -> None:
        await self._http.aclose()
