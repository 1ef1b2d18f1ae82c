"""SQL that counts what ayda keeps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ayda_service.audit.models import TokenHandOut
from ayda_service.strava.models import StravaOutage, StravaToken
from ayda_service.uploads.models import StravaUpload
from ayda_service.webhooks.models import WebhookEvent
from servicekit.strava.outages.store import Watched

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
        return self._counted(select(StravaToken.state, func.count()).group_by(StravaToken.state))

    def uploads(self) -> dict[str, int]:
        """Those that are not over, and those that were given up."""
        left = StravaUpload.status.in_(("pending", "processing", "failed"))
        return self._counted(select(StravaUpload.status, func.count()).where(left).group_by(StravaUpload.status))

    def events(self) -> dict[str, int]:
        """Events of Strava's that wait, and dead letters."""
        left = WebhookEvent.state.in_(("new", "dead"))
        return self._counted(select(WebhookEvent.state, func.count()).where(left).group_by(WebhookEvent.state))

    def oldest_event_at(self) -> datetime | None:
        """When the oldest event that waits arrived."""
        waiting = select(WebhookEvent.received_at).where(WebhookEvent.state == "new")
        return self._session.execute(waiting.order_by(WebhookEvent.received_at).limit(1)).scalar_one_or_none()

    def token_operations(self, since: datetime) -> dict[str, int]:
        """What was done with tokens since then, by its name in the audit."""
        done = select(TokenHandOut.reason, func.count()).where(TokenHandOut.handed_out_at >= since)
        return self._counted(done.group_by(TokenHandOut.reason))

    def _counted(self, statement: Any) -> dict[str, int]:
        return dict(self._session.execute(statement).tuples().all())
