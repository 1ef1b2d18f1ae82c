"""All that both services store about a member, as one JSON document that is made while it is read.

`{"telegram_id": ..., "exported_at": ..., "ayda": {table: [row]}, "predictor": {table: [row]}}`; `predictor` is null
without a prediction service. What it guarantees is in `servicekit.data.personal_pages`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec
import structlog
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from ayda_service.activities.models import ActivityFile
from ayda_service.activities.service import file_as_sent
from ayda_service.activities.store import ActivityStore
from ayda_service.me.store import OwnDataStore
from ayda_service.models import Base
from ayda_service.predictor.client import PredictorClient
from kernel.contracts.connection import ExportPage
from servicekit.base.correlation import DEADLINE_AT_S
from servicekit.base.file_seals import FileSeals
from servicekit.base.vault import KeyMissing, SealBroken
from servicekit.data.database import Database
from servicekit.data.personal_json import PersonalExport, TableWriter, in_thread
from servicekit.data.personal_pages import Opener, PersonalPages


class ExportService:
    """Shows a member everything."""

    def __init__(
        self,
        database: Database,
        predictor: PredictorClient | None,
        seals: FileSeals,
        *,
        now: Callable[[], datetime],
    ) -> None:
        openers = {ActivityFile.__tablename__: _file_opener(seals)}
        self._own = PersonalExport(database, PersonalPages(Base.metadata, openers))
        self._predictor = predictor
        self._now = now

    async def begun(self, telegram_id: int) -> AsyncIterator[bytes]:
        """The document in pieces, once both services have shown that they answer. Raises an UpstreamError.

        Later its iteration raises when one of them fails, so that no document ends well that is not whole.
        """
        theirs = None if self._predictor is None else await self._predictor.export_page(str(telegram_id))
        document = self._document(telegram_id, theirs)
        return _went_on(await anext(document), document)

    async def _document(self, telegram_id: int, theirs: ExportPage | None) -> AsyncIterator[bytes]:
        head = msgspec.json.encode({"telegram_id": str(telegram_id), "exported_at": self._now()})
        yield head[:-1] + b',"ayda":'
        async for piece in self._own.tables(lambda session: OwnDataStore(session).person(telegram_id)):
            yield piece
        yield b',"predictor":'
        if self._predictor is None or theirs is None:
            yield b"null"
        else:
            async for piece in _tables_of(self._predictor, str(telegram_id), theirs):
                yield piece
        yield b"}"


async def _went_on(first: bytes, document: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The whole document. It takes as long as its reader does: the request's deadline is that of its beginning."""
    DEADLINE_AT_S.set(None)
    yield first
    async for piece in document:
        yield piece


async def _tables_of(predictor: PredictorClient, telegram_id: str, page: ExportPage) -> AsyncIterator[bytes]:
    writer = TableWriter()
    while True:
        rows = [(each.table, each.row) for each in page.rows]
        async for piece in in_thread(writer.rows(rows)):
            yield piece
        if page.after is None:
            break
        page = await predictor.export_page(telegram_id, page.after)
    yield writer.end()


def _file_opener(seals: FileSeals) -> Opener:
    """A file is shown as it is sent to Strava: gzipped. One that was changed is said to be unreadable."""

    def shown(session: Session, row: RowMapping) -> Mapping[str, Any]:
        activity = ActivityStore(session).get(row["activity_id"])
        if activity is None:
            return {**row, "packed": None}
        try:
            return {**row, "packed": file_as_sent(seals, activity, row["packed"])}
        except KeyMissing:
            raise
        except SealBroken:
            structlog.get_logger(__name__).error("stored_file_unreadable", activity_id=str(activity.id))
            return {**row, "packed": None, "unreadable": True}

    return shown
