"""The answer of another service that comes line by line while its work proceeds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Final, cast

import httpx

from servicekit.http.call import Call, Headers, Params, body_arguments, implied_headers
from servicekit.http.client import ApiClient
from servicekit.http.errors import BadUpstreamResponse, UpstreamError, UpstreamTimeout, UpstreamUnavailable
from servicekit.http.response import ApiResponse

_LONGEST_LINE: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of an answer whose status is known, in JSON; header names are lower-case.

    Iterating raises UpstreamTimeout when nothing comes for `idle_s`, UpstreamUnavailable when the connection breaks,
    and BadUpstreamResponse for a line that nobody would send.
    """

    service: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    chunks: AsyncIterable[bytes] = field(repr=False)
    idle_s: float

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Each line, without its end; one that was cut off is none."""
        chunks, rest = aiter(self.chunks), b""
        while True:
            try:
                async with asyncio.timeout(self.idle_s):
                    chunk = await anext(chunks)
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise UpstreamTimeout(self.service, reason="silence") from None
            except httpx.TransportError as error:
                raise UpstreamUnavailable(self.service, reason=type(error).__name__) from error
            *whole, rest = (rest + chunk).split(b"\n")
            if len(rest) > _LONGEST_LINE:
                raise BadUpstreamResponse(self.service, f"a line of more than {_LONGEST_LINE} bytes")
            for line in whole:
                yield line


class LineClient(ApiClient):
    """An `ApiClient` that also takes answers line by line."""

    @asynccontextmanager
    async def lines(
        self,
        method: str,
        path: str,
        *,
        params: Params,
        content: Path,
        headers: Headers,
        idle_s: float,
        timeout_s: float,
    ) -> AsyncIterator[Lines]:
        """What is answered with 200, for the length of the block: leaving it ends the other service's work too.

        `timeout_s` bounds all that is before the first line. Never repeated; raises as `request`, and as
        `ApiResponse.expect` for any other answer.
        """
        fields = {**implied_headers(None, content), **headers, "Accept": "*/*", "Accept-Encoding": "identity"}
        body = body_arguments(params, None, None, content, None)
        call = self._call(method, path, body, fields, file=content, max_bytes=_LONGEST_LINE, timeout_s=timeout_s)
        async with AsyncExitStack() as stack:
            try:
                async with call.timeout:
                    reply = await self._begun(call, stack)
            except TimeoutError:
                raise self._late(call) from None
            chunks = cast("httpx.AsyncByteStream", reply.stream)
            yield Lines(self.service, reply.status_code, dict(reply.headers), chunks, idle_s)

    async def _begun(self, call: Call, stack: AsyncExitStack) -> httpx.Response:
        self._watch.admit(call)
        begun_s, replies = time.monotonic(), list[httpx.Response]()

        async def exchange(call: Call) -> ApiResponse | UpstreamError:
            """A response whose lines are still to come, or one that is read as a whole because it has none."""
            replies.append(reply := await stack.enter_async_context(self._sent(call)))
            ours = reply.status_code == HTTPStatus.OK
            return ApiResponse(self.service, HTTPStatus.OK, {}, b"") if ours else await self._whole(call, reply)

        try:
            answer = await self._watch.traced(call, exchange)
        except httpx.TransportError as error:
            failure = self._failure(error)
            self._watch.answered(call, failure, time.monotonic() - begun_s)
            raise failure from error
        except BaseException:  # cancelled, or a defect: the breaker must not keep waiting for its probe
            self._watch.abandoned(call, time.monotonic() - begun_s)
            raise
        self._watch.answered(call, answer, time.monotonic() - begun_s)
        if isinstance(answer, UpstreamError):
            raise answer
        answer.expect(HTTPStatus.OK)
        return replies[0]
