"""Keeping the application's one subscription alive, at our address, with at most four calls a day.

What Strava said last is stored, so a restart asks nothing again. Two lists a day find a subscription that is gone; the
other two calls are for putting it right. A creation is not spent on a callback that does not answer: it is asked from
here, for nothing, and as soon as it answers again the creation follows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

import structlog
from sqlalchemy.orm import Session

from ayda_service.webhook_settings import WebhookSettings
from ayda_service.webhooks.client import CallbackProbe, SubscriptionClient
from ayda_service.webhooks.models import WebhookSubscription
from ayda_service.webhooks.store import STRAVA, SubscriptionStore
from servicekit.base.settings import Secret
from servicekit.data.database import Database
from servicekit.jobs import Job
from servicekit.strava.errors import StravaError

TICK_S: Final = 60.0
CALLS_A_DAY: Final = 4
CHECK_EVERY: Final = timedelta(hours=12)
DEAF: Final = "The callback does not answer."
HINT_PAUSE: Final = timedelta(hours=1)
RETRIES: Final = (timedelta(minutes=4), timedelta(hours=1), timedelta(hours=6))
"""Waits after failures in a row; the last one repeats."""


class NoCallsLeft(Exception):
    """Today's calls are used up."""


class CallbackDeaf(Exception):
    """The callback does not answer, so Strava would not make the subscription."""


class SubscriptionKeeping:
    """Compares the subscription with what it should be and puts it right."""

    def __init__(
        self,
        database: Database,
        strava: SubscriptionClient,
        callback: CallbackProbe,
        public_url: str,
        settings: WebhookSettings,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._strava = strava
        self._callback = callback
        self._callback_url = Secret(public_url + settings.callback_path.reveal())
        self._verify_token = settings.verify_token
        self._now = now

    def job(self) -> Job:
        """A look at the clock each minute."""
        return Job("keep_subscription", self.run, every_s=TICK_S)

    async def run(self, _args: Mapping[str, Any]) -> None:
        """Asks Strava if it is time to. Never raises for what Strava does: the row and the log tell."""
        row = await self._row()
        wanted = hashlib.sha256(self._callback_url.reveal().encode()).hexdigest()
        moved = row.callback_digest != wanted
        deaf = row.detail == DEAF and not moved
        if not moved and self._now() < row.next_at and not (deaf and await self._callback.answers()):
            return
        row.callback_digest = wanted
        try:
            if not deaf:  # else the list is known
                await self._look(row)
            if row.subscription_id is None:
                await self._create(row, tried=deaf)
        except NoCallsLeft:
            tomorrow = datetime.combine(self._now().date() + timedelta(days=1), time(0, 1), UTC)
            row.detail, row.next_at = "Today's calls are used up.", tomorrow
        except CallbackDeaf:
            self._failed(row, DEAF)
        except StravaError as error:
            self._failed(row, str(error))
        else:
            row.detail, row.failures, row.next_at = None, 0, self._now() + CHECK_EVERY
        await self._keep(row)

    async def close(self) -> None:
        """Closes the connections to our own callback."""
        await self._callback.close()

    async def _look(self, row: WebhookSubscription) -> None:
        await self._count(row)
        found = await self._strava.all()
        ours = [each.id for each in found if each.callback_url == self._callback_url.reveal()]
        row.subscription_id = ours[0] if ours else None
        for other in found:
            if other.id != row.subscription_id:
                await self._count(row)
                await self._strava.delete(other.id)

    async def _create(self, row: WebhookSubscription, *, tried: bool) -> None:
        answers = await self._callback.answers()
        if not answers and (not tried or self._left(row) < 2):
            # Strava may reach what we cannot, so it is tried later all the same, but not with the last call
            raise CallbackDeaf
        await self._count(row)
        try:
            row.subscription_id = await self._strava.create(self._callback_url.reveal(), self._verify_token)
        except StravaError as error:
            if answers:
                raise
            raise CallbackDeaf from error
        structlog.get_logger(__name__).info("subscription_created", subscription_id=row.subscription_id)

    def _failed(self, row: WebhookSubscription, reason: str) -> None:
        row.detail = reason
        row.next_at = self._now() + RETRIES[min(row.failures, len(RETRIES) - 1)]
        row.failures += 1
        structlog.get_logger(__name__).error("subscription_not_in_order", reason=reason, failures=row.failures)

    async def _count(self, row: WebhookSubscription) -> None:
        """Writes the call down before it is made: a crash in between must not make it free."""
        if self._left(row) < 1:
            raise NoCallsLeft
        row.calls += 1
        await self._keep(row)

    def _left(self, row: WebhookSubscription) -> int:
        """How many calls are left today."""
        today = self._now().date()
        if row.day != today:
            row.day, row.calls = today, 0
        return CALLS_A_DAY - row.calls

    async def _row(self) -> WebhookSubscription:
        row = await self._database.read(lambda session: SubscriptionStore(session).get())
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
        await self._database.write(lambda session: SubscriptionStore(session).put(row))


def check_soon(session: Session, now: datetime) -> None:
    """Something speaks for another subscription than the one we know: the next tick asks, and a call is kept for it."""
    SubscriptionStore(session).check_soon(now, every=CHECK_EVERY, pause=HINT_PAUSE, most_calls=CALLS_A_DAY - 2)
