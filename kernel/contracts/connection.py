"""Messages about a member's Strava connection."""

from __future__ import annotations

from typing import Literal

import msgspec

from kernel.contracts.ids import AthleteId, TelegramId


class StravaConnected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """ayda tells the predictor that a member has connected Strava."""

    telegram_id: TelegramId
    athlete_id: AthleteId


class SyncTriggered(msgspec.Struct, frozen=True):
    """The predictor has stored the athlete and queued a priority sync."""

    status: Literal["sync_triggered"]
    user_id: str


class StravaToken(msgspec.Struct, frozen=True):
    """A short-lived access token. `scope` is what the athlete granted; `expires_at` is epoch seconds."""

    access_token: str
    athlete_id: AthleteId
    scope: str
    expires_at: int

    def __repr__(self) -> str:
        return f"StravaToken(athlete_id={self.athlete_id}, scope={self.scope!r}, expires_at={self.expires_at})"


class StravaDisconnected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """ayda tells the predictor that a member's Strava connection has ended."""

    telegram_id: TelegramId
    athlete_id: AthleteId


class ErasureReceipt(msgspec.Struct, frozen=True):
    """How many rows of each table were erased; all zero when there was nothing (any more)."""

    status: Literal["erased"]
    erased: dict[str, int]
