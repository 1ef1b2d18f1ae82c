"""One activity's details, read from Strava and turned into features; nothing else of it is kept."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Final

from kernel.errors import DomainError
from kernel.strava.quota import Priority
from predictor_service.activities.listed import Unread
from predictor_service.strava.answers import Detail, Streams
from predictor_service.strava.client import AthletesActivities
from predictor_service.sync.believed import Measured, of_splits, of_streams
from servicekit.strava.errors import NotFound

STREAM_KEYS: Final = ("time", "distance", "altitude", "latlng")
SETTLING: Final = timedelta(hours=24)
"""For so long after its end an activity without streams may still get some: Strava fills them in later."""

_FINAL: Final = frozenset({"vehicle", "impossible_pace"})
"""What the kilometres would not say otherwise."""
_EMPTY: Final = frozenset({"no_details", "no_heights"})


class NotYet(DomainError):
    """A young activity without streams and kilometres: too early to call it empty."""

    sentence = "Strava has no details of this activity yet."


async def measure(
    strava: AthletesActivities, activity: Unread, now: datetime, priority: Priority, *, detail: Detail | None = None
) -> Measured:
    """What the activity gives, for one read, or two without streams. Raises StravaError, NotYet.

    Streams first; the kilometres of the detailed activity, if need be of the one that is there, where there are none,
    or none that can be believed.
    """
    try:
        streams = await strava.streams(activity.strava_activity_id, STREAM_KEYS, priority=priority)
    except NotFound:
        streams = Streams()
    told = await asyncio.to_thread(of_streams, streams, activity)
    if told.features is not None or told.left_out in _FINAL:
        return told
    try:
        detail = detail or await strava.activity(activity.strava_activity_id, priority=priority)
        splits = detail.splits_metric or []
    except NotFound:
        splits = []
    instead = of_splits(splits, activity)
    if instead.features is not None:
        return instead
    settled_at = activity.started_at + timedelta(seconds=activity.elapsed_time_s) + SETTLING
    if now < settled_at and {told.left_out, instead.left_out} <= _EMPTY:
        raise NotYet
    return instead if told.left_out == "no_details" else told
