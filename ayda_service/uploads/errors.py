"""What can go wrong when an activity goes to Strava, beyond what any call to Strava can meet, and how it is told.

DomainError
├── for the member who asks
│   ├── ActivityNotFound        not this member's
│   ├── CameFromStrava          it would be there twice
│   └── UploadNotAllowed        the permission is missing; says where to give it
└── of one try
    ├── UploadForgotten         Strava does not know the upload
    └── StillProcessing         two minutes and no decision
"""

from __future__ import annotations

from kernel.errors import DomainError
from servicekit.strava.errors import NotConnected, NotFound, ReauthRequired, RequestRefused, ScopeMissing, StravaError


class ActivityNotFound(DomainError):
    """The member has no such activity."""

    sentence = "There is no activity with this id."


class CameFromStrava(DomainError):
    """The activity was taken from Strava."""

    sentence = "This activity came from Strava; sending it back would only make a second one there."


class UploadNotAllowed(DomainError):
    """The member has not granted `activity:write`. `consent_url` is where they can."""

    def __init__(self, consent_url: str) -> None:
        super().__init__(f"Strava needs your permission to receive activities; give it at {consent_url}.")
        self.consent_url = consent_url


class UploadForgotten(DomainError):
    """Strava has no such upload."""

    sentence = "Strava no longer knows this upload."


class StillProcessing(DomainError):
    """Strava takes its time."""

    sentence = "Strava was still processing the file after two minutes."


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
        case StravaError() | UploadForgotten() | StillProcessing():
            return str(error)
    return f"The upload failed ({type(error).__name__})."
