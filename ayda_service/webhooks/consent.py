"""An event says that an athlete has withdrawn their consent. Strava's answer to a refresh decides, never the event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

import structlog
from sqlalchemy.orm import Session

from ayda_service.me.traces import Traces
from ayda_service.strava.jobs import Notices
from ayda_service.strava.models import StravaToken
from ayda_service.strava.store import ConnectionStore
from ayda_service.webhooks.jobs import CHECK_CONSENT
from ayda_service.webhooks.store import InboxStore
from servicekit.data.database import Database
from servicekit.jobs import Job, Snooze
from servicekit.strava.errors import NotConnected, ReauthRequired, StravaUnavailable
from servicekit.strava.tokens.keeper import TokenKeeper

PROBE_PAUSE_S: Final = 900.0
"""Between two refreshes on the word of events: forged ones cost at most one call per quarter of an hour."""
PROBE_LADDER_S: Final = (60.0, 300.0, 1800.0, 7200.0)
OUTAGE_S: Final = 60.0
BATCH: Final = 200


class ConsentCheck:
    """The work on events about athletes."""

    def __init__(
        self,
        database: Database,
        notices: Notices,
        keeper: TokenKeeper,
        traces: Traces,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._traces = traces
        self._notices = notices
        self._keeper = keeper
        self._now = now

    def job(self) -> Job:
        """The check of one athlete."""
        return Job(CHECK_CONSENT, self.run, retry_delays_s=PROBE_LADDER_S, timeout_s=120)

    async def run(self, args: Mapping[str, Any]) -> None:
        """Ends the connection if Strava no longer honours it, in one transaction with the notice to the predictor.

        Raises Snooze when Strava cannot tell now, or was asked a moment ago.
        """
        owner_id = int(args["owner_id"])
        row = await self._database.write(lambda session: self._doubted(session, owner_id))
        if row is None:
            return
        if row.state != "reauth_required":
            age_s = self._now().timestamp() - row.obtained_at_s
            if 0 <= age_s < PROBE_PAUSE_S:
                raise Snooze(PROBE_PAUSE_S - age_s, "asked_a_moment_ago")
        asked_at, log = self._now(), structlog.get_logger(__name__)
        if await self._stands(owner_id):
            await self._database.write(
                lambda session: InboxStore(session).settle_about_athlete(owner_id, "ignored", until=asked_at)
            )
            log.info("deauthorisation_not_confirmed", athlete_id=owner_id)
            return
        ended = await self._database.write(lambda session: self._end(session, owner_id, asked_at))
        log.info("deauthorisation_confirmed", athlete_id=owner_id, ended=ended)

    def _doubted(self, session: Session, owner_id: int) -> StravaToken | None:
        """The connection that events speak against; None, and the events are over, when there is none."""
        store = InboxStore(session)
        events = store.waiting(owner_id, about_athlete=True, limit=BATCH)
        hinted = any(each.event.is_deauthorisation for each in events)
        row = ConnectionStore(session).of_athlete(owner_id) if hinted else None
        if row is None:
            store.settle([each.id for each in events], "ignored")
        return row

    async def _stands(self, owner_id: int) -> bool:
        try:
            await self._keeper.access_token(owner_id, force=True)
        except (ReauthRequired, NotConnected):
            return False
        except StravaUnavailable as outage:
            raise Snooze(outage.retry_after_s or OUTAGE_S, "strava_unavailable") from outage
        return True

    def _end(self, session: Session, owner_id: int, asked_at: datetime) -> bool:
        connections = ConnectionStore(session)
        telegram_id = connections.telegram_id_of(owner_id)
        if telegram_id is not None:
            self._traces.membership.alone(session, telegram_id)
        ended = connections.end_refused(owner_id)
        if ended and telegram_id is not None:
            self._traces.of_connection(session, telegram_id, owner_id)
            self._notices.ended(session, telegram_id, owner_id)
        InboxStore(session).settle_about_athlete(owner_id, "done", until=asked_at)
        return ended
