"""Asking another service: every call with a timeout, a deadline, bounded retries, a byte limit and one error tree.

Bodies, headers, queries and keys appear in none of the errors' texts (`servicekit.http.errors`). This is the only place
that knows httpx.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any, Final, cast

import httpx

from servicekit.base.clock import utc_now
from servicekit.base.correlation import (
    DEADLINE_HEADER,
    REQUEST_ID_HEADER,
    TRACE_HEADER,
    TRACEPARENT,
    deadline_remaining_s,
    request_id,
)
from servicekit.base.metrics import Metrics
from servicekit.base.settings import Secret
from servicekit.http.call import Call, Files, Headers, Params, address, body_arguments, implied_headers, reveal
from servicekit.http.errors import (
    BadUpstreamResponse,
    UpstreamCrowded,
    UpstreamDeadline,
    UpstreamError,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from servicekit.http.resilience import CircuitBreaker, RetryBudget, Watch, worth_repeating
from servicekit.http.response import ApiResponse, UnreadableBody, read_body

Transport = httpx.AsyncBaseTransport
"""What stands in for the network in tests."""

_REPEATABLE: Final = frozenset({"GET", "HEAD", "PUT", "DELETE"})
_MAX_RESPONSE_BYTES: Final = 8 * 1024 * 1024
_CONNECT_TIMEOUT_S: Final = 3.0
_CROWDED_RETRY_S: Final = 2.0
_RETURN_MARGIN_S: Final = 0.02  # kept of the caller's deadline to say that it is over


class ApiClient:
    """The one way to one other service; only `internal` ones get the request id, the trace and the deadline."""

    def __init__(
        self,
        base_url: str,
        service: str,
        *,
        headers: Headers | Callable[[], Headers] | None = None,
        timeout_s: float = 10.0,
        retry_delays_s: Sequence[float] = (0.1, 0.4),
        budget: RetryBudget | None = None,
        breaker: CircuitBreaker | None = None,
        transport: Transport | None = None,
        internal: bool = False,
        metrics: Metrics | None = None,
        max_connections: int = 50,
        crowded_after_s: float | None = None,
        now: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """`timeout_s` bounds a call with all its retries; a function for `headers` is asked anew at each attempt.

        `crowded_after_s` bounds the wait for one of our connections: whoever holds them all must not make others wait.
        """
        self.service = service
        self._base_url = base_url.rstrip("/")
        self._headers: Callable[[], Headers] = headers if callable(headers) else lambda: headers or {}
        self._timeout_s = timeout_s
        self._retry_delays_s = tuple(retry_delays_s)
        self._budget = budget or RetryBudget()
        self._watch = Watch(service, breaker or CircuitBreaker(), metrics)
        self._internal = internal
        self._now = now
        self._sleep = sleep
        self._jitter = jitter
        logging.getLogger("httpx").setLevel(logging.WARNING)
        self._client = httpx.AsyncClient(
            transport=transport,
            # reading and writing are bounded by the whole call, which may be given longer than others
            timeout=httpx.Timeout(None, connect=min(_CONNECT_TIMEOUT_S, timeout_s), pool=crowded_after_s),
            limits=httpx.Limits(max_connections=max_connections, max_keepalive_connections=20, keepalive_expiry=30.0),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            follow_redirects=False,
            trust_env=False,
        )

    def __repr__(self) -> str:
        return f"ApiClient(service={self.service!r})"

    async def close(self) -> None:
        """Close the connections; the client cannot be used afterwards."""
        await self._client.aclose()

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        json: Any = None,
        form: Mapping[str, str | Secret] | None = None,
        content: bytes | Path | None = None,
        files: Files | None = None,
        headers: Headers | None = None,
        idempotency_key: str | None = None,
        retry: bool | None = None,
        max_response_bytes: int = _MAX_RESPONSE_BYTES,
        timeout_s: float | None = None,
    ) -> ApiResponse:
        """The answer, whatever its status; an UpstreamError when there is none.

        `content` may be the path of a file, which is read as it is sent. Repeated after outages if the method or an
        idempotency key makes that safe, or as `retry` says.
        """
        extra = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        call = self._call(
            method,
            path,
            body_arguments(params, json, form, content, files),
            {**implied_headers(json, content), **(headers or {}), **extra},
            file=content if isinstance(content, Path) else None,
            max_bytes=max_response_bytes,
            timeout_s=timeout_s,
        )
        repeatable = (call.method in _REPEATABLE or bool(idempotency_key)) if retry is None else retry
        self._budget.deposit()
        try:
            async with call.timeout:
                return await self._attempts(call, self._retry_delays_s if repeatable else ())
        except TimeoutError:
            raise self._late(call) from None

    def _late(self, call: Call) -> UpstreamError:
        if call.bound_by_caller:
            return UpstreamDeadline(self.service)
        return UpstreamTimeout(self.service, reason="timeout")

    def _call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any],
        headers: Headers,
        *,
        file: Path | None,
        max_bytes: int,
        timeout_s: float | None,
    ) -> Call:
        """A call whose time has begun. Raises UpstreamDeadline where there is none left."""
        left_s, own_s = deadline_remaining_s(), timeout_s or self._timeout_s
        limit_s = own_s if left_s is None else min(own_s, left_s - _RETURN_MARGIN_S)
        if limit_s <= 0:
            raise UpstreamDeadline(self.service, sent=False)
        return Call(
            method=method.upper(),
            url=address(self._base_url, path),
            body=body,
            headers=headers,
            file=file,
            max_bytes=max_bytes,
            ends_at_s=time.monotonic() + limit_s,
            bound_by_caller=limit_s < own_s,
            timeout=asyncio.timeout(limit_s),
        )

    async def _attempts(self, call: Call, delays_s: Sequence[float]) -> ApiResponse:
        for delay_s in (*delays_s, None):
            self._watch.admit(call)
            answer = await self._attempt(call)
            wait_s = self._wait_s(delay_s, answer, call) if worth_repeating(answer) else None
            if wait_s is None:
                break
            await self._sleep(wait_s)
        if isinstance(answer, UpstreamError):
            raise answer
        return answer

    def _wait_s(self, delay_s: float | None, answer: ApiResponse | UpstreamError, call: Call) -> float | None:
        """Seconds until the next attempt, None when there is none: not repeatable, no time or no budget left."""
        if delay_s is None:
            return None
        asked_s = answer.retry_after_s(self._now()) if isinstance(answer, ApiResponse) else None
        wait_s = max(delay_s * (0.5 + self._jitter()), asked_s or 0.0)
        if time.monotonic() + wait_s >= call.ends_at_s or not self._budget.withdraw():
            return None
        return wait_s

    async def _attempt(self, call: Call) -> ApiResponse | UpstreamError:
        begun_s = time.monotonic()
        try:
            answer = await self._watch.traced(call, self._exchange)
        except BaseException:  # cancelled, or a defect: the breaker must not keep waiting for its probe
            self._watch.abandoned(call, time.monotonic() - begun_s)
            raise
        self._watch.answered(call, answer, time.monotonic() - begun_s)
        return answer

    async def _exchange(self, call: Call) -> ApiResponse | UpstreamError:
        if self._client.is_closed:  # this process ends before its requests do
            return UpstreamUnavailable(self.service, reason="closed", sent=False)
        try:
            async with self._sent(call) as reply:
                return await self._whole(call, reply)
        except httpx.TransportError as error:
            return self._failure(error)

    def _sent(self, call: Call) -> AbstractAsyncContextManager[httpx.Response]:
        return self._client.stream(call.method, call.url, headers=self._fields(call), **call.body_now())

    async def _whole(self, call: Call, reply: httpx.Response) -> ApiResponse | UpstreamError:
        encoding = reply.headers.get("content-encoding", "").strip().lower()
        try:
            # the stream itself and not aiter_bytes(), which inflates whole chunks before anyone can count
            content = await read_body(cast("httpx.AsyncByteStream", reply.stream), encoding, call.max_bytes)
        except UnreadableBody as error:
            return BadUpstreamResponse(self.service, str(error))
        return ApiResponse(self.service, reply.status_code, dict(reply.headers), content)

    def _failure(self, error: httpx.TransportError) -> UpstreamUnavailable:
        if isinstance(error, httpx.PoolTimeout):
            return UpstreamCrowded(self.service, _CROWDED_RETRY_S, reason=type(error).__name__, sent=False)
        kind = UpstreamTimeout if isinstance(error, httpx.TimeoutException) else UpstreamUnavailable
        sent = not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
        return kind(self.service, reason=type(error).__name__, sent=sent)

    def _fields(self, call: Call) -> dict[str, str]:
        fields: dict[str, str | Secret] = {"Accept-Encoding": "gzip", "Accept": "application/json"}
        fields |= {"User-Agent": "ayda", **self._headers(), **call.headers}
        if self._internal:
            fields[DEADLINE_HEADER] = str(max(1, int((call.ends_at_s - time.monotonic()) * 1000)))
            for name, value in ((REQUEST_ID_HEADER, request_id()), (TRACE_HEADER, TRACEPARENT.get())):
                if value is not None:
                    fields[name] = value
        return {name: reveal(value) for name, value in fields.items()}
