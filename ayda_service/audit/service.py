"""Checking and shortening the audit of hand-outs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import RowMapping

from ayda_service.audit.store import AuditStore, digest_after, subject_of
from servicekit.data.database import Database
from servicekit.jobs import Job

KEPT_FOR: Final = timedelta(days=90)
SHORTEN_AUDIT: Final = "shorten_audit"
_DAY_S: Final = 86_400.0


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

    async def verify(self) -> Verdict:
        """Reads the whole chain."""
        return await self._database.read(lambda session: _verdict(AuditStore(session)))

    async def shorten(self, _args: Mapping[str, Any]) -> None:
        """Removes hand-outs older than KEPT_FOR."""
        before = self._now() - KEPT_FOR
        removed = await self._database.write(lambda session: AuditStore(session).remove_before(before))
        if removed:
            structlog.get_logger(__name__).info("audit_shortened", removed=removed)

    def job(self) -> Job:
        """The daily retention."""
        return Job(SHORTEN_AUDIT, self.shorten, every_s=_DAY_S)


def _verdict(store: AuditStore) -> Verdict:
    store.freeze()
    chain = store.chain()
    seq, digest = chain.removed_seq, chain.removed_digest
    for row in store.rows():
        expected = digest_after(digest, {**row, "seq": seq + 1})
        if (row["seq"], row["digest"]) != (seq + 1, expected) or not _names_its_subject(row):
            return Verdict(seq - chain.removed_seq, seq + 1)
        seq, digest = row["seq"], row["digest"]
    return Verdict(seq - chain.removed_seq, None if (seq, digest) == (chain.seq, chain.digest) else seq + 1)


def _names_its_subject(row: RowMapping) -> bool:
    """Whether the athlete is the one of the chain, or erased."""
    if row["athlete_id"] is None or row["salt"] is None:
        return row["athlete_id"] is row["salt"]
    return subject_of(row["athlete_id"], row["salt"]) == str(row["subject"])
