"""Taking in the activities that members send."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from ayda_service.activities.files import made_by_strava, pack, unpack
from ayda_service.activities.models import Activity
from ayda_service.activities.store import ActivityStore
from ayda_service.activities.wire import ActivityList, AddedActivity, on_wire
from ayda_service.members.store import MemberStore
from kernel.contracts.activity import Provenance, SportTag
from servicekit.data.columns import uuid7
from servicekit.data.database import Database
from servicekit.web.track_files import FileReader
from trackfiles.outing import Outing, digest_of

MOST_LISTED: Final = 200


class Onward(Protocol):
    """Who takes new activities further by themselves."""

    async def offer(self, activity: Activity, *, session: AsyncSession) -> bool:
        """Whether the activity will be uploaded, queued with the commit of `session`."""
        ...


class ActivityService:
    """Activities of members."""

    def __init__(self, database: Database, reader: FileReader, onward: Onward, *, now: Callable[[], datetime]) -> None:
        self._database = database
        self._reader = reader
        self._onward = onward
        self._now = now

    async def add(self, telegram_id: int, sent: bytes, sport: SportTag | None, provenance: Provenance) -> AddedActivity:
        """Stores the activity in a file once, and offers a new one to Strava.

        Raises BadTrack, NoElevation or SportUnknown as `FileReader.read` does.
        """
        content = await asyncio.to_thread(unpack, sent)
        read = await self._reader.read(content, sport, self._now())
        packed = await asyncio.to_thread(pack, content)
        origin: Provenance = "strava_api" if made_by_strava(content) else provenance
        now = self._now()
        async with self._database.transaction() as session:
            member = await MemberStore(session).find_or_create(telegram_id, now)
            values = _columns(read, member.id, digest_of(content), origin, now)
            activity, new = await ActivityStore(session).add(values, packed)
            goes_on = new and await self._onward.offer(activity, session=session)
        return AddedActivity("created" if new else "duplicate", on_wire(activity), goes_on)

    async def of_member(self, telegram_id: int) -> ActivityList:
        """The newest activities of a member."""
        async with self._database.reading() as session:
            found = await ActivityStore(session).of_member(telegram_id, MOST_LISTED)
        return ActivityList([on_wire(activity) for activity in found])


def _columns(read: Outing, member_id: UUID, digest: str, origin: Provenance, now: datetime) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "member_id": member_id,
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
