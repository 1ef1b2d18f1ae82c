"""Ending a connection, erasing a member."""

from __future__ import annotations

import asyncio
import hmac
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
import structlog
from sqlalchemy.orm import Session

from ayda_service.errors import ReceiptNotFound, id_in_path
from ayda_service.me.models import AtPredictor, AtStrava, Erasure
from ayda_service.me.store import OwnDataStore, ReceiptStore
from ayda_service.me.traces import Traces
from ayda_service.members.models import What
from ayda_service.predictor.client import PredictorClient
from ayda_service.strava.jobs import Notices
from ayda_service.strava.store import ConnectionStore
from servicekit.base.correlation import deadline_remaining_s
from servicekit.base.detached import Detached
from servicekit.base.settings import Secret
from servicekit.data.database import Database
from servicekit.strava.errors import NotConnected, StravaUnavailable
from servicekit.strava.revocations.service import RefreshUnderWay, Revocations

_FIRST_TRY_S: Final = 30.0
"""How long the job leaves a revocation to the request that asked for it."""
_LANDING_S: Final = 5.0
"""How long a member waits for a refresh that is under way; the job waits for as long as it takes."""
_PATIENCE_S: Final = 10.0
"""How long a member waits for Strava at all."""
_ANSWER_S: Final = 0.5
"""What is left of the caller's time for the answer itself."""


class Receipt(msgspec.Struct, frozen=True):
    """What was erased: rows by table in each service.

    `strava` says whether the consent has ended there; after `given_up` only the member can end it, in Strava's own
    settings. `finished_at` is null while anything is pending.
    """

    id: UUID
    what: What
    strava: AtStrava
    predictor: AtPredictor
    erased_in_ayda: dict[str, int]
    erased_in_predictor: dict[str, int] | None
    requested_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Committed:
    """What was given with the commit, and what Strava has to hear of."""

    receipt: Receipt
    revocation_id: UUID | None = None


