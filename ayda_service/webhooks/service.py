"""Taking events in: proven as far as they can be, durable, answered in time, and not yet acted upon."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final, Literal

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ayda_service.webhooks.errors import BadSignature, InboxBusy, NoWebhookHere, WrongVerifyToken
from ayda_service.webhooks.queueing import WebhookJobs
from ayda_service.webhooks.settings import WebhookSettings
from ayda_service.webhooks.store import InboxStore, SubscriptionStore
from kernel.strava.webhooks import Event, is_signed, parse_event, same_text
from servicekit.database import Database, uuid7

Outcome = Literal["accepted", "duplicate", "unknown_owner", "wrong_subscription"]
STORE_WITHIN_S: Final = 0.5
"""With the reading of the body less than a second; Strava hangs up after two."""
MOST_AT_ONCE: Final = 200
KEPT_VALUES: Final = frozenset({"authorized", "private", "type"})
"""Of other fields, such as a title, only the name is stored."""


class Inbox:
    """Where Strava's events arrive. `close()` it before its database."""

    def __init__(
        self,
        database: Database,
        jobs: WebhookJobs,
        settings: WebhookSettings | None,
        *,
        now: Callable[[], datetime],
        within_s: float = STORE_WITHIN_S,
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._settings = settings
        self._now = now
        self._within_s = within_s
        self._storing: set[asyncio.Task[Outcome]] = set()

    def challenge(self, secret: str | None, mode: str, challenge: str, verify_token: str) -> str:
        """What Strava wants to hear back when it verifies the address. Raises NoWebhookHere, WrongVerifyToken."""
        settings = self._at(secret)
        known = same_text(verify_token, settings.verify_token.reveal())
        if not known or mode != "subscribe" or not challenge:
            raise WrongVerifyToken
        return challenge

    def proof(self, secret: str | None, header: str | None, body: bytes) -> bool:
        """Whether the event is signed. Raises NoWebhookHere, and BadSignature for one that must be and is not.

        At the address without a secret a signature is needed wherever signatures can be verified.
        """
        settings = self._at(secret)
        if settings.signature == "off":
            return False
        if header is None:
            if settings.signature == "require" or secret is None:
                raise BadSignature
            return False
        keys = [key.reveal() for key in settings.signing_secrets]
        if not is_signed(header, body, keys, self._now().timestamp()):
            raise BadSignature
        return True

    async def take(self, body: bytes, *, signed: bool) -> Outcome:
        """What became of the event, once that is durable. Raises BadEvent, and InboxBusy when storing takes too long.

        Storing goes on when the answer cannot wait for it: the event that is sent again is then a duplicate.
        """
        event = parse_event(body)
        if len(self._storing) >= MOST_AT_ONCE:
            raise InboxBusy
        task = asyncio.create_task(self._store(event, signed=signed))
        self._storing.add(task)
        task.add_done_callback(self._stored)
        await asyncio.wait({task}, timeout=self._within_s)
        if not task.done():
            raise InboxBusy
        try:
            return task.result()
        except (SQLAlchemyError, OSError) as error:
            structlog.get_logger(__name__).error("webhook_not_stored", reason=type(error).__name__)
            raise InboxBusy from error

    async def close(self) -> None:
        """Lets what is being stored end."""
        if self._storing:
            await asyncio.wait(self._storing, timeout=10)

    def _stored(self, task: asyncio.Task[Outcome]) -> None:
        self._storing.discard(task)
        if not task.cancelled():
            task.exception()  # seen, even when nobody waited

    def _at(self, secret: str | None) -> WebhookSettings:
        settings = self._settings
        if settings is None or (secret is not None and not same_text(secret, settings.path_secret.reveal())):
            raise NoWebhookHere
        return settings

    async def _store(self, event: Event, *, signed: bool) -> Outcome:
        async with self._database.transaction() as session:
            subscription = await SubscriptionStore(session).get()
            expected = None if subscription is None else subscription.subscription_id
            if expected is not None and event.subscription_id != expected:
                return "wrong_subscription"
            store = InboxStore(session)
            known = await store.telegram_id_of(event.owner_id) is not None
            if not await store.add(self._row(event, signed=signed, known=known)):
                return "duplicate"
            if not known:
                return "unknown_owner"
            await self._jobs.work_on(event.owner_id, about_athlete=event.object_type == "athlete", session=session)
        return "accepted"

    def _row(self, event: Event, *, signed: bool, known: bool) -> dict[str, object]:
        return {
            "id": uuid7(),
            "subscription_id": event.subscription_id,
            "object_type": event.object_type,
            "object_id": event.object_id,
            "aspect_type": event.aspect_type,
            "event_time_s": event.event_time_s,
            "updates_digest": event.updates_digest,
            "owner_id": event.owner_id,
            "updates": {name: value if name in KEPT_VALUES else "" for name, value in event.updates.items()},
            "signed": signed,
            "state": "new" if known else "ignored",
            "tries": 0,
            "error": None if known else "The athlete is not connected.",
            "received_at": self._now(),
        }
