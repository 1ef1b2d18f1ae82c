"""Ending a connection, erasing a member, showing a member everything."""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
import structlog
from sqlalchemy.orm import Session

from ayda_service.errors import ReceiptNotFound, id_in_path
from ayda_service.me.models import AtPredictor, AtStrava, Erasure, What
from ayda_service.me.store import OwnDataStore, ReceiptStore
from ayda_service.members.store import MemberStore
from ayda_service.predictor.client import PredictorClient
from ayda_service.strava.jobs import Notices
from ayda_service.strava.store import ConnectionStore
from servicekit.base.correlation import DEADLINE_AT_S
from servicekit.base.settings import Secret
from servicekit.data.database import Database
from servicekit.data.personal_rows import Keys
from servicekit.jobs import JobQueue
from servicekit.strava.errors import NotConnected, StravaUnavailable
from servicekit.strava.revocations.service import RefreshUnderWay, Revocations

_FIRST_TRY_S: Final = 30.0
"""How long the job leaves a revocation to the request that asked for it."""
_LANDING_S: Final = 5.0
"""How long a member waits for a refresh that is under way; the job waits for as long as it takes."""


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


class Export(msgspec.Struct, frozen=True):
    """All rows about the member by table and service, as they are stored, without secrets."""

    telegram_id: str
    exported_at: datetime
    ayda: dict[str, list[dict[str, Any]]]
    predictor: dict[str, Any] | None
    """Null without a prediction service."""


class OwnDataService:
    """A member's say over their own data."""

    def __init__(
        self,
        database: Database,
        queue: JobQueue,
        revocations: Revocations,
        notices: Notices,
        predictor: PredictorClient | None,
        *,
        bot_token: Secret,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._queue = queue
        self._revocations = revocations
        self._notices = notices
        self._predictor = predictor
        self._receipt_key = hmac.digest(b"ayda receipts", bot_token.reveal().encode(), "sha256")
        self._now = now

    async def disconnect(self, telegram_id: int) -> Receipt:
        """Ends the connection and erases what came from it; what Strava or the predictor cannot do now is done later.

        Raises NotConnected.
        """
        return await self._erase(telegram_id, "strava")

    async def erase(self, telegram_id: int) -> Receipt:
        """Erases the member with everything that names them; a stranger's receipt says that there was nothing."""
        return await self._erase(telegram_id, "everything")

    async def receipt(self, telegram_id: int, receipt_id: str) -> Receipt:
        """A receipt this person was given, as it stands now. Raises ReceiptNotFound."""
        key = id_in_path(receipt_id, ReceiptNotFound)
        row = await self._database.read(lambda session: ReceiptStore(session).get_one_or_none(id=key))
        if row is None or not hmac.compare_digest(row.owner_digest, self._owner(key, telegram_id)):
            raise ReceiptNotFound
        return msgspec.convert(row, Receipt, from_attributes=True)

    async def export(self, telegram_id: int) -> Export:
        """Everything both services store about the member. Raises an UpstreamError rather than leave a part out."""
        theirs = None if self._predictor is None else await self._predictor.export(str(telegram_id))
        own = await self._database.read(lambda session: OwnDataStore(session).export(telegram_id))
        return Export(str(telegram_id), self._now(), own, None if theirs is None else theirs.get("tables", {}))

    async def _erase(self, telegram_id: int, what: What) -> Receipt:
        receipt_id = uuid.uuid4()  # unguessable, which one made of the time is not
        revocation_id = await self._database.write(lambda session: self._commit(session, telegram_id, what, receipt_id))
        await self._database.forget_deleted()
        if revocation_id is not None:
            await self._end_now(revocation_id)
        return await self.receipt(telegram_id, str(receipt_id))

    def _commit(self, session: Session, telegram_id: int, what: What, receipt_id: UUID) -> UUID | None:
        """All that is done here, with the jobs for others; the revocation that Strava has to hear of.

        Strava is asked after the commit: a crash in between then costs a delay, never a consent that nobody ends.
        """
        MemberStore(session).held(telegram_id, alone=True)
        store = OwnDataStore(session)
        held = ConnectionStore(session).held_by(telegram_id)
        if held is None and what == "strava":
            raise NotConnected
        person = store.person(telegram_id)
        former = store.adopt(person, receipt_id) if what == "everything" else 0
        erased = self._erase_rows(session, person, what)
        revocation_id = None
        if held is not None:
            named = {"receipt_id": receipt_id, "member_id": held[0] if what == "strava" else None}
            revocation_id = self._revocations.give_up(session, held[1], delay_s=_FIRST_TRY_S, **named)
        athlete_id = held[1].athlete_id if held is not None and what == "strava" else None
        self._notices.forget(session, str(telegram_id), athlete_id, receipt=str(receipt_id))
        strava: AtStrava = "pending" if former or held is not None else "not_connected"
        ReceiptStore(session).add(self._receipt_of(receipt_id, telegram_id, what, strava, erased))
        return revocation_id

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
            requested_at=now,
            finished_at=None if "pending" in {strava, predictor} else now,
        )

    async def _end_now(self, revocation_id: UUID) -> None:
        """The job does what cannot be done now."""
        patience_s = DEADLINE_AT_S.set(None)  # what the caller waits for is done; this ends by its own timeouts
        try:
            await self._revocations.end(revocation_id, wait_s=_LANDING_S)
        except (StravaUnavailable, RefreshUnderWay) as reason:
            structlog.get_logger(__name__).info("consent_ends_later", reason=type(reason).__name__)
        finally:
            DEADLINE_AT_S.reset(patience_s)

    def _erase_rows(self, session: Session, person: Keys, what: What) -> dict[str, int]:
        """All rows and waiting jobs of the person, or only those that Strava gave us or that were made of them."""
        store, erased = OwnDataStore(session), {}
        strava = {"athlete_id": person["athlete_id"], "owner_id": person["owner_id"]}
        if what == "strava":
            for member_id in person["member_id"]:
                erased["prediction"] = store.erase_personal_predictions(member_id)
        erased |= store.erase(person if what == "everything" else strava)
        jobs = 0
        for name in ("telegram_id", "member_id", "athlete_id", "owner_id"):
            if what == "everything" or name != "member_id":
                for value in person[name]:
                    jobs += self._queue.forget(session, name, str(value))
        return {table: count for table, count in {**erased, "job": jobs}.items() if count}

    def _owner(self, receipt_id: UUID, telegram_id: int) -> str:
        return hmac.digest(self._receipt_key, f"{receipt_id}:{telegram_id}".encode(), "sha256").hex()
