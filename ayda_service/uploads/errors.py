"""What can go wrong when an activity goes to Strava.

DomainError
├── for the member who asks
│   ├── ActivityNotFound        not this member's
│   ├── CameFromStrava          it would be there twice
│   └── UploadNotAllowed        the permission is missing; says where to give it
├── UploadHopeless              no retry helps; its sentence is shown to the member
└── of one call to Strava
    ├── NoAnswer                lost on the way: it may have been carried out
    ├── ServerTrouble           Strava answered that it cannot
    ├── LimitReached            come back at `retry_at`
    ├── TokenRefused            ask for a fresh token once
    ├── UploadUnknown           Strava does not know the upload
    └── StillProcessing         two minutes and no decision
"""

from __future__ import annotations

from datetime import datetime

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


class NoAnswer(DomainError):
    """There was no answer that can be read."""

    def __init__(self) -> None:
        super().__init__("Strava did not answer.")


class ServerTrouble(DomainError):
    """Strava answered with an error of its own."""

    def __init__(self, status: int) -> None:
        super().__init__(f"Strava answered with an error of its own (status {status}).")


class LimitReached(DomainError):
    """No call may be made before `retry_at`; `told` when Strava said so itself."""

    def __init__(self, retry_at: datetime, *, told: bool) -> None:
        super().__init__(f"Strava's request limit is used up; it goes on at {retry_at:%H:%M} UTC.")
        self.retry_at = retry_at
        self.told = told


class TokenRefused(DomainError):
    """Strava does not accept the access token."""

    def __init__(self) -> None:
        super().__init__("Strava did not accept the access to this account.")


class UploadUnknown(DomainError):
    """Strava has no such upload."""

    def __init__(self) -> None:
        super().__init__("Strava no longer knows this upload.")


class StillProcessing(DomainError):
    """Strava takes its time."""

    def __init__(self) -> None:
        super().__init__("Strava was still processing the file after two minutes.")
