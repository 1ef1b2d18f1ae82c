"""How an authorization of the own application can fail, beyond what Strava's OAuth names."""

from __future__ import annotations

from kernel.errors import DomainError


class AuthorizationExpired(DomainError):
    """The authorization is unknown, used or too old."""

    def __init__(self) -> None:
        super().__init__("The authorization has expired or was already used; please start again.")


class AuthorizationDenied(DomainError):
    """The athlete said no."""

    def __init__(self) -> None:
        super().__init__("Strava was not connected: the permission was not given.")
