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
from datetime import datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
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
from servicekit.http.call import Call, Files, Headers, Params, address, body_arguments, reveal
from servicekit.http.errors import (
    BadUpstreamResponse,
    UpstreamDeadline,
    UpstreamError,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from servicekit.http.resilience import PASSING, CircuitBreaker, RetryBudget, Watch
from servicekit.http.response import ApiResponse, UnreadableBody, read_body

Transport = httpx.AsyncBaseTransport
"""What stands in for the network in tests."""

_REPEATABLE: Final = frozenset({"GET", "HEAD", "PUT", "DELETE"})
_MAX_RESPONSE_BYTES: Final = 8 * 1024 * 1024
_CONNECT_TIMEOUT_S: Final = 3.0
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
        now: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """`timeout_s` bounds a call with all its retries; a function for `headers` is asked anew at each attempt."""
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
            timeout=httpx.Timeout(timeout_s, connect=min(_CONNECT_TIMEOUT_S, timeout_s)),
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
        content: bytes | None = None,
        files: Files | None = None,
        headers: Headers | None = None,
        idempotency_key: str | None = None,
        retry: bool | None = None,
        max_response_bytes: int = _MAX_RESPONSE_BYTES,
        timeout_s: float | None = None,
    ) -> ApiResponse:
        """The answer, whatever its status; an UpstreamError when there is none.

        Repeated after outages if the method or an idempotency key makes that safe, or as `retry` says.
        """
        limit_s, bound_by_caller = self._limit_s(timeout_s or self._timeout_s)
        if limit_s <= 0:
            raise UpstreamDeadline(self.service)
        call = Call(
            method=method.upper(),
            url=address(self._base_url, path),
            body=body_arguments(params, json, form, content, files),
            headers={
                **({"Content-Type": "application/json"} if json is not None else {}),
                **(headers or {}),
                **({"Idempotency-Key": idempotency_key} if idempotency_key else {}),
            },
            max_bytes=max_response_bytes,
            ends_at_s=time.monotonic() + limit_s,
            bound_by_caller=bound_by_caller,
            timeout=asyncio.timeout(limit_s),
        )
        repeatable = (call.method in _REPEATABLE or bool(idempotency_key)) if retry is None else retry
        self._budget.deposit()
        try:
            async with call.timeout:
                return await self._attempts(call, self._retry_delays_s if repeatable else ())
        except TimeoutError:
            late = (
                UpstreamDeadline(self.service) if bound_by_caller else UpstreamTimeout(self.service, reason="timeout")
            )
            raise late from None

    def _limit_s(self, timeout_s: float) -> tuple[float, bool]:
        """Seconds this call may take, and whether it is our caller's patience that bounds it."""
        left_s = deadline_remaining_s()
        if left_s is None or left_s - _RETURN_MARGIN_S >= timeout_s:
            return timeout_s, False
        return left_s - _RETURN_MARGIN_S, True

    async def _attempts(self, call: Call, delays_s: Sequence[float]) -> ApiResponse:
        for delay_s in (*delays_s, None):
            self._watch.admit()
            answer = await self._attempt(call)
            if isinstance(answer, ApiResponse) and answer.status not in PASSING:
                break
            wait_s = self._wait_s(delay_s, answer, call)
            if wait_s is None:
                break
            await self._sleep(wait_s)
        if isinstance(answer, UpstreamError):
            raise answer
        return answer

    def _wait_s(self, delay_s: float | None, answer: ApiResponse | UpstreamError, call: Call) -> float | None:
        """Seconds until the next attempt, None when there is none: not repeatable, no time or no budget left."""
        if delay_s is None or isinstance(answer, BadUpstreamResponse):
            return None
        asked_s = answer.retry_after_s(self._now()) if isinstance(answer, ApiResponse) else None
        wait_s = max(delay_s * (0.5 + self._jitter()), asked_s or 0.0)
        if time.monotonic() + wait_s >= call.ends_at_s or not self._budget.withdraw():
            return None
        return wait_s

    async def _attempt(self, call: Call) -> ApiResponse | UpstreamError:
        begun_s = time.monotonic()
        try:
            answer = await self._exchange(call)
        except BaseException:  # cancelled, or a defect: the breaker must not keep waiting for its probe
            self._watch.abandoned(call, time.monotonic() - begun_s)
            raise
        self._watch.answered(answer, time.monotonic() - begun_s)
        return answer

    async def _exchange(self, call: Call) -> ApiResponse | UpstreamError:
        fields = self._fields(call)
        try:
            async with self._client.stream(call.method, call.url, headers=fields, **call.body) as reply:
                encoding = reply.headers.get("content-encoding", "").strip().lower()
                # the stream itself and not aiter_bytes(), which inflates whole chunks before anyone can count
                content = await read_body(cast("httpx.AsyncByteStream", reply.stream), encoding, call.max_bytes)
        except UnreadableBody as error:
            return BadUpstreamResponse(self.service, str(error))
        except httpx.TimeoutException as error:
            return UpstreamTimeout(self.service, reason=type(error).__name__)
        except httpx.TransportError as error:
            return UpstreamUnavailable(self.service, reason=type(error).__name__)
        return ApiResponse(self.service, reply.status_code, dict(reply.headers), content)

    def _fields(self, call: Call) -> dict[str, str]:
        fields: dict[str, str | Secret] = {"Accept-Encoding": "gzip", "Accept": "application/json"}
        fields |= {"User-Agent": "ayda", **self._headers(), **call.headers}
        if self._internal:
            fields[DEADLINE_HEADER] = str(max(1, int((call.ends_at_s - time.monotonic()) * 1000)))
            for name, value in ((REQUEST_ID_HEADER, request_id()), (TRACE_HEADER, TRACEPARENT.get())):
                if value is not None:
                    fields[name] = value
        return {name: reveal(value) for name, value in fields.items()}
