"""Taking events in: proven as far as they can be, durable, answered in time, and not yet acted upon."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final, Literal
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from ayda_service.webhooks.errors import BadSignature, InboxBusy, NoWebhookHere, WrongVerifyToken
from ayda_service.webhooks.jobs import WebhookJobs
from ayda_service.webhooks.settings import WebhookSettings
from ayda_service.webhooks.store import InboxStore, SubscriptionStore
from ayda_service.webhooks.subscription import check_soon
from kernel.strava.webhooks import Event, is_signed, parse_event, same_text
from servicekit.data.columns import uuid7
from servicekit.data.database import Database

Outcome = Literal["accepted", "duplicate", "unknown_owner", "wrong_subscription"]
STORE_WITHIN_S: Final = 0.5
"""With the reading of the body less than a second; Strava hangs up after two."""
MOST_WAITING: Final = 1000
BATCH: Final = 100
KEPT_VALUES: Final = frozenset({"authorized", "private", "type"})
"""Of other fields, such as a title, only the name is stored."""


@dataclass(frozen=True, slots=True)
class _Arrival:
    """An event on its way into the database, and where its sender waits."""

    event: Event
    signed: bool
    addressed: bool
    outcome: asyncio.Future[Outcome]
    id: UUID = field(default_factory=uuid7)

    @property
    def identity(self) -> tuple[int, str, int, str, int, str]:
        event = self.event
        what = (event.owner_id, event.object_type, event.object_id, event.aspect_type)
        return (*what, event.event_time_s, event.updates_digest)


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
        self._waiting: list[_Arrival] = []
        self._writer: asyncio.Task[None] | None = None

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

    async def take(self, body: bytes, *, signed: bool, addressed: bool = False) -> Outcome:
        """What became of the event, once that is durable. Raises BadEvent, and InboxBusy when storing takes too long.

        `addressed`: it came to the address with the secret, so its sender may well be Strava.
        Storing goes on when the answer cannot wait for it: the event that is sent again is then a duplicate.
        """
        event = parse_event(body)
        if len(self._waiting) >= MOST_WAITING:
            raise InboxBusy
        arrival = _Arrival(event, signed, addressed or signed, asyncio.get_running_loop().create_future())
        self._waiting.append(arrival)
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        await asyncio.wait({arrival.outcome}, timeout=self._within_s)
        if not arrival.outcome.done():
            raise InboxBusy
        try:
            return arrival.outcome.result()
        except (SQLAlchemyError, OSError) as error:
            structlog.get_logger(__name__).error("webhook_not_stored", reason=type(error).__name__)
            raise InboxBusy from error

    async def close(self) -> None:
        """Lets what is being stored end."""
        if self._writer is not None:
            await asyncio.wait({self._writer}, timeout=10)

    async def _write(self) -> None:
        """Stores what waits, one transaction for all that arrived during the last one."""
        while self._waiting:
            batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            # in one order everywhere: two receivers that store the same events must not wait for each other
            batch.sort(key=lambda arrival: arrival.identity)
            try:
                outcomes = await self._database.write(partial(self._store, batch=batch))
                for arrival, outcome in zip(batch, outcomes, strict=True):
                    arrival.outcome.set_result(outcome)
            except Exception as error:  # noqa: BLE001 - whoever waits is told, and the next ones may fare better
                for arrival in batch:
                    arrival.outcome.set_exception(error)
                    arrival.outcome.exception()  # seen, even when nobody waits any more
        self._writer = None

    def _at(self, secret: str | None) -> WebhookSettings:
        settings = self._settings
        if settings is None or (secret is not None and not same_text(secret, settings.path_secret.reveal())):
            raise NoWebhookHere
        return settings

    def _store(self, session: Session, batch: Sequence[_Arrival]) -> list[Outcome]:
        store, subscriptions = InboxStore(session), SubscriptionStore(session)
        expected = subscriptions.known_id()
        known = store.connected({arrival.event.owner_id for arrival in batch})
        ours = [arrival for arrival in batch if expected is None or arrival.event.subscription_id == expected]
        new = store.add([self._row(arrival, known=arrival.event.owner_id in known) for arrival in ours])
        outcomes = [_outcome(arrival, new, known) if arrival in ours else "wrong_subscription" for arrival in batch]
        work = {
            (arrival.event.owner_id, arrival.event.object_type == "athlete")
            for arrival, outcome in zip(batch, outcomes, strict=True)
            if outcome == "accepted"
        }
        for owner_id, about_athlete in sorted(work):
            self._jobs.work_on(session, owner_id, about_athlete=about_athlete)
        if any(each.addressed for each in batch if each not in ours):
            check_soon(session, self._now())
        return outcomes

    def _row(self, arrival: _Arrival, *, known: bool) -> dict[str, object]:
        event = arrival.event
        return {
            "id": arrival.id,
            "subscription_id": event.subscription_id,
            "object_type": event.object_type,
            "object_id": event.object_id,
            "aspect_type": event.aspect_type,
            "event_time_s": event.event_time_s,
            "updates_digest": event.updates_digest,
            "owner_id": event.owner_id,
            "updates": {name: value if name in KEPT_VALUES else "" for name, value in event.updates.items()},
            "signed": arrival.signed,
            "state": "new" if known else "ignored",
            "tries": 0,
            "error": None if known else "The athlete is not connected.",
            "received_at": self._now(),
        }


def _outcome(arrival: _Arrival, new: Collection[UUID], known: Collection[int]) -> Outcome:
    if arrival.id not in new:
        return "duplicate"
    return "accepted" if arrival.event.owner_id in known else "unknown_owner"
