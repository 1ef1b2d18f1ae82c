"""A span for each attempt at another service: what it was asked, how long it took, and how it ended."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Final, TypeAlias

from servicekit.base.correlation import TRACEPARENT, accept_traceparent
from servicekit.base.spans import SpanSink, ended_span
from servicekit.http.call import Call
from servicekit.http.errors import UpstreamError
from servicekit.http.response import ApiResponse

Answer: TypeAlias = ApiResponse | UpstreamError
_REFUSED: Final = 400


async def traced(sink: SpanSink, service: str, call: Call, exchange: Callable[[Call], Awaitable[Answer]]) -> Answer:
    """What the exchange returns. It is part of a span of its own, which the service it asks is told as its cause."""
    cause, begun_s = TRACEPARENT.get(), perf_counter()
    outcome, failed = dict[str, str | int](), True
    own = TRACEPARENT.set(accept_traceparent(cause))
    try:
        answer = await exchange(call)
        if isinstance(answer, ApiResponse):
            outcome, failed = {"http.response.status_code": answer.status}, answer.status >= _REFUSED
        else:
            outcome = {"error.type": type(answer).__name__}
    except BaseException as error:
        outcome = {"error.type": type(error).__name__}
        raise
    else:
        return answer
    finally:
        asked: dict[str, str | int] = {"http.request.method": call.method, "peer.service": service}
        span = ended_span(
            call.endpoint,
            "client",
            caused_by=cause,
            lasted_s=perf_counter() - begun_s,
            failed=failed,
            attributes={**asked, **outcome},
        )
        TRACEPARENT.reset(own)
        sink(span)
