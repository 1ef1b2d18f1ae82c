"""Taking in the activities that members send."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, Literal, Protocol
from uuid import UUID

import msgspec
from sqlalchemy.orm import Session

from ayda_service.activities.models import Activity
from ayda_service.activities.store import ActivityStore
from ayda_service.errors import ActivityNotFound, StorageFull, id_in_path
from ayda_service.members.service import Membership
from ayda_service.settings import MemberBudgets
from kernel.contracts.activity import ActivityView, Provenance, SportTag, in_tenths
from servicekit.base.file_seals import FileSeals
from servicekit.data.columns import uuid7
from servicekit.data.database import Database
from servicekit.web.sent_files import Sent
from servicekit.web.track_files import FileReader
from trackfiles.corrections import Correction
from trackfiles.outing import Outing

MOST_LISTED: Final = 200


class Uploads(Protocol):
    """What becomes of activities beyond this service, with the commit of a session."""

    def offer(self, session: Session, activity: Activity) -> bool:
        """Takes a new activity further; whether it will be uploaded."""
        ...

    def withdraw(self, session: Session, activity_id: UUID) -> None:
        """Ends what the activity was offered for."""
        ...


class AddedActivity(msgspec.Struct, frozen=True):
    """The outcome of sending a file: `created`, or `duplicate` of what was there; whether it goes on to Strava.

    `corrections` are what had to be put right in it.
    """

    status: Literal["created", "duplicate"]
    activity: ActivityView
    uploads_to_strava: bool
    corrections: tuple[Correction, ...] = ()


class ActivityList(msgspec.Struct, frozen=True):
    """Activities, the newest first."""

    activities: list[ActivityView]


class ActivityService:
    """Activities of members."""

    def __init__(
        self,
        database: Database,
        reader: FileReader,
        seals: FileSeals,
        membership: Membership,
        *,
        budgets: MemberBudgets,
        uploads: Uploads,
        learn: Callable[[Session, int, Activity], None],
        now: Callable[[], datetime],
    ) -> None:
        """`learn` has a new activity of this Telegram id learned from, with the commit of a session."""
        self._database = database
        self._membership = membership
        self._reader = reader
        self._seals = seals
        self._budgets = budgets
        self._uploads = uploads
        self._learn = learn
        self._now = now

    async def add(
        self, telegram_id: int, vouched_at: datetime, sent: Sent, sport: SportTag | None, provenance: Provenance
    ) -> AddedActivity:
        """Stores the activity in a file once; a new one is offered to Strava, and learned from.

        Raises Busy, BadTrack, NoElevation or SportUnknown as `FileReader.kept_outing` does, StorageFull and
        ErasedSince.
        """
        read, kept = await self._reader.kept_outing(sent, sport, self._now())
        key = self._seals.new_key()
        packed = await asyncio.to_thread(self._seals.seal, kept.packed, key)
        origin: Provenance = "strava_api" if kept.made_by_strava else provenance
        values = _columns(read, kept.digest, origin, self._now())
        added = await self._database.write(
            lambda session: self._add(session, telegram_id, vouched_at, values, packed=packed, key=key)
        )
        return msgspec.structs.replace(added, corrections=read.corrections)

    async def of_member(self, telegram_id: int) -> ActivityList:
        """The newest activities of a member."""
        found = await self._database.read(lambda session: ActivityStore(session).of_member(telegram_id, MOST_LISTED))
        return ActivityList([_view(activity) for activity in found])

    async def one(self, telegram_id: int, activity_id: UUID) -> tuple[ActivityView, datetime] | None:
        """One of a member's activities, and when it was sent."""
        found = await self._database.read(lambda session: ActivityStore(session).own(activity_id, telegram_id))
        return None if found is None else (_view(found), found.created_at)

    async def delete(self, telegram_id: int, activity_id: str) -> None:
        """Deletes one of the member's activities with its file, its upload and the job of that.

        What Strava has been sent stays there. Raises ActivityNotFound, also the second time.
        """
        key = id_in_path(activity_id, ActivityNotFound)
        await self._database.write(lambda session: self._delete(session, telegram_id, key))

    def _add(
        self,
        session: Session,
        telegram_id: int,
        vouched_at: datetime,
        values: Mapping[str, Any],
        *,
        packed: bytes,
        key: bytes,
    ) -> AddedActivity:
        # alone: of two files at once, the second is weighed after the first
        member = self._membership.join(session, telegram_id, vouched_at, alone=True)
        store = ActivityStore(session)
        known = store.same(member.id, values["content_hash"])
        if known is not None:
            return AddedActivity("duplicate", _view(known), uploads_to_strava=False)
        self._check_room(*store.stored(member.id), len(packed))
        activity = Activity(**values, member_id=member.id, file_bytes=len(packed))
        activity.file_key_sealed = self._seals.seal_key(key, subject=activity.file_subject)
        store.add(activity, packed)
        self._learn(session, telegram_id, activity)
        return AddedActivity("created", _view(activity), self._uploads.offer(session, activity))

    def _check_room(self, files: int, stored_bytes: int, more_bytes: int) -> None:
        most_files, most_bytes = self._budgets.files, self._budgets.stored_bytes
        if files >= most_files or stored_bytes + more_bytes > most_bytes:
            raise StorageFull(files, stored_bytes, most_files, most_bytes)

    def _delete(self, session: Session, telegram_id: int, activity_id: UUID) -> None:
        store = ActivityStore(session)
        if store.own(activity_id, telegram_id) is None:
            raise ActivityNotFound
        self._uploads.withdraw(session, activity_id)
        store.delete(activity_id)


def file_as_sent(seals: FileSeals, activity: Activity, stored: bytes) -> bytes:
    """The gzipped file of an activity, from what lies in the database. Raises SealBroken. Takes CPU."""
    if activity.file_key_sealed is None:
        return stored
    return seals.open(stored, activity.file_key_sealed, subject=activity.file_subject)


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
        **in_tenths(activity),
    )
