"""Why there is no access token.

NoToken
├── NotConnected       the member has not connected Strava, or nobody knows them
├── ReconnectNeeded    they had, but Strava no longer honours it: only they can help
├── TokensOff          no source of tokens is configured
└── TokenUnavailable   the source is down; ask again later
"""

from __future__ import annotations

from kernel.errors import DomainError


class NoToken(DomainError):
    """There is no access token to use now."""


class NotConnected(NoToken):
    """The member has not connected Strava."""

    def __init__(self) -> None:
        super().__init__("Strava is not connected for this member; connect it first.")


class ReconnectNeeded(NoToken):
    """The connection is dead until the member renews it."""

    def __init__(self) -> None:
        super().__init__("Strava no longer accepts this connection; please reconnect Strava.")


class TokensOff(NoToken):
    """Neither AYDA_RUN_API_URL nor an own Strava app is configured."""

    def __init__(self) -> None:
        super().__init__("No source of Strava tokens is configured, so nothing can be synced; files work.")


class TokenUnavailable(NoToken):
    """The source of tokens does not answer; `retry_after_s` is its own wish, if it said one."""

    def __init__(self, *, retry_after_s: float | None = None) -> None:
        super().__init__("The service that keeps the Strava connection cannot be reached; the sync goes on later.")
        self.retry_after_s = retry_after_s
