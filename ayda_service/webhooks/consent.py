"""An event says that an athlete has withdrawn their consent. Strava's answer to a refresh decides, never the event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, Protocol

import structlog

from ayda_service.webhooks.models import WebhookEvent
from ayda_service.webhooks.passing_on import BATCH
from ayda_service.webhooks.queueing import WebhookJobs
from ayda_service.webhooks.store import InboxStore
from servicekit.data.database import Database
from servicekit.jobs import Snooze
from servicekit.strava.errors import NotConnected, ReauthRequired, StravaUnavailable
from servicekit.strava.tokens.seals import ReadyToken

PROBE_PAUSE_S: Final = 900.0
"""Between two refreshes on the word of events: forged ones cost at most one call per quarter of an hour."""
OUTAGE_S: Final = 60.0


class Keeper(Protocol):
    """The part of `TokenKeeper` that tells whether a consent stands."""

    async def access_token(self, athlete_id: int, *, force: bool = False) -> ReadyToken: ...


class ConsentCheck:
    """The work on events about athletes."""

    def __init__(self, database: Database, jobs: WebhookJobs, keeper: Keeper, *, now: Callable[[], datetime]) -> None:
        self._database = database
        self._jobs = jobs
        self._keeper = keeper
        self._now = now

    async def run(self, args: Mapping[str, Any]) -> None:
        """Ends the connection if Strava no longer honours it, in one transaction with the notice to the predictor.

        Raises Snooze when Strava cannot tell now, or was asked a moment ago.
        """
        owner_id = int(args["owner_id"])
        async with self._database.reading() as session:
            store = InboxStore(session)
            events = await store.waiting(owner_id, about_athlete=True, limit=BATCH)
            row = await store.connection(owner_id)
        hints = [event for event in events if event.aspect_type == "update" and "authorized" in event.updates]
        if row is None or not hints:
            await self._ignore(events)
            return
        if row.state != "reauth_required":
            age_s = self._now().timestamp() - row.obtained_at_s
            if 0 <= age_s < PROBE_PAUSE_S:
                raise Snooze(PROBE_PAUSE_S - age_s, "asked_a_moment_ago")
        asked_at = self._now()
        if await self._stands(owner_id):
            async with self._database.transaction() as session:
                await InboxStore(session).settle_about_athlete(owner_id, "ignored", until=asked_at)
            structlog.get_logger(__name__).info("deauthorisation_not_confirmed", athlete_id=owner_id)
            return
        await self._end(owner_id, asked_at)

    async def _stands(self, owner_id: int) -> bool:
        try:
            await self._keeper.access_token(owner_id, force=True)
        except (ReauthRequired, NotConnected):
            return False
        except StravaUnavailable as outage:
            raise Snooze(outage.retry_after_s or OUTAGE_S, "strava_unavailable") from outage
        return True

    async def _end(self, owner_id: int, asked_at: datetime) -> None:
        async with self._database.transaction() as session:
            store = InboxStore(session)
            telegram_id = await store.telegram_id_of(owner_id)
            ended = await store.end_connection(owner_id)
            if ended and telegram_id is not None:
                await self._jobs.tell_disconnected(telegram_id, owner_id, session=session)
            await store.settle_about_athlete(owner_id, "done", until=asked_at)
        structlog.get_logger(__name__).info("deauthorisation_confirmed", athlete_id=owner_id, ended=ended)

    async def _ignore(self, events: list[WebhookEvent]) -> None:
        if events:
            async with self._database.transaction() as session:
                await InboxStore(session).settle([event.id for event in events], "ignored")
