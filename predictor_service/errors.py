"""What the predictor refuses, beyond what the kernel does.

DomainError
  RouteNotFound      no stored route of this id
  ImportNotFound     no import of this id
  ArchivesFull, StorageFull   an athlete has as much here as one may have
  RaceNotFound       no such race, or no such distance of it
  AmbiguousRoute     a prediction was asked for none or for several routes at once
  PaceNeeded         a guest says nothing of their pace
  BadGuestProfile, GuestProfileExpired   what a guest's browser kept opens no longer
  GuestProfileOfMember   a guest's profile was sent along for a member
  NoOutings, ReadingTooLong   files that make no profile
  PlaceUnknown       an export cannot go on there
  ForecastNotFound, OutingNotFound   nothing of this person's that could be compared
  AthleteUnknown     no athlete of this Strava id was announced
  SyncStopped        a sync that somebody waited for met another error
  ErasedMeanwhile    somebody was erased while a request about them, or about somebody unknown, was under way
  AuthorizationExpired, AuthorizationDenied   a connection through our own Strava app that came to nothing
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from kernel.errors import DomainError

_NO_OUTINGS: Final = (
    "None of these files is a recording of an outing on foot that can be used. Send recordings of runs or hikes with "
    "positions, heights and times: GPX, TCX, FIT, or a ZIP of them such as Strava's export."
)


class RouteNotFound(DomainError):
    """No route of this id is stored."""

    def __init__(self, route_id: str) -> None:
        super().__init__(f"There is no route {route_id[:64]!r}. Upload its GPX first and use the id of the answer.")


class ImportNotFound(DomainError):
    """There is no import of this id."""

    def __init__(self, import_id: str) -> None:
        super().__init__(f"There is no import {import_id[:64]!r}. Use the id that sending the archive answered.")


class ArchivesFull(DomainError):
    """As many archives of the athlete as may lie here wait to be read."""

    def __init__(self, waiting: int) -> None:
        super().__init__(
            f"{waiting} archives of yours wait to be read, and there is no room for another one. Send it when one of "
            "them is done; one that failed goes after a week, or at once when it is sent again and read."
        )


class StorageFull(DomainError):
    """The athlete has as many activities as are kept of one."""

    def __init__(self, most: int) -> None:
        super().__init__(f"{most:,} activities of yours are kept, and no more are taken from files.")


class RaceNotFound(DomainError):
    """The catalogue has no such race, or the race no such distance."""

    def __init__(self, race_id: str, distance_id: str | None = None) -> None:
        wanted = f"race {race_id[:64]!r}" if distance_id is None else f"distance {distance_id[:64]!r} of that race"
        super().__init__(f"The catalogue has no {wanted}. GET /api/v1/races lists what it has.")


class AmbiguousRoute(DomainError):
    """None or several of the three ways to name a route were used."""

    sentence = "Name the route in exactly one way: gpx_file_id, or race_id with distance_id, or gpx."


class PaceNeeded(DomainError):
    """Nobody is named, and nothing is said to predict from."""

    sentence = "Say how fast you are: flat_pace in seconds per kilometre, or the result of a race you ran."


class BadGuestProfile(DomainError):
    """A guest's profile that was not sealed here, or under a key that is gone."""

    sentence = "The profile that was kept of your outings cannot be opened. Drop your files again to make a new one."


class GuestProfileExpired(DomainError):
    """A guest's profile that is too old, or was made by another version of this program."""

    sentence = "The profile that was kept of your outings is out of date. Drop your files again to make a new one."


class GuestProfileOfMember(DomainError):
    """A guest's profile beside the id of a member, who has one here."""

    sentence = "A profile is sent along by guests only; leave it out where there is a telegram_id."


class NoOutings(DomainError):
    """Files of which none tells how somebody goes on foot."""

    def __init__(self, reasons: Collection[str]) -> None:
        """`reasons` are the sentences with which they were left out."""
        super().__init__(next(iter(reasons)) if len(reasons) == 1 else _NO_OUTINGS)


class ReadingTooLong(DomainError):
    """A guest's files take longer to read than a request may."""

    sentence = "Reading these files takes too long. Send a part of them, such as those of the last year."


class PlaceUnknown(DomainError):
    """An export was to go on where no page of it has ended."""

    sentence = "There is no such place in an export. Use the `after` of the page before, or leave it out."


class AthleteUnknown(DomainError):
    """No athlete with this Strava id was announced."""

    sentence = "No athlete of this Strava id is known; connect Strava first."


class ErasedMeanwhile(DomainError):
    """What the request was about was erased before it ended, so nothing of it is kept."""

    sentence = "Data was erased while this request was under way, so nothing of it was kept; ask again."


class AuthorizationExpired(DomainError):
    """The authorization is unknown, used or too old."""

    sentence = "The authorization has expired or was already used; please start again."


class AuthorizationDenied(DomainError):
    """The athlete said no."""

    sentence = "Strava was not connected: the permission was not given."


class SyncStopped(DomainError):
    """What somebody waited for was stopped by `error`; `retry_at` is when it goes on by itself, if it does."""

    def __init__(self, error: DomainError, retry_at: datetime | None, now: datetime) -> None:
        super().__init__(str(error))
        self.error = error
        self.retry_at = retry_at
        self.retry_after_s = None if retry_at is None else (retry_at - now).total_seconds()


class ForecastNotFound(DomainError):
    """There is no forecast of this id for this person that could be compared."""

    sentence = "There is no forecast of this id that an outing of yours could be compared with."


class OutingNotFound(DomainError):
    """There is no outing of this id that could have answered the forecast."""

    sentence = "There is no outing of this id, or it began before the forecast was made, or nothing usable is in it."
