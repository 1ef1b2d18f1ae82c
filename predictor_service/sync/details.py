"""One activity's details, read from Strava and turned into features; nothing else of it is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, Protocol, TypeAlias

import structlog

from kernel.contracts.activity import SportTag
from kernel.errors import DomainError
from kernel.pace import ActivityFeatures, SplitSample, features_of_recording, features_of_splits
from kernel.strava.quota import Priority
from predictor_service.strava.errors import NotFound, UnreadableAnswer
from predictor_service.strava.recording import recording_of
from predictor_service.strava.wire import Detail, Split, Streams
from predictor_service.sync.access import Access

STREAM_KEYS: Final = ("time", "distance", "altitude", "latlng")
SETTLING: Final = timedelta(hours=24)
"""For so long after its end an activity without streams may still get some: Strava fills them in later."""

Source: TypeAlias = Literal["streams", "splits"]


class NotYet(DomainError):
    """A young activity without streams and kilometres: too early to call it empty."""

    def __init__(self) -> None:
        super().__init__("Strava has no details of this activity yet.")


class DetailsApi(Protocol):
    """What Strava tells about one activity."""

    async def streams(self, token: str, activity_id: int, keys: tuple[str, ...], *, priority: Priority) -> Streams:
        """Raises NotFound when it has none."""
        ...

    async def activity(self, token: str, activity_id: int, *, priority: Priority) -> Detail:
        """Raises NotFound when it is gone."""
        ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """An activity to be read, as the list told it."""

    strava_id: int
    sport: SportTag
    started_at: datetime
    moving_time_s: float
    elapsed_time_s: float
    gain_m: float


@dataclass(frozen=True, slots=True)
class Read:
    """What an activity gave: features and where they came from, or nothing usable."""

    features: ActivityFeatures | None
    source: Source | None


class Reader:
    """Streams first; the kilometres of the detailed activity where there are none."""

    def __init__(self, api: DetailsApi, access: Access, priority: Priority) -> None:
        self._api = api
        self._access = access
        self._priority = priority

    async def read(self, wanted: Wanted, now: datetime) -> Read:
        """What the activity gives, for one read, or two without streams. Raises StravaFault, NotYet."""
        try:
            streams = await self._access.call(
                lambda token: self._api.streams(token, wanted.strava_id, STREAM_KEYS, priority=self._priority)
            )
        except NotFound:
            streams = Streams()
        features = await asyncio.to_thread(_of_streams, streams, wanted)
        if features is not None:
            return Read(features, "streams")
        return await self._fall_back(wanted, now)

    async def _fall_back(self, wanted: Wanted, now: datetime) -> Read:
        try:
            detail = await self._access.call(
                lambda token: self._api.activity(token, wanted.strava_id, priority=self._priority)
            )
            splits = detail.splits_metric or []
        except NotFound:
            splits = []
        features = _of_splits(splits, wanted)
        if features is None and now < wanted.started_at + timedelta(seconds=wanted.elapsed_time_s) + SETTLING:
            raise NotYet
        return Read(features, "splits" if features is not None else None)


def _of_streams(streams: Streams, wanted: Wanted) -> ActivityFeatures | None:
    recording = recording_of(streams, wanted.started_at)
    if recording is None:
        return None
    return _guarded(lambda: features_of_recording(recording, wanted.sport), wanted)


def _of_splits(splits: list[Split], wanted: Wanted) -> ActivityFeatures | None:
    samples = [
        SplitSample(split.distance, split.moving_time, split.elapsed_time, split.elevation_difference)
        for split in splits
        if split.elevation_difference is not None and split.distance > 0 and split.moving_time > 0
    ]
    if not samples:
        return None
    return _guarded(
        lambda: features_of_splits(
            samples,
            wanted.sport,
            wanted.started_at,
            wanted.moving_time_s,
            wanted.elapsed_time_s,
            gain_m=wanted.gain_m or None,
        ),
        wanted,
    )


def _guarded(measure: Callable[[], ActivityFeatures], wanted: Wanted) -> ActivityFeatures | None:
    """The features; None for a recording without any. Whatever else breaks concerns this activity only."""
    try:
        return measure()
    except DomainError:
        return None
    except Exception as error:
        structlog.get_logger(__name__).warning("activity_unreadable", activity=wanted.strava_id, reason=repr(error))
        raise UnreadableAnswer("an activity") from error
