"""Activities as members see them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from ayda_service.activities.models import Activity
from kernel.contracts.activity import Provenance, SportTag


class ActivityView(msgspec.Struct, frozen=True):
    """One activity."""

    id: str
    sport: SportTag
    provenance: Provenance
    started_at: datetime
    distance_m: float
    moving_time_s: float
    elapsed_time_s: float
    gain_m: float


class AddedActivity(msgspec.Struct, frozen=True):
    """The outcome of sending a file: `created`, or `duplicate` of what was there; whether it goes on to Strava."""

    status: Literal["created", "duplicate"]
    activity: ActivityView
    uploads_to_strava: bool


class ActivityList(msgspec.Struct, frozen=True):
    """Activities, the newest first."""

    activities: list[ActivityView]


def on_wire(activity: Activity) -> ActivityView:
    """The activity as it is shown."""
    return ActivityView(
        id=str(activity.id),
        sport=activity.sport,
        provenance=activity.provenance,
        started_at=activity.started_at,
        distance_m=round(activity.distance_m, 1),
        moving_time_s=round(activity.moving_time_s, 1),
        elapsed_time_s=round(activity.elapsed_time_s, 1),
        gain_m=round(activity.gain_m, 1),
    )
