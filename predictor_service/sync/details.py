"""One activity's details, read from Strava and turned into features; nothing else of it is kept."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Final, Self
from uuid import UUID

from sqlalchemy.orm import Session

from kernel.errors import DomainError
from kernel.strava.quota import Priority
from predictor_service.activities.listed import Unread
from predictor_service.activities.store import ActivityStore
from predictor_service.paths.memory import PathKey, PathMemory
from predictor_service.strava.answers import Detail, Streams
from predictor_service.strava.client import AthletesActivities
from predictor_service.sync.believed import Measured, of_splits, of_streams
from predictor_service.sync.lease import SyncLease
from predictor_service.sync.store import SyncStore
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
    strava: AthletesActivities,
    activity: Unread,
    now: datetime,
    priority: Priority,
    *,
    detail: Detail | None = None,
    path_key: bytes | None = None,
) -> Measured:
    """What the activity gives, for one read, or two without streams. Raises StravaError, NotYet.

    Streams first; the kilometres of the detailed activity, if need be of the one that is there, where there are none,
    or none that can be believed. Paths come under the athlete's key, where there is one.
    """
    try:
        streams = await strava.streams(activity.strava_activity_id, STREAM_KEYS, priority=priority)
    except NotFound:
        streams = Streams()
    told = await asyncio.to_thread(of_streams, streams, activity, path_key)
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


class Details:
    """Reads the details of one athlete's activities within one run, and keeps what they give."""

    def __init__(
        self, strava: AthletesActivities, lease: SyncLease, memory: PathMemory | None = None, key: PathKey | None = None
    ) -> None:
        """`key`: that of an athlete whose paths are remembered, in `memory`."""
        self._strava = strava
        self._lease = lease
        self._memory = memory
        self._key = key

    @classmethod
    async def of(cls, strava: AthletesActivities, lease: SyncLease, memory: PathMemory | None) -> Self:
        """With the athlete's key, where there is one."""
        if memory is None:
            return cls(strava, lease)
        return cls(strava, lease, memory, await lease.step(lambda session: memory.key_of(session, lease.athlete_id)))

    async def measure(self, activity: Unread, priority: Priority, *, detail: Detail | None = None) -> Measured:
        """As `measure`."""
        path_key = None if self._key is None else self._key.key
        return await measure(self._strava, activity, self._lease.now(), priority, detail=detail, path_key=path_key)

    def keep(self, session: Session, activity_id: UUID, measured: Measured) -> None:
        """Marks the activity as read, with what it gave."""
        store, athlete_id = SyncStore(session), self._lease.athlete_id
        ActivityStore(session).set_features(
            activity_id, measured.features, measured.source, self._lease.now(), left_out=measured.left_out
        )
        if self._memory is not None:
            self._memory.keep(session, athlete_id, activity_id, measured.paths, self._key)
        store.forget_trouble(athlete_id, activity_id)
        store.count_read(athlete_id)
