"""SQL about the audit of hand-outs."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ayda_service.audit.models import HandOutChain, TokenHandOut
from servicekit.data.upsert import insert_if_absent

START: Final = "0" * 64
"""The digest before the first hand-out."""
_ONE: Final = 1
_BATCH: Final = 1000


@dataclass(frozen=True, slots=True)
class HandOut:
    """Who (the key), whose (`subject_of` the athlete), why, for which request, when."""

    subject: str
    api_key_id: str
    reason: str
    request_id: str
    at: datetime


class AuditStore:
    """The chain inside the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def append(self, hand_out: HandOut, athlete_id: int, salt: str) -> TokenHandOut:
        """The written row. Writers of all processes queue at the chain's one row."""
        chain = self.chain(lock=True)
        chain.seq += 1
        chain.digest = digest_after(chain.digest, chain.seq, hand_out)
        row = TokenHandOut(
            seq=chain.seq,
            athlete_id=athlete_id,
            salt=salt,
            subject=hand_out.subject,
            api_key_id=hand_out.api_key_id,
            reason=hand_out.reason,
            request_id=hand_out.request_id,
            handed_out_at=hand_out.at,
            digest=chain.digest,
        )
        self._session.add(row)
        return row

    def chain(self, *, lock: bool) -> HandOutChain:
        """Both ends of the chain."""
        if lock:
            first = {"id": _ONE, "seq": 0, "digest": START, "removed_seq": 0, "removed_digest": START}
            insert_if_absent(self._session, HandOutChain, first)
        found = select(HandOutChain).where(HandOutChain.id == _ONE)
        one = (self._session.scalars(found.with_for_update() if lock else found)).one_or_none()
        return one or HandOutChain(id=_ONE, seq=0, digest=START, removed_seq=0, removed_digest=START)

    def rows(self) -> AsyncIterator[TokenHandOut]:
        """Every hand-out that is kept, in order, a batch in memory at a time."""
        after = -1
        while True:
            page = select(TokenHandOut).where(TokenHandOut.seq > after).order_by(TokenHandOut.seq).limit(_BATCH)
            found = (self._session.scalars(page)).all()
            for row in found:
                yield row
            if len(found) < _BATCH:
                return
            after = found[-1].seq

    def remove_before(self, moment: datetime) -> int:
        """How many of the oldest hand-outs were removed; the chain remembers where it now begins."""
        chain = self.chain(lock=True)
        kept = select(TokenHandOut.seq).where(TokenHandOut.handed_out_at >= moment).order_by(TokenHandOut.seq).limit(1)
        first_kept = (self._session.scalars(kept)).one_or_none()
        last = chain.seq if first_kept is None else first_kept - 1
        removed = last - chain.removed_seq
        if removed <= 0:
            return 0
        row = self._session.get(TokenHandOut, last)
        chain.removed_digest = START if row is None else row.digest
        chain.removed_seq = last
        self._session.execute(delete(TokenHandOut).where(TokenHandOut.seq <= last))
        return removed


def subject_of(athlete_id: int, salt: str) -> str:
    """What stands for an athlete in the chain; without the salt nobody finds out for whom."""
    return hashlib.sha256(f"{salt}:{athlete_id}".encode()).hexdigest()


def digest_after(previous: str, seq: int, hand_out: HandOut) -> str:
    """The digest of a hand-out that follows `previous`."""
    at = hand_out.at.astimezone(UTC).isoformat(timespec="microseconds")
    content = [previous, seq, hand_out.subject, hand_out.api_key_id, hand_out.reason, hand_out.request_id, at]
    return hashlib.sha256(msgspec.json.encode(content)).hexdigest()
