"""What can go wrong between us, an athlete and Strava's OAuth.

DomainError
├── StravaUnavailable               .retry_after_s
│   └── StravaMisconfigured         our own client id or secret is refused
├── CapacityFull                    the application may connect no more athletes
├── CodeRefused                     the authorization code is expired, used or foreign
├── RefreshRefused                  the refresh token is dead
├── NotConnected                    nobody gave us tokens
└── ReauthRequired                  the athlete must connect again
"""

from __future__ import annotations

from kernel.errors import DomainError


class StravaUnavailable(DomainError):
    """Strava cannot answer now; nothing about the athlete's connection follows from it."""

    def __init__(self, retry_after_s: float | None = None) -> None:
        super().__init__("Strava does not answer at the moment; please try again later.")
        self.retry_after_s = retry_after_s


class StravaMisconfigured(StravaUnavailable):
    """Strava refuses our application itself: for the operator to repair, for everybody else an outage."""


class CapacityFull(DomainError):
    """Strava lets this application have no further athlete."""

    def __init__(self) -> None:
        super().__init__("Strava allows this application no further athletes at the moment; please ask the operator.")


class CodeRefused(DomainError):
    """The authorization code cannot be exchanged."""

    def __init__(self) -> None:
        super().__init__("The authorization has expired or was already used; please try again.")


class RefreshRefused(DomainError):
    """The refresh token is not, or no longer, valid."""

    def __init__(self) -> None:
        super().__init__("Strava no longer accepts this refresh token.")


class NotConnected(DomainError):
    """There are no tokens of this athlete."""

    def __init__(self) -> None:
        super().__init__("This person has not connected Strava.")


class ReauthRequired(DomainError):
    """The tokens are dead; only the athlete can give new ones."""

    def __init__(self) -> None:
        super().__init__("Strava no longer accepts this connection; the athlete has to connect Strava again.")
