"""Writing, checking and shortening the audit of hand-outs."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from ayda_service.audit.models import HandOutChain, TokenHandOut
from ayda_service.audit.store import AuditStore, HandOut, digest_after, subject_of
from servicekit.data.database import Database
from servicekit.jobs import Job

KEPT_FOR: Final = timedelta(days=90)
SHORTEN_AUDIT: Final = "shorten_audit"
_DAY_S: Final = 86_400.0
_SHOWN: Final = 16


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the chain holds: `hand_outs` were checked, `broken_at` is the first number that does not fit."""

    hand_outs: int
    broken_at: int | None = None


class Audit:
    """The audit of one database."""

    def __init__(self, database: Database, *, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def record(
        self, session: AsyncSession, athlete_id: int, *, api_key_id: str, reason: str, request_id: str
    ) -> TokenHandOut:
        """The row, durable with the commit of `session`; `witness` it then."""
        salt = secrets.token_hex(16)
        hand_out = HandOut(subject_of(athlete_id, salt), api_key_id, reason, request_id, self._now())
        return await AuditStore(session).append(hand_out, athlete_id, salt)

    def witness(self, row: TokenHandOut) -> None:
        """The log gets the number and the start of the digest: a witness elsewhere."""
        fields = {"athlete_id": row.athlete_id, "api_key_id": row.api_key_id, "number": row.seq}
        structlog.get_logger(__name__).info("token_handed_out", **fields, chain=row.digest[:_SHOWN])

    async def verify(self) -> Verdict:
        """Reads the whole chain."""
        async with self._database.reading() as session:
            store = AuditStore(session)
            chain = await store.chain(lock=False)
            seq, digest, checked = chain.removed_seq, chain.removed_digest, 0
            async for row in store.rows():
                in_order = row.seq == seq + 1 and row.digest == digest_after(digest, seq + 1, _content(row))
                if not in_order or not _names_its_subject(row):
                    return Verdict(checked, seq + 1)
                seq, digest, checked = row.seq, row.digest, checked + 1
            return Verdict(checked, None if _ends(chain, seq, digest) else seq + 1)

    async def shorten(self, _args: Mapping[str, Any]) -> None:
        """Removes hand-outs older than KEPT_FOR."""
        async with self._database.transaction() as session:
            removed = await AuditStore(session).remove_before(self._now() - KEPT_FOR)
        if removed:
            structlog.get_logger(__name__).info("audit_shortened", removed=removed)

    def job(self) -> Job:
        """The daily retention."""
        return Job(SHORTEN_AUDIT, self.shorten, every_s=_DAY_S)


def _content(row: TokenHandOut) -> HandOut:
    return HandOut(row.subject, row.api_key_id, row.reason, row.request_id, row.handed_out_at)


def _names_its_subject(row: TokenHandOut) -> bool:
    """Whether the athlete is the one of the chain, or erased."""
    if row.athlete_id is None or row.salt is None:
        return row.athlete_id is None and row.salt is None
    return subject_of(row.athlete_id, row.salt) == row.subject


def _ends(chain: HandOutChain, seq: int, digest: str) -> bool:
    return (chain.seq, chain.digest) == (seq, digest)
