"""Access tokens for the predictor."""

from __future__ import annotations

from typing import Final

from ayda_service.audit.service import Audit
from ayda_service.errors import UserNotFound
from ayda_service.strava.store import ConnectionStore
from kernel.contracts.connection import StravaToken
from servicekit.base.correlation import request_id
from servicekit.data.database import Database
from servicekit.strava.errors import NotConnected
from servicekit.strava.tokens.keeper import TokenKeeper
from servicekit.web.telegram_ids import checked_telegram_id

LARGEST_ID: Final = 2**63 - 1
"""Of a column: canonical ids of 19 digits may exceed it, and nobody has one of those."""


class TokenHandOutService:
    """Hands out access tokens, never refresh tokens, and writes down to whom."""

    def __init__(self, database: Database, keeper: TokenKeeper, audit: Audit) -> None:
        self._database = database
        self._keeper = keeper
        self._audit = audit

    async def token(self, telegram_id: str, *, force: bool, api_key_id: str) -> StravaToken:
        """A token of the member.

        Raises BadTelegramId, UserNotFound, NotConnected, ReauthRequired or StravaUnavailable.
        """
        key = int(checked_telegram_id(telegram_id))
        if key > LARGEST_ID:
            raise UserNotFound
        async with self._database.reading() as session:
            found = await ConnectionStore(session).of_telegram_id(key)
        if found is None:
            raise UserNotFound
        row = found[1]
        if row is None:
            raise NotConnected
        ready = await self._keeper.access_token(row.athlete_id, force=force)
        async with self._database.transaction() as session:
            # a connection that ended while its token was fetched is given to nobody, and its athlete named nowhere
            if not await ConnectionStore(session).holds(row.member_id, row.athlete_id):
                raise NotConnected
            written = await self._audit.record(
                session,
                row.athlete_id,
                api_key_id=api_key_id,
                reason="refused" if force else "asked",
                request_id=request_id() or "",
            )
        self._audit.witness(written)
        return StravaToken(ready.access_token, ready.athlete_id, ready.scope, ready.expires_at_s)
