"""What a caller of the sync is refused, beyond what `predictor_service.strava` names."""

from __future__ import annotations

from kernel.errors import DomainError


class AthleteUnknown(DomainError):
    """No athlete with this Strava id was announced."""

    def __init__(self) -> None:
        super().__init__("No athlete of this Strava id is known; connect Strava first.")
