"""How a run that was stopped ends: whether its sync goes on by itself, when, and what is said about it.

Whatever waits has a time at which it goes on; what has failed has one too, unless only the athlete can help, whose
connecting again starts a sync.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, Literal

from kernel.errors import DomainError
from kernel.retry import backoff_s
from servicekit.strava.errors import (
    AppInactive,
    NotConnected,
    RateLimited,
    ReauthRequired,
    RequestFailed,
    RequestRefused,
    ScopeMissing,
    StravaMisconfigured,
    StravaUnavailable,
    TokenRefused,
    TokensOff,
    TokenUnavailable,
)

SHORTEST_WAIT_S: Final = 30.0
MOST_BACKOFF_S: Final = 1800.0
OPERATORS_TIME: Final = timedelta(hours=1)
ANOTHER_DAY: Final = timedelta(days=1)
INTERNAL: Final = "The sync stopped on an internal error; it is tried again by itself."
INTERNAL_CODE: Final = "internal_error"
RUNNING_CODE: Final = "sync_running"
DEADLINE_CODE: Final = "deadline_exceeded"
_THE_ATHLETES: Final = (ReauthRequired, NotConnected, ScopeMissing)
_CODES: Final[Mapping[type[DomainError], str]] = MappingProxyType(
    {
        ReauthRequired: "reauth_required",
        NotConnected: "strava_not_connected",
        ScopeMissing: "scope_missing",
        TokensOff: "tokens_not_configured",
        TokenRefused: "strava_refuses_token",
        TokenUnavailable: "tokens_unavailable",
        AppInactive: "strava_app_inactive",
        StravaMisconfigured: "strava_misconfigured",
        StravaUnavailable: "strava_unavailable",
        RequestFailed: "strava_unavailable",
        RequestRefused: "strava_refused",
    }
)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended that was stopped. `retry_at`: when the sync goes on by itself, if it does."""

    status: Literal["waiting", "failed"]
    code: str
    retry_at: datetime | None
    outages: int


def ending_of(error: DomainError, now: datetime, outages: int) -> Ending:
    """What follows from an error, after so many outages in a row before it."""
    code = code_of(error)
    if isinstance(error, RateLimited):
        # the reserve is released call by call: waking up for each of them would be a waste
        return Ending("waiting", code, max(error.retry_at, now + timedelta(seconds=SHORTEST_WAIT_S)), 0)
    if isinstance(error, AppInactive | StravaMisconfigured):
        return Ending("waiting", code, now + OPERATORS_TIME, 0)
    if isinstance(error, StravaUnavailable):
        return Ending("waiting", code, now + _pause(error, 0), 0)
    if isinstance(error, TokenUnavailable | TokenRefused | RequestFailed):
        return Ending("waiting", code, now + _pause(error, outages + 1), outages + 1)
    if isinstance(error, _THE_ATHLETES):
        return Ending("failed", code, None, 0)
    return Ending("failed", code, now + (ANOTHER_DAY if isinstance(error, TokensOff) else OPERATORS_TIME), 0)


def code_of(error: DomainError) -> str:
    """The stable word for an error that stops a sync."""
    if isinstance(error, RateLimited):
        return "strava_rate_limit" if error.told else "quota_exhausted"
    return next((_CODES[kind] for kind in type(error).__mro__ if kind in _CODES), INTERNAL_CODE)


def _pause(error: DomainError, outages: int) -> timedelta:
    wait_s = max(SHORTEST_WAIT_S, backoff_s(outages, first_s=SHORTEST_WAIT_S, most_s=MOST_BACKOFF_S))
    return timedelta(seconds=max(wait_s, getattr(error, "retry_after_s", None) or 0.0))
