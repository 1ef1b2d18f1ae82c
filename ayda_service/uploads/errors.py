"""What can go wrong with one try, beyond what any call to Strava can meet, and how the member is told."""

from __future__ import annotations

from kernel.errors import DomainError
from servicekit.strava.errors import NotConnected, NotFound, ReauthRequired, RequestRefused, ScopeMissing, StravaError


class Undecided(DomainError):
    """Strava has not said what became of the file."""


def is_hopeless(error: Exception) -> bool:
    """Whether no retry of the upload helps before somebody does something."""
    return isinstance(error, NotConnected | ReauthRequired | RequestRefused) and not isinstance(error, NotFound)


def sentence_for(error: Exception) -> str:
    """What the member is told of an error that ended a try."""
    match error:
        case NotConnected():
            return "Strava is not connected; connect it and upload again."
        case ReauthRequired():
            return "Strava no longer accepts this connection; connect it again and upload."
        case ScopeMissing():
            return "Strava was connected without the permission to receive activities."
        case RequestRefused(status=status) if is_hopeless(error):
            return f"Strava refused the file (status {status})."
        case StravaError() | Undecided():
            return str(error)
    return f"The upload failed ({type(error).__name__})."
