"""Keeping the application's one subscription alive, at our address, with at most four calls a day.

What Strava said last is stored, so a restart asks nothing again. Two lists a day find a subscription that is gone; the
other two calls are for putting it right.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

import structlog

from ayda_service.webhooks.client import Subscription
from ayda_service.webhooks.models import WebhookSubscription
from ayda_service.webhooks.store import STRAVA, SubscriptionStore
from servicekit.database import Database
from servicekit.settings import Secret
from servicekit.upstream_errors import UpstreamError

CALLS_A_DAY: Final = 4
CHECK_EVERY: Final = timedelta(hours=12)
RETRIES: Final = (timedelta(minutes=4), timedelta(hours=1), timedelta(hours=6))
"""Waits after failures in a row; the last one repeats."""


class Subscriptions(Protocol):
    """See `SubscriptionClient`."""

    async def all(self) -> list[Subscription]: ...

    async def create(self, callback_url: str, verify_token: Secret) -> int: ...

    async def delete(self, subscription_id: int) -> None: ...


class NoCallsLeft(Exception):
    """Today's calls are used up."""


class SubscriptionKeeping:
    """Compares the subscription with what it should be and puts it right."""

    def __init__(
        self,
        database: Database,
        strava: Subscriptions,
        *,
        callback_url: Secret,
        verify_token: Secret,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._strava = strava
        self._callback_url = callback_url
        self._verify_token = verify_token
        self._now = now

    async def run(self, _args: Mapping[str, Any]) -> None:
        """Asks Strava if it is time to. Never raises for what Strava does: the row and the log tell."""
        row = await self._row()
        wanted = self._digest(self._callback_url.reveal())
        moved = row.callback_digest != wanted
        if not moved and self._now() < row.next_at:
            return
        row.callback_digest = wanted
        try:
            await self._put_right(row)
        except NoCallsLeft:
            row.detail, row.next_at = "Today's calls are used up.", self._tomorrow()
        except UpstreamError as error:
            self._failed(row, error)
        else:
            row.detail, row.failures, row.next_at = None, 0, self._now() + CHECK_EVERY
        await self._keep(row)

    async def _put_right(self, row: WebhookSubscription) -> None:
        await self._count(row)
        found = await self._strava.all()
        ours = [each.id for each in found if each.callback_url == self._callback_url.reveal()]
        row.subscription_id = ours[0] if ours else None
        for other in found:
            if other.id != row.subscription_id:
                await self._count(row)
                await self._strava.delete(other.id)
        if row.subscription_id is None:
            await self._count(row)
            row.subscription_id = await self._strava.create(self._callback_url.reveal(), self._verify_token)
            structlog.get_logger(__name__).info("subscription_created", subscription_id=row.subscription_id)

    def _failed(self, row: WebhookSubscription, error: UpstreamError) -> None:
        row.detail = str(error)
        row.next_at = self._now() + RETRIES[min(row.failures, len(RETRIES) - 1)]
        row.failures += 1
        structlog.get_logger(__name__).error("subscription_not_in_order", reason=str(error), failures=row.failures)

    async def _count(self, row: WebhookSubscription) -> None:
        """Writes the call down before it is made: a crash in between must not make it free."""
        today = self._now().date()
        if row.day != today:
            row.day, row.calls = today, 0
        if row.calls >= CALLS_A_DAY:
            raise NoCallsLeft
        row.calls += 1
        await self._keep(row)

    async def _row(self) -> WebhookSubscription:
        async with self._database.reading() as session:
            row = await SubscriptionStore(session).get()
        return row or WebhookSubscription(
            name=STRAVA,
            subscription_id=None,
            callback_digest="",
            next_at=self._now(),
            failures=0,
            day=self._now().date(),
            calls=0,
            detail=None,
        )

    async def _keep(self, row: WebhookSubscription) -> None:
        async with self._database.transaction() as session:
            await SubscriptionStore(session).put(row)

    def _tomorrow(self) -> datetime:
        midnight = self._now().replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + timedelta(days=1, minutes=1)

    @staticmethod
    def _digest(text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()
