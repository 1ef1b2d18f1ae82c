"""What a process did for one trace, told once it is over: a request it answered, a call it made, a job it ran.

Its ids are those of `traceparent`, so that it is found by the `trace_id` of the log. A span holds words of ours alone:
names of routes, jobs and services, methods, statuses and the request's id, and nothing that anybody sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Literal, TypeAlias

from servicekit.base.clock import utc_now
from servicekit.base.correlation import REQUEST_ID, TRACEPARENT, accept_traceparent, span_of

SpanKind: TypeAlias = Literal["server", "client", "consumer", "internal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedSpan:
    """Ids are the hexadecimal digits of `traceparent`, moments nanoseconds since 1970."""

    name: str
    kind: SpanKind
    trace_id: str
    span_id: str
    parent_id: str | None
    begun_ns: int
    ended_ns: int
    failed: bool
    attributes: Mapping[str, str | int]


SpanSink: TypeAlias = Callable[[EndedSpan], None]
"""Is told of each span at its end: neither waits nor raises."""


def ended_span(
    name: str,
    kind: SpanKind,
    *,
    caused_by: str | None,
    lasted_s: float,
    failed: bool,
    attributes: Mapping[str, str | int],
    own: str | None = None,
) -> EndedSpan:
    """The span that ends now, of its `own` trace context or the current one; `caused_by` is what it was made from."""
    _, trace_id, span_id, _ = (own or TRACEPARENT.get() or accept_traceparent(None)).split("-")
    ended_ns, identity = round(utc_now().timestamp() * 1e9), REQUEST_ID.get()
    return EndedSpan(
        name=name,
        kind=kind,
        trace_id=trace_id,
        span_id=span_id,
        parent_id=span_of(caused_by),
        begun_ns=ended_ns - round(lasted_s * 1e9),
        ended_ns=ended_ns,
        failed=failed,
        attributes={**attributes, **({} if identity is None else {"ayda.request_id": identity})},
    )


@contextmanager
def part_told(
    sink: SpanSink,
    name: str,
    kind: SpanKind,
    attributes: Mapping[str, str | int],
    *,
    faults: type[BaseException] | tuple[type[BaseException], ...] = BaseException,
) -> Iterator[None]:
    """A span of what is done in the block for the current trace, if there is one, and causes nothing elsewhere.

    Only `faults` count as its failure: another error may be its answer.
    """
    cause, begun_s, outcome, failed = TRACEPARENT.get(), perf_counter(), dict[str, str | int](), False
    try:
        yield
    except BaseException as error:
        outcome, failed = {"error.type": type(error).__name__}, isinstance(error, faults)
        raise
    finally:
        if cause is not None:
            span = ended_span(
                name,
                kind,
                caused_by=cause,
                lasted_s=perf_counter() - begun_s,
                failed=failed,
                attributes={**attributes, **outcome},
                own=accept_traceparent(cause),
            )
            sink(span)
