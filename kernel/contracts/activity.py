"""An activity as both services report it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

Provenance = Literal["strava_api", "user_file", "telegram_upload", "manual"]
SportTag = Literal["run", "trail_run", "hike", "walk"]


class ActivityView(msgspec.Struct, frozen=True, kw_only=True):
    """One activity."""

    id: str
    sport: SportTag
    provenance: Provenance
    started_at: datetime
    distance_m: float
    moving_time_s: float
    elapsed_time_s: float
    gain_m: float


class StoredActivity(ActivityView, frozen=True, kw_only=True):
    """The outcome of an upload: `created`, or `duplicate` of one that was there."""

    status: Literal["created", "duplicate"]
