"""Taking in the activities that members send."""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

import msgspec
from sqlalchemy.orm import Session

from ayda_service.activities.models import Activity
from ayda_service.activities.store import ActivityStore
from ayda_service.members.store import MemberStore
from kernel.contracts.activity import ActivityView, Provenance, SportTag
from servicekit.data.columns import uuid7
from servicekit.data.database import Database
from servicekit.web.track_files import FileReader
from trackfiles import MAX_FILE_BYTES
from trackfiles.gzipped import unpacked
from trackfiles.outing import Outing, digest_of

_HEAD_BYTES: Final = 4096
_FROM_STRAVA = re.compile(rb"<gpx\b[^>]*\bcreator\s*=\s*[\"']\s*strava", re.IGNORECASE)
MOST_LISTED: Final = 200
Offer: TypeAlias = Callable[[Session, Activity], bool]
"""Takes a new activity further with the commit of the session; whether it will be uploaded."""


class AddedActivity(msgspec.Struct, frozen=True):
    """The outcome of sending a file: `created`, or `duplicate` of what was there; whether it goes on to Strava."""

    status: Literal["created", "duplicate"]
    activity: ActivityView
    uploads_to_strava: bool


class ActivityList(msgspec.Struct, frozen=True):
    """Activities, the newest first."""

    activities: list[ActivityView]


class ActivityService:
    """Activities of members."""

    def __init__(self, database: Database, reader: FileReader, offer: Offer, *, now: Callable[[], datetime]) -> None:
        self._database = database
        self._reader = reader
        self._offer = offer
        self._now = now

    async def add(self, telegram_id: int, sent: bytes, sport: SportTag | None, provenance: Provenance) -> AddedActivity:
        """Stores the activity in a file once, and offers a new one to Strava.

        Raises BadTrack, NoElevation or SportUnknown as `FileReader.read` does.
        """
        content = await asyncio.to_thread(unpacked, sent, MAX_FILE_BYTES)
        read = await self._reader.read(content, sport, self._now())
        packed = await asyncio.to_thread(pack, content)
        origin: Provenance = "strava_api" if made_by_strava(content) else provenance
        values = _columns(read, digest_of(content), origin, self._now())
        return await self._database.write(lambda session: self._add(session, telegram_id, values, packed))

    async def of_member(self, telegram_id: int) -> ActivityList:
        """The newest activities of a member."""
        found = await self._database.read(lambda session: ActivityStore(session).of_member(telegram_id, MOST_LISTED))
        return ActivityList([_view(activity) for activity in found])

    def _add(self, session: Session, telegram_id: int, values: Mapping[str, Any], packed: bytes) -> AddedActivity:
        member = MemberStore(session).find_or_create(telegram_id, values["created_at"])
        activity, new = ActivityStore(session).add({**values, "member_id": member.id}, packed)
        goes_on = new and self._offer(session, activity)
        return AddedActivity("created" if new else "duplicate", _view(activity), goes_on)


def pack(content: bytes) -> bytes:
    """The file as it is kept and sent; the same content gives the same bytes."""
    return gzip.compress(content, compresslevel=6, mtime=0)


def made_by_strava(content: bytes) -> bool:
    """Whether an unpacked GPX names Strava as its creator, as its exports do. FIT and TCX exports do not say."""
    return _FROM_STRAVA.search(content[:_HEAD_BYTES]) is not None


def _columns(read: Outing, digest: str, origin: Provenance, now: datetime) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "content_hash": digest,
        "provenance": origin,
        "format": read.format,
        "sport": read.sport,
        "started_at": read.started_at,
        "distance_m": read.distance_m,
        "moving_time_s": read.moving_s,
        "elapsed_time_s": read.elapsed_s,
        "gain_m": read.gain_m,
        "created_at": now,
    }


def _view(activity: Activity) -> ActivityView:
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
