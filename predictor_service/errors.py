"""What the predictor refuses, beyond what the kernel does.

DomainError
  RouteNotFound      no stored route of this id
  ImportNotFound     no import of this id
  RaceNotFound       no such race, or no such distance of it
  AmbiguousRoute     a prediction was asked for none or for several routes at once
  StartOutOfRange    a start without a time zone, or in no calendar
  AthleteUnknown     no athlete of this Strava id was announced
  AuthorizationExpired, AuthorizationDenied   a connection through our own Strava app that came to nothing
"""

from __future__ import annotations

from kernel.errors import DomainError


class RouteNotFound(DomainError):
    """No route of this id is stored."""

    def __init__(self, route_id: str) -> None:
        super().__init__(f"There is no route {route_id[:64]!r}. Upload its GPX first and use the id of the answer.")


class ImportNotFound(DomainError):
    """There is no import of this id."""

    def __init__(self, import_id: str) -> None:
        super().__init__(f"There is no import {import_id[:64]!r}. Use the id that sending the archive answered.")


class RaceNotFound(DomainError):
    """The catalogue has no such race, or the race no such distance."""

    def __init__(self, race_id: str, distance_id: str | None = None) -> None:
        wanted = f"race {race_id[:64]!r}" if distance_id is None else f"distance {distance_id[:64]!r} of that race"
        super().__init__(f"The catalogue has no {wanted}. GET /api/v1/races lists what it has.")


class AmbiguousRoute(DomainError):
    """None or several of the three ways to name a route were used."""

    sentence = "Name the route in exactly one way: gpx_file_id, or race_id with distance_id, or gpx."


class StartOutOfRange(DomainError):
    """A start that is no instant."""

    sentence = "start_at needs a date and time with a zone, such as 2026-06-13T06:00:00Z."


class AthleteUnknown(DomainError):
    """No athlete with this Strava id was announced."""

    sentence = "No athlete of this Strava id is known; connect Strava first."


class AuthorizationExpired(DomainError):
    """The authorization is unknown, used or too old."""

    sentence = "The authorization has expired or was already used; please start again."


class AuthorizationDenied(DomainError):
    """The athlete said no."""

    sentence = "Strava was not connected: the permission was not given."
