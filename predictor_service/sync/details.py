"""One activity's details, read from Strava and turned into features; nothing else of it is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from kernel.errors import DomainError
from kernel.pace import ActivityFeatures, SplitSample, features_of_recording, features_of_splits
from kernel.strava.quota import Priority
from predictor_service.activities.store import FeaturesSource, Unread
from predictor_service.strava.answers import Split, Streams
from predictor_service.strava.client import AthletesActivities
from predictor_service.strava.recording import recording_of
from servicekit.strava.errors import NotFound, UnreadableAnswer

STREAM_KEYS: Final = ("time", "distance", "altitude", "latlng")
SETTLING: Final = timedelta(hours=24)
"""For so long after its end an activity without streams may still get some: Strava fills them in later."""


class NotYet(DomainError):
    """A young activity without streams and kilometres: too early to call it empty."""

    sentence = "Strava has no details of this activity yet."


@dataclass(frozen=True, slots=True)
class Measured:
    """What an activity gave: features and where they came from, or nothing usable."""

    features: ActivityFeatures | None
    source: FeaturesSource | None


async def measure(strava: AthletesActivities, activity: Unread, now: datetime, priority: Priority) -> Measured:
    """What the activity gives, for one read, or two without streams. Raises StravaError, NotYet.

    Streams first; the kilometres of the detailed activity where there are none.
    """
    try:
        streams = await strava.streams(activity.strava_activity_id, STREAM_KEYS, priority=priority)
    except NotFound:
        streams = Streams()
    features = await asyncio.to_thread(_of_streams, streams, activity)
    if features is not None:
        return Measured(features, "streams")
    try:
        detail = await strava.activity(activity.strava_activity_id, priority=priority)
        splits = detail.splits_metric or []
    except NotFound:
        splits = []
    features = _of_splits(splits, activity)
    if features is None and now < activity.started_at + timedelta(seconds=activity.elapsed_time_s) + SETTLING:
        raise NotYet
    return Measured(features, "splits" if features is not None else None)


def _of_streams(streams: Streams, activity: Unread) -> ActivityFeatures | None:
    recording = recording_of(streams, activity.started_at)
    if recording is None:
        return None
    return _guarded(lambda: features_of_recording(recording, activity.sport), activity)


def _of_splits(splits: list[Split], activity: Unread) -> ActivityFeatures | None:
    samples = [
        SplitSample(split.distance, split.moving_time, split.elevation_difference)
        for split in splits
        if split.elevation_difference is not None and split.distance > 0 and split.moving_time > 0
    ]
    if not samples:
        return None
    return _guarded(
        lambda: features_of_splits(
            samples,
            activity.sport,
            activity.started_at,
            activity.moving_time_s,
            activity.elapsed_time_s,
            gain_m=activity.gain_m or None,
        ),
        activity,
    )


def _guarded(features_of: Callable[[], ActivityFeatures], activity: Unread) -> ActivityFeatures | None:
    """The features; None for a recording without any. Whatever else breaks concerns this activity only."""
    try:
        return features_of()
    except DomainError:
        return None
    except Exception as error:
        structlog.get_logger(__name__).warning(
            "activity_unreadable", activity=activity.strava_activity_id, reason=repr(error)
        )
        raise UnreadableAnswer("an activity") from error
