"""What can go wrong when an activity goes to Strava, beyond what any call to Strava can meet.

DomainError
├── for the member who asks
│   ├── ActivityNotFound        not this member's
│   ├── CameFromStrava          it would be there twice
│   └── UploadNotAllowed        the permission is missing; says where to give it
└── of one try
    ├── UploadHopeless          no retry helps; its sentence is shown to the member
    ├── UploadForgotten         Strava does not know the upload
    └── StillProcessing         two minutes and no decision
"""

from __future__ import annotations

from kernel.errors import DomainError


class ActivityNotFound(DomainError):
    """The member has no such activity."""

    def __init__(self) -> None:
        super().__init__("There is no activity with this id.")


class CameFromStrava(DomainError):
    """The activity was taken from Strava."""

    def __init__(self) -> None:
        super().__init__("This activity came from Strava; sending it back would only make a second one there.")


class UploadNotAllowed(DomainError):
    """The member has not granted `activity:write`. `consent_url` is where they can."""

    def __init__(self, consent_url: str) -> None:
        super().__init__(f"Strava needs your permission to receive activities; give it at {consent_url}.")
        self.consent_url = consent_url


class UploadHopeless(DomainError):
    """No retry of this upload helps before somebody does something."""


class UploadForgotten(DomainError):
    """Strava has no such upload."""

    def __init__(self) -> None:
        super().__init__("Strava no longer knows this upload.")


class StillProcessing(DomainError):
    """Strava takes its time."""

    def __init__(self) -> None:
        super().__init__("Strava was still processing the file after two minutes.")
