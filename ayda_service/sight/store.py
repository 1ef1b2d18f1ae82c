"""SQL that counts what ayda keeps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, get_args

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ayda_service.audit.models import TokenHandOut
from ayda_service.strava.models import StravaOutage, StravaToken
from ayda_service.uploads.models import StravaUpload
from ayda_service.webhooks.models import WebhookEvent
from servicekit.data.rows import MOST_COUNTED, counted
from servicekit.strava.outages.store import Watched
from servicekit.strava.tokens.seals import TokenState

_ADDRESSES: Final[Mapping[int, str]] = {each.value: each.name.lower() for each in Watched}


class SightStore:
    """Counts inside the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def failures_in_a_row(self) -> dict[str, int]:
        """Of calls to each address of Strava's."""
        rows = self._session.execute(select(StravaOutage.id, StravaOutage.failures))
        return dict.fromkeys(_ADDRESSES.values(), 0) | {_ADDRESSES[key]: count for key, count in rows}

    def connections(self) -> dict[str, int]:
        """By the state of their tokens."""
        return counted(self._session, StravaToken.state, get_args(TokenState))

    def uploads(self) -> dict[str, int]:
        """Those that are not over, and those that were given up."""
        return counted(self._session, StravaUpload.status, ("pending", "processing", "failed"))

    def events(self) -> dict[str, int]:
        """Events of Strava's that wait, and dead letters."""
        return counted(self._session, WebhookEvent.state, ("new", "dead"))

    def oldest_event_at(self) -> datetime | None:
        """When the oldest event that waits arrived."""
        waiting = select(WebhookEvent.received_at).where(WebhookEvent.state == "new")
        return self._session.execute(waiting.order_by(WebhookEvent.received_at).limit(1)).scalar_one_or_none()

    def token_operations(self, since: datetime) -> dict[str, int]:
        """What was done with tokens since then, by its name in the audit."""
        newest = select(TokenHandOut.reason).where(TokenHandOut.handed_out_at >= since)
        # with a limit the index of the moments is gone by, and not that of the reasons, which has all of them
        done = newest.order_by(TokenHandOut.handed_out_at.desc()).limit(MOST_COUNTED).subquery().c
        return dict(self._session.execute(select(done.reason, func.count()).group_by(done.reason)).tuples().all())