class OwnDataService:
    """A member's say over their own data. `close()` it before its database."""

    def __init__(
        self,
        database: Database,
        traces: Traces,
        revocations: Revocations,
        notices: Notices,
        predictor: PredictorClient | None,
        *,
        bot_token: Secret,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._traces = traces
        self._revocations = revocations
        self._notices = notices
        self._predictor = predictor
        self._membership = traces.membership
        self._receipt_key = hmac.digest(b"ayda receipts", bot_token.reveal().encode(), "sha256")
        self._now = now
        self._ending = Detached()

    async def disconnect(self, telegram_id: int, vouched_at: datetime) -> Receipt:
        """Ends the connection and erases what came from it; what Strava or the predictor cannot do now is done later.

        Raises NotConnected, and ErasuresUnwritable.
        """
        return await self._erase(telegram_id, vouched_at, "strava")

    async def erase(self, telegram_id: int, vouched_at: datetime) -> Receipt:
        """Erases the member with everything that names them; a stranger's receipt says that there was nothing.

        Asked again within minutes, or with a proof from before, it is the same receipt. Raises ErasuresUnwritable.
        """
        return await self._erase(telegram_id, vouched_at, "everything")

    async def erase_again(self, telegram_id: int, what: What) -> Receipt:
        """For somebody whom a restored database has although they were erased. Raises NotConnected."""
        return await self._erase(telegram_id, self._now(), what)

    async def was_erased(self, telegram_id: int, since: datetime) -> bool:
        """Whether this person had everything erased at `since` or later."""
        return await self._database.read(lambda session: self._membership.erased_since(session, telegram_id, since))

    async def receipt(self, telegram_id: int, receipt_id: str) -> Receipt:
        """A receipt this person was given, as it stands now. Raises ReceiptNotFound."""
        key = id_in_path(receipt_id, ReceiptNotFound)
        row = await self._database.read(lambda session: ReceiptStore(session).get_one_or_none(id=key))
        if row is None or not hmac.compare_digest(row.owner_digest, self._owner(key, telegram_id)):
            raise ReceiptNotFound
        return _shown(row)

    async def close(self) -> None:
        """Lets what members no longer wait for end; the jobs do what it cannot."""
        await self._ending.close(_PATIENCE_S)

    async def _erase(self, telegram_id: int, vouched_at: datetime, what: What) -> Receipt:
        """What the caller has to wait for ends with the commit: from then on the receipt is never lost."""
        receipt_id = uuid.uuid4()  # unguessable, which one made of the time is not
        done = await self._database.write(
            lambda session: self._commit(session, telegram_id, vouched_at, what, receipt_id)
        )
        ending = self._ending.start(self._finish(telegram_id, done))
        await asyncio.wait({ending}, timeout=_patience_s())
        if not ending.done():
            return done.receipt
        trouble = ending.exception()
        if trouble is not None:  # the job does it
            structlog.get_logger(__name__).error("erasure_ends_later", reason=type(trouble).__name__)
        return done.receipt if trouble is not None else ending.result()

    async def _finish(self, telegram_id: int, done: _Committed) -> Receipt:
        await self._database.forget_deleted()
        if done.revocation_id is None:
            return done.receipt
        try:
            await self._revocations.end(done.revocation_id, wait_s=_LANDING_S)
        except (StravaUnavailable, RefreshUnderWay) as reason:
            structlog.get_logger(__name__).info("consent_ends_later", reason=type(reason).__name__)
        return await self.receipt(telegram_id, str(done.receipt.id))

    def _commit(
        self, session: Session, telegram_id: int, vouched_at: datetime, what: What, receipt_id: UUID
    ) -> _Committed:
        """All that is done here, with the jobs for others; the revocation that Strava has to hear of.

        Strava is asked after the commit: a crash in between then costs a delay, never a consent that nobody ends.
        """
        member = self._membership.alone(session, telegram_id)
        held = ConnectionStore(session).held_by(telegram_id)
        nothing = member is None if what == "everything" else held is None
        if nothing or self._membership.erased_since(session, telegram_id, vouched_at):
            before = self._membership.receipt_before(session, telegram_id, what)
            known = None if before is None else ReceiptStore(session).get_one_or_none(id=before)
            if known is not None:
                return _Committed(_shown(known))
        if held is None and what == "strava":
            raise NotConnected
        strava, erased = self._erase_rows(session, telegram_id, what, receipt_id)
        revocation_id = None
        if held is not None:
            named = {"receipt_id": receipt_id, "member_id": held[0] if what == "strava" else None}
            revocation_id = self._revocations.give_up(session, held[1], delay_s=_FIRST_TRY_S, **named)
        athlete_id = held[1].athlete_id if held is not None and what == "strava" else None
        member_id = None if member is None or what == "strava" else member.id
        self._notices.forget(session, str(telegram_id), athlete_id, receipt=str(receipt_id), member_id=member_id)
        row = ReceiptStore(session).add(self._receipt_of(receipt_id, telegram_id, what, strava, erased))
        self._membership.mark(session, telegram_id, what, receipt_id)
        if what == "everything":
            self._membership.listed(session, "person", telegram_id)
        return _Committed(_shown(row), revocation_id)

    def _erase_rows(
        self, session: Session, telegram_id: int, what: What, receipt_id: UUID
    ) -> tuple[AtStrava, dict[str, int]]:
        """What is to be ended at Strava, and how many rows of each table were erased."""
        store = OwnDataStore(session)
        person = store.person(telegram_id)
        connected = bool(person["athlete_id"])
        if what == "strava":
            (athlete_id,) = person["athlete_id"]
            return "pending", self._traces.of_connection(session, telegram_id, athlete_id)
        former = store.adopt(person, receipt_id)
        strava: AtStrava = "pending" if former or connected else "not_connected"
        return strava, self._traces.of_person(session, person)

    def _receipt_of(
        self, receipt_id: UUID, telegram_id: int, what: What, strava: AtStrava, erased: dict[str, int]
    ) -> Erasure:
        predictor: AtPredictor = "not_configured" if self._predictor is None else "pending"
        now = self._now()
        return Erasure(
            id=receipt_id,
            owner_digest=self._owner(receipt_id, telegram_id),
            what=what,
            strava=strava,
            predictor=predictor,
            erased_in_ayda=erased,
            erased_in_predictor=None,
            requested_at=now,
            finished_at=None if "pending" in {strava, predictor} else now,
        )

    def _owner(self, receipt_id: UUID, telegram_id: int) -> str:
        return hmac.digest(self._receipt_key, f"{receipt_id}:{telegram_id}".encode(), "sha256").hex()


def _shown(row: Erasure) -> Receipt:
    return msgspec.convert(row, Receipt, from_attributes=True)


def _patience_s() -> float:
    """How long the caller may be kept waiting for what a job would do as well."""
    left_s = deadline_remaining_s()
    return _PATIENCE_S if left_s is None else max(0.0, min(_PATIENCE_S, left_s - _ANSWER_S))
