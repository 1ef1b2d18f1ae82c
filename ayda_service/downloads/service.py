"""Addresses under which a member's browser finds a file of theirs, once.

Inside Telegram nothing can be saved: its windows keep no files, and the browser outside of it knows no member.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Final
from urllib.parse import urlencode

import msgspec

from ayda_service.errors import AuthorizationExpired, DownloadGone, PredictionNotFound
from ayda_service.exports.service import ExportService
from ayda_service.plans.making import Kind
from ayda_service.plans.service import PlanService
from ayda_service.strava.handovers import Download, DownloadKind, Handovers

DOWNLOAD_PATH: Final = "/api/v1/downloads/file"
_EXPORT: Final = "export"
_LONGEST: Final = 200


class DownloadWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which file: everything about the member, or something of one of their predictions, which is named."""

    what: DownloadKind
    prediction_id: Annotated[str, msgspec.Meta(max_length=64)] | None = None


class DownloadAddress(msgspec.Struct, frozen=True):
    """Where the file is: once, within five minutes."""

    url: str


class DownloadService:
    """Gives such addresses, and the files behind them."""

    def __init__(self, handovers: Handovers, plans: PlanService, exports: ExportService, *, public_url: str) -> None:
        self._handovers = handovers
        self._plans = plans
        self._exports = exports
        self._url = public_url + DOWNLOAD_PATH

    async def address(self, telegram_id: int, vouched_at: datetime, wanted: DownloadWanted) -> DownloadAddress:
        """For a file that the member has. Raises PredictionNotFound and ErasedSince."""
        if wanted.what != _EXPORT:
            await self._plans.predictions.prediction(telegram_id, wanted.prediction_id or "")
        content = Download(what=wanted.what, prediction_id=wanted.prediction_id, vouched_at=vouched_at)
        secret = await self._handovers.give(telegram_id, content)
        return DownloadAddress(f"{self._url}?{urlencode({'ticket': secret})}")

    async def file(self, ticket: str) -> tuple[Kind, bytes] | AsyncIterator[bytes]:
        """What the ticket is good for: a file by its name, or the export in pieces.

        Raises DownloadGone, and as the service of that file does.
        """
        if len(ticket) > _LONGEST:
            raise DownloadGone
        try:
            telegram_id, wanted = await self._handovers.take(ticket, Download)
            if wanted.what == _EXPORT:
                return await self._exports.begun(telegram_id)
            return wanted.what, await self._plans.file(telegram_id, wanted.prediction_id or "", wanted.what)
        except (AuthorizationExpired, PredictionNotFound):
            raise DownloadGone from None
