"""How a try of an upload begins, and what it has written down of itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from ayda_service.activities.service import file_as_sent
from ayda_service.uploads.jobs import GivenUp
from ayda_service.uploads.store import Try, UploadStore
from kernel.strava.uploads import Upload
from servicekit.base.file_seals import FileSeals
from servicekit.data.database import Database


class Superseded(Exception):
    """A later try of the same upload has begun; this one's word no longer counts."""


class NoSlot(Exception):
    """As many uploads as are allowed are under way."""


def begin(session: Session, upload_id: UUID, *, now: datetime, until: datetime) -> Try | None:
    """A try that holds a slot until then; None when nothing is left to do. Raises NoSlot."""
    store = UploadStore(session)
    one = store.begin(upload_id)
    if one is not None and not store.take_slot(upload_id, one.fence, now=now, until=until):
        raise NoSlot  # and nothing has begun
    return one


class Progress:
    """A try and how far it is; every step is durable before the next, and raises Superseded after a later try began."""

    def __init__(self, database: Database, seals: FileSeals, one: Try, on_given_up: GivenUp) -> None:
        self._database = database
        self._seals = seals
        self.one = one
        self.state = one.state
        self._sent = one.sent
        self._left = False
        self._on_given_up = on_given_up

    @property
    def sent_before(self) -> bool:
        """Whether the file had been sent before the sending that was answered."""
        return self._sent > 1

    async def count_sending(self) -> bytes:
        """The gzipped file, once the sending that follows is counted. Raises SealBroken, without counting."""
        packed = await self._database.write(lambda session: self._count(session, self._sent + 1))
        self._sent += 1
        return packed

    async def take_sending_back(self) -> None:
        """Uncounts a sending that did not happen."""
        self._sent -= 1
        await self.write(self.state, sent=self._sent)

    async def write(self, state: Upload, *, leaves: bool = False, **more: Any) -> None:
        """Writes down how far the try is; when it `leaves`, its slot is free."""
        await self._database.write(lambda session: self._put(session, state, leaves=leaves, **more))
        self.state, self._left = state, leaves

    async def end(self, state: Upload, **more: Any) -> None:
        """Writes down how the try ended."""
        await self.write(state, leaves=True, **more)

    async def leave(self) -> None:
        """Frees the slot, if the try did not come to an end that could be written down."""
        if not self._left:
            await self._database.write(lambda session: UploadStore(session).free_slot(self.one))

    def _count(self, session: Session, sent: int) -> bytes:
        self._put(session, self.state, sent=sent)
        activity, packed = UploadStore(session).file_of(self.one.upload_id)
        return file_as_sent(self._seals, activity, packed)

    def _put(self, session: Session, state: Upload, *, leaves: bool = False, **more: Any) -> None:
        store = UploadStore(session)
        if not store.write(self.one, state, **more):
            raise Superseded
        if state.status == "failed":
            self._on_given_up(session, self.one.upload_id, self.one.fence)
        if leaves:
            store.free_slot(self.one)
