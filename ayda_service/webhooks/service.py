"""Taking events in: proven as far as they can be, durable, answered in time, and not yet acted upon."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from ayda_service.errors import BadSignature, InboxBusy, NoWebhookHere, WrongVerifyToken
from ayda_service.webhook_settings import WebhookSettings
from ayda_service.webhooks.jobs import work_on
from ayda_service.webhooks.store import InboxStore
from ayda_service.webhooks.subscription import check_soon
from kernel.strava.webhooks import Event, is_signed, parse_event, same_text
from servicekit.base.deadlines import Deadlines
from servicekit.data.columns import uuid7
from servicekit.data.database import Database
from servicekit.data.gathered import Gathered
from servicekit.data.trouble import DATABASE_TROUBLE
from servicekit.jobs import JobQueue

Outcome = Literal["accepted", "duplicate", "unknown_owner", "wrong_subscription"]
STORE_WITHIN_S: Final = 0.5
"""With the reading of the body less than a second; Strava hangs up after two."""
MOST_WAITING: Final = 1000
BATCH: Final = 100
KEPT_VALUES: Final = frozenset({"authorized", "private", "type"})
"""Of other fields, such as a title, only the name is stored."""


@dataclass(frozen=True, slots=True)
class _Arrival:
    """An event on its way into the database."""

    event: Event
    signed: bool
    addressed: bool
    id: UUID = field(default_factory=uuid7)


class Inbox:
    """Where Strava's events arrive. `close()` it before its database."""

    def __init__(
        self,
        database: Database,
        queue: JobQueue,
        settings: WebhookSettings | None,
        *,
        now: Callable[[], datetime],
        within_s: float = STORE_WITHIN_S,
    ) -> None:
        self._database = database
        self._queue = queue
        self._settings = settings
        self._path_secret = "" if settings is None else settings.path_secret.reveal()
        self._now = now
        self._within_s = within_s
        self._deadlines = Deadlines()
        self._arrivals: Gathered[_Arrival, Outcome] = Gathered(self._keep, most=BATCH)

    def challenge(self, secret: str | None, mode: str, challenge: str, verify_token: str) -> str:
        """What Strava wants to hear back when it verifies the address. Raises NoWebhookHere, WrongVerifyToken."""
        settings = self._at(secret)
        known = same_text(verify_token, settings.verify_token.reveal())
        if not known or mode != "subscribe" or not challenge:
            raise WrongVerifyToken
        return challenge

    def admit(self, secret: str | None, header: str | None) -> WebhookSettings:
        """How events are recognised here; raises as `proof` does where no body could make this request a good one."""
        settings = self._at(secret)
        optional = settings.signature == "off" or (settings.signature == "verify" and secret is not None)
        if header is None and not optional:
            raise BadSignature
        return settings

    def proof(self, secret: str | None, header: str | None, body: bytes) -> bool:
        """Whether the event is signed. Raises NoWebhookHere, and BadSignature for one that must be and is not.

        At the address without a secret a signature is needed wherever signatures can be verified.
        """
        settings = self.admit(secret, header)
        if settings.signature == "off" or header is None:
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
        if len(self._arrivals) >= MOST_WAITING:
            raise InboxBusy
        stored = self._arrivals.put(_Arrival(event, signed, addressed or signed))
        deadline = self._deadlines.within(self._within_s)
        try:
            with deadline:
                return await asyncio.shield(stored)
        except DATABASE_TROUBLE as error:
            if not deadline.expired:
                structlog.get_logger(__name__).error("webhook_not_stored", reason=type(error).__name__)
            raise InboxBusy from error

    async def close(self) -> None:
        """Lets what is being stored end."""
        await self._arrivals.close()

    def _at(self, secret: str | None) -> WebhookSettings:
        settings = self._settings
        if settings is None or (secret is not None and not same_text(secret, self._path_secret)):
            raise NoWebhookHere
        return settings

    async def _keep(self, batch: Sequence[_Arrival]) -> list[Outcome]:
        return await self._database.write(lambda session: self._store(session, batch))

    def _store(self, session: Session, batch: Sequence[_Arrival]) -> list[Outcome]:
        store = InboxStore(session)
        expected, known = store.known({each.event.owner_id for each in batch})
        ours = [each for each in batch if expected is None or each.event.subscription_id == expected]
        # in one order everywhere: two receivers that store the same events must not wait for each other
        # of athletes whom nobody is connected with nothing is kept: they may have been erased a moment ago
        wanted = [each for each in ours if each.event.owner_id in known]
        new = store.add([self._row(each) for each in sorted(wanted, key=_identity)])
        accepted = [each.event for each in wanted if each.id in new]
        for owner_id, about_athlete in sorted({(event.owner_id, event.object_type == "athlete") for event in accepted}):
            work_on(self._queue, session, owner_id, about_athlete=about_athlete)
        foreign = {each.id for each in batch}.difference(each.id for each in ours)
        if any(each.addressed for each in batch if each.id in foreign):
            check_soon(session, self._now())
        return [_outcome(each, foreign, new, known) for each in batch]

    def _row(self, arrival: _Arrival) -> dict[str, object]:
        event = arrival.event
        return {
            **asdict(event),
            "id": arrival.id,
            "updates_digest": event.updates_digest,
            "updates": {name: value if name in KEPT_VALUES else "" for name, value in event.updates.items()},
            "signed": arrival.signed,
            "state": "new",
            "tries": 0,
            "error": None,
            "received_at": self._now(),
        }


def _identity(arrival: _Arrival) -> tuple[object, ...]:
    event = arrival.event
    what = (event.owner_id, event.object_type, event.object_id, event.aspect_type)
    return (*what, event.event_time_s, event.updates_digest)


def _outcome(arrival: _Arrival, foreign: Collection[UUID], new: Collection[UUID], known: Collection[int]) -> Outcome:
    if arrival.id in foreign:
        return "wrong_subscription"
    if arrival.event.owner_id not in known:
        return "unknown_owner"
    return "accepted" if arrival.id in new else "duplicate"
