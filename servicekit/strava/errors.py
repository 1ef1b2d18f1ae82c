"""What can go wrong between us, an athlete and Strava: one tree for tokens, calls, uploads and subscriptions.

DomainError
└── StravaError
    ├── NotNow                      nothing may be asked now, and it is nobody's fault
    │   ├── RateLimited                 .retry_at .told
    │   └── StravaUnavailable           .retry_after_s
    │       ├── AppInactive                 our application is switched off: the operator's business
    │       └── StravaMisconfigured         our client id or secret is refused: the operator's business
    ├── RequestFailed               Strava answers others, but not this request; it may later
    │   ├── AnswerLost                  .sent: it may have been carried out
    │   ├── ServerTrouble               .status .retry_after_s
    │   └── UnreadableAnswer
    ├── RequestRefused              .status; the same request will be refused again
    │   ├── NotFound
    │   ├── ScopeMissing
    │   ├── CodeRefused                 the authorization code is expired, used or foreign
    │   ├── RefreshRefused              the refresh token is dead
    │   └── CapacityFull                the application may connect no more athletes
    └── NoToken                     there is no access token that Strava takes
        ├── NotConnected                nobody gave us tokens
        ├── ReauthRequired              the athlete must connect again
        ├── TokenRefused                also a renewed token was refused
        ├── TokenUnavailable            .retry_after_s; who keeps the tokens does not answer
        └── TokensOff                   nobody is configured to keep them
"""

from __future__ import annotations

from datetime import datetime

from kernel.errors import DomainError


class StravaError(DomainError):
    """Anything between us and Strava."""


class NotNow(StravaError):
    """Nothing may be asked at the moment; it costs nobody an attempt."""


class RateLimited(NotNow):
    """The quota is used up until `retry_at`; `told` when Strava said so itself, and not our own count.

    `why` replaces the sentence where it is another limit than Strava's.
    """

    def __init__(self, retry_at: datetime, *, told: bool = True, why: str | None = None) -> None:
        super().__init__(why or f"Strava's request limit is used up; it goes on at {retry_at:%H:%M} UTC.")
        self.retry_at = retry_at
        self.told = told


class StravaUnavailable(NotNow):
    """Strava, or the way to it, is down; nothing about an athlete or a request follows from it."""

    sentence = "Strava does not answer at the moment; please try again later."

    def __init__(self, retry_after_s: float | None = None) -> None:
        super().__init__()
        self.retry_after_s = retry_after_s


class AppInactive(StravaUnavailable):
    """Strava has switched our application off, for every athlete."""

    sentence = "Strava has deactivated this application; its operator must activate it again."


class StravaMisconfigured(StravaUnavailable):
    """Strava refuses our application itself: for the operator to repair, for everybody else an outage."""


class RequestFailed(StravaError):
    """This request could not be answered, and Strava answers others."""


class AnswerLost(RequestFailed):
    """There was no answer; unless it was not even `sent`, the request may have been carried out."""

    sentence = "Strava did not answer."

    def __init__(self, *, sent: bool = True) -> None:
        super().__init__()
        self.sent = sent


class ServerTrouble(RequestFailed):
    """Strava answered with an error of its own."""

    def __init__(self, status: int, retry_after_s: float | None = None) -> None:
        super().__init__(f"Strava answered with an error of its own (status {status}).")
        self.status = status
        self.retry_after_s = retry_after_s


class UnreadableAnswer(RequestFailed):
    """An answer that is not what Strava documents."""

    def __init__(self, what: str = "this request") -> None:
        super().__init__(f"Strava's answer for {what} cannot be read.")


class RequestRefused(StravaError):
    """Strava understood the request and refuses it; `reason` is what it said."""

    sentence = "Strava refused the request."

    def __init__(self, sentence: str | None = None, *, status: int = 0, reason: str = "") -> None:
        super().__init__(sentence)
        self.status = status
        self.reason = reason


class NotFound(RequestRefused):
    """Strava does not have it, or does not show it to this athlete's token."""

    def __init__(self) -> None:
        super().__init__("Strava does not have what was asked for.", status=404)


class ScopeMissing(RequestRefused):
    """The athlete has not granted what the request needs: no refresh helps."""

    sentence = "Strava was connected without a permission; reconnect Strava and leave its box ticked."


class CodeRefused(RequestRefused):
    """The authorization code cannot be exchanged."""

    sentence = "The authorization has expired or was already used; please try again."


class RefreshRefused(RequestRefused):
    """The refresh token is not, or no longer, valid."""

    sentence = "Strava no longer accepts this refresh token."


class CapacityFull(RequestRefused):
    """Strava lets this application have no further athlete."""

    sentence = "Strava allows this application no further athletes at the moment; please ask the operator."


class NoToken(StravaError):
    """There is no access token to use now."""


class NotConnected(NoToken):
    """There are no tokens of this athlete."""

    sentence = "Strava is not connected for this member; connect it first."


class ReauthRequired(NoToken):
    """The tokens are dead; only the athlete can give new ones."""

    sentence = "Strava no longer accepts this connection; please reconnect Strava."


class TokenRefused(NoToken):
    """Strava does not accept the access token."""

    sentence = "Strava did not accept the access to this account."


class TokenUnavailable(NoToken):
    """Who keeps the tokens does not answer; `retry_after_s` is their own wish, if they said one."""

    def __init__(self, *, retry_after_s: float | None = None) -> None:
        super().__init__("The service that keeps the Strava connection cannot be reached; please try again later.")
        self.retry_after_s = retry_after_s


class TokensOff(NoToken):
    """No source of tokens is configured."""

    sentence = "No source of Strava tokens is configured, so nothing can be synced; files work."
