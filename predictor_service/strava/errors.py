"""What can go wrong between the predictor and Strava.

StravaFault
├── TokenRefused        the access token is not (or no longer) good: ask for a fresh one once
├── ScopeMissing        the athlete did not grant this: a fresh token does not help
├── RateLimited         come back at `retry_at`
├── NotFound            this activity, or its streams, do not exist
├── AppInactive         the Strava application itself is switched off: the operator must act
├── UnreadableAnswer    Strava answered 200 with something else than it promises
└── StravaUnavailable   an outage; try again later
"""

from __future__ import annotations

from datetime import datetime

from kernel.errors import DomainError


class StravaFault(DomainError):
    """Any refusal of Strava."""


class TokenRefused(StravaFault):
    """Strava does not accept the access token."""

    def __init__(self) -> None:
        super().__init__("Strava no longer accepts this access token.")


class ScopeMissing(StravaFault):
    """The athlete has not granted the permission to read activities."""

    def __init__(self) -> None:
        super().__init__(
            "Strava was connected without permission to read activities; reconnect Strava and leave that box ticked."
        )


class RateLimited(StravaFault):
    """The quota is used up; nothing may be asked before `retry_at`."""

    def __init__(self, retry_at: datetime) -> None:
        super().__init__(f"Strava's quota is used up; reading goes on at {retry_at:%H:%M} UTC.")
        self.retry_at = retry_at


class NotFound(StravaFault):
    """Strava does not have it, or does not show it to this athlete's token."""

    def __init__(self) -> None:
        super().__init__("Strava does not have this activity.")


class AppInactive(StravaFault):
    """Strava has switched the application off, for every athlete."""

    def __init__(self) -> None:
        super().__init__("Strava has deactivated this application; its operator must activate it again.")


class UnreadableAnswer(StravaFault):
    """An answer that is not what Strava documents."""

    def __init__(self, what: str) -> None:
        super().__init__(f"Strava's answer for {what} cannot be read.")


class StravaUnavailable(StravaFault):
    """Strava, or the way to it, is down. `retry_after_s` is Strava's own wish, if it said one."""

    def __init__(self, *, retry_after_s: float | None = None) -> None:
        super().__init__("Strava cannot be reached at the moment; reading goes on later.")
        self.retry_after_s = retry_after_s
