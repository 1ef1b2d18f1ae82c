"""What Strava's answers mean to us: the one place where a status and a fault become an error."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final, TypeVar

import structlog

from kernel.strava.faults import FaultKind, parse_fault
from kernel.strava.rate_headers import reopens_at_s
from servicekit.http.errors import BadUpstreamResponse
from servicekit.http.response import ApiResponse
from servicekit.strava.clock import told_in
from servicekit.strava.errors import (
    AppInactive,
    CapacityFull,
    CodeRefused,
    NotFound,
    RateLimited,
    RefreshRefused,
    RequestRefused,
    ScopeMissing,
    ServerTrouble,
    StravaError,
    StravaMisconfigured,
    TokenRefused,
    UnreadableAnswer,
)

T = TypeVar("T")

_OPERATOR_PAUSE_S: Final = 60.0
_ERRORS: Final[Mapping[FaultKind, Callable[[], StravaError]]] = {
    FaultKind.BAD_REFRESH_TOKEN: RefreshRefused,
    FaultKind.BAD_CODE: CodeRefused,
    FaultKind.BAD_ACCESS_TOKEN: TokenRefused,
    FaultKind.SCOPE_MISSING: ScopeMissing,
    FaultKind.NOT_FOUND: NotFound,
    FaultKind.CAPACITY_FULL: CapacityFull,
    FaultKind.APP_INACTIVE: lambda: AppInactive(_OPERATOR_PAUSE_S),
    FaultKind.APP_MISCONFIGURED: lambda: StravaMisconfigured(_OPERATOR_PAUSE_S),
}
_ALARMS: Final = frozenset({FaultKind.APP_INACTIVE, FaultKind.APP_MISCONFIGURED})


def error_in(answer: ApiResponse, now: datetime) -> StravaError:
    """The error that an answer stands for which is not the expected one."""
    fault = parse_fault(answer.status, answer.content)
    log = structlog.get_logger(__name__)
    if fault.kind in _ALARMS:
        log.error("strava_refuses_our_application", status=answer.status, fault=fault.kind)
    if fault.kind is FaultKind.RATE_LIMITED:
        # the window ends by Strava's clock, and who waits for it looks at ours
        told_s, now_s = told_in(answer.headers.get("date")), now.timestamp()
        at_strava_s = now_s if told_s is None else told_s
        wait_s = reopens_at_s(answer.headers, at_strava_s) - at_strava_s
        return RateLimited(datetime.fromtimestamp(now_s + wait_s, UTC))
    if fault.kind is FaultKind.TRANSIENT:
        return ServerTrouble(answer.status, answer.retry_after_s(now))
    known = _ERRORS.get(fault.kind)
    if known is not None:
        return known()
    log.warning("strava_refused", status=answer.status, reason=fault.message)
    sentence = f"Strava refused the request (status {answer.status})."
    return RequestRefused(sentence, status=answer.status, reason=fault.message)


def decoded(answer: ApiResponse, kind: type[T], what: str = "this request") -> T:
    """The body as `kind`. Raises UnreadableAnswer, which names `what`."""
    try:
        return answer.decode(kind)
    except BadUpstreamResponse as error:
        raise UnreadableAnswer(what) from error
