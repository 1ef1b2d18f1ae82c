"""An activity as the predictor reports it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

Provenance = Literal["strava_api", "user_file", "telegram_upload", "manual"]
SportTag = Literal["run", "trail_run", "hike", "walk"]


class StoredActivity(msgspec.Struct, frozen=True):
    """The outcome of an upload: `created`, or `duplicate` of one that was there."""

    id: str
    status: Literal["created", "duplicate"]
    sport: SportTag
    provenance: Provenance
    started_at: datetime
    distance_m: float
    moving_time_s: float
    elapsed_time_s: float
    gain_m: float
