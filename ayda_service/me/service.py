"""Ending a connection, erasing a member, showing a member everything."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from ayda_service.errors import ReceiptNotFound
from ayda_service.me.jobs import END_CONSENT, ERASE_AT_PREDICTOR, EndConsent
from ayda_service.me.models import Erasure
from ayda_service.me.revocation import Revocation, Unreadable
from ayda_service.me.store import OwnDataStore
from ayda_service.me.wire import AtPredictor, AtStrava, Export, Receipt, What
from ayda_service.predictions.client import PredictorClient
from ayda_service.strava.models import StravaToken
from ayda_service.strava.store import ConnectionStore
from servicekit.database import Database
from servicekit.jobs import JobQueue
from servicekit.personal_rows import Keys
from servicekit.settings import Secret
from servicekit.strava.errors import NotConnected, StravaUnavailable
from servicekit.strava.store import sealed_tokens


class OwnDataService:
    """A member's say over their own data."""

    def __init__(
        self,
        database: Database,
        queue: JobQueue,
        revocation: Revocation,
        end_consent: EndConsent,
        predictor: PredictorClient | None,
        *,
        bot_token: Secret,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._queue = queue
        self._revocation = revocation
        self._end_consent = end_consent
        self._predictor = predictor
        self._receipt_key = hmac.new(b"ayda receipts", bot_token.reveal().encode(), hashlib.sha256).digest()
        self._now = now

    async def disconnect(self, telegram_id: int) -> Receipt:
        """Ends the connection and erases what came from it; what Strava or the predictor cannot do now is done later.

        Raises NotConnected.
        """
        row = await self._connection(telegram_id)
        if row is None:
            raise NotConnected
        return await self._erase(telegram_id, "strava", row)

    async def erase(self, telegram_id: int) -> Receipt:
        """Erases the member with everything that names them; a stranger's receipt says that there was nothing."""
        return await self._erase(telegram_id, "everything", await self._connection(telegram_id))

    async def receipt(self, telegram_id: int, receipt_id: str) -> Receipt:
        """A receipt this person was given, as it stands now. Raises ReceiptNotFound."""
        try:
            key = UUID(receipt_id)
        except ValueError:
            raise ReceiptNotFound from None
        async with self._database.reading() as session:
            row = await OwnDataStore(session).receipt(key)
        if row is None or not hmac.compare_digest(row.owner_digest, self._owner(key, telegram_id)):
            raise ReceiptNotFound
        return _on_wire(row)

    async def export(self, telegram_id: int) -> Export:
        """Everything both services store about the member. Raises an UpstreamError rather than leave a part out."""
        theirs = None if self._predictor is None else await self._predictor.export(str(telegram_id))
        async with self._database.reading() as session:
            store = OwnDataStore(session)
            own = await store.export(await store.person(telegram_id))
        return Export(str(telegram_id), self._now(), own, None if theirs is None else theirs.get("tables", {}))

    async def _connection(self, telegram_id: int) -> StravaToken | None:
        async with self._database.reading() as session:
            found = await ConnectionStore(session).of_telegram_id(telegram_id)
        return None if found is None else found[1]

    async def _erase(self, telegram_id: int, what: What, row: StravaToken | None) -> Receipt:
        receipt_id = uuid.uuid4()  # unguessable, which one made of the time is not
        strava = await self._revoke(row)
        predictor: AtPredictor = "not_configured" if self._predictor is None else "pending"
        async with self._database.transaction() as session:
            store = OwnDataStore(session)
            erased = await self._erase_rows(session, await store.person(telegram_id), what)
            if strava == "pending" and row is not None:
                args = self._end_consent.args(receipt_id, row.athlete_id, sealed_tokens(row))
                await self._queue.put(END_CONSENT, args, session=session)
            if predictor == "pending":
                athlete = row.athlete_id if what == "strava" and row is not None else None
                job = {"receipt": str(receipt_id), "person": str(telegram_id), "athlete": athlete}
                await self._queue.put(ERASE_AT_PREDICTOR, job, priority=20, session=session)
            now = self._now()
            receipt = Erasure(
                id=receipt_id,
                owner_digest=self._owner(receipt_id, telegram_id),
                what=what,
                strava=strava,
                predictor=predictor,
                erased_in_ayda=erased,
                requested_at=now,
                finished_at=None if "pending" in {strava, predictor} else now,
            )
            store.add_receipt(receipt)
        await self._database.forget_deleted()
        return _on_wire(receipt)

    async def _revoke(self, row: StravaToken | None) -> AtStrava:
        if row is None:
            return "not_connected"
        try:
            await self._revocation.end(row.athlete_id, sealed_tokens(row))
        except StravaUnavailable:
            return "pending"
        except Unreadable:
            return "given_up"
        return "revoked"

    async def _erase_rows(self, session: AsyncSession, person: Keys, what: What) -> dict[str, int]:
        """All rows and waiting jobs of the person, or only those that Strava gave us or that were made of them."""
        store, erased = OwnDataStore(session), {}
        strava = {"athlete_id": person["athlete_id"], "owner_id": person["owner_id"]}
        if what == "strava":
            for member_id in person["member_id"]:
                erased["prediction"] = await store.erase_personal_predictions(member_id)
        erased |= await store.erase(person if what == "everything" else strava)
        jobs = 0
        for name in ("telegram_id", "member_id", "athlete_id", "owner_id"):
            if what == "everything" or name != "member_id":
                for value in person[name]:
                    jobs += await self._queue.forget(name, str(value), session=session)
        return {table: count for table, count in {**erased, "job": jobs}.items() if count}

    def _owner(self, receipt_id: UUID, telegram_id: int) -> str:
        return hmac.new(self._receipt_key, f"{receipt_id}:{telegram_id}".encode(), hashlib.sha256).hexdigest()


def _on_wire(row: Erasure) -> Receipt:
    return Receipt(
        id=str(row.id),
        what=cast("What", row.what),
        strava=cast("AtStrava", row.strava),
        predictor=cast("AtPredictor", row.predictor),
        erased_in_ayda=row.erased_in_ayda,
        erased_in_predictor=row.erased_in_predictor,
        requested_at=row.requested_at,
        finished_at=row.finished_at,
    )
