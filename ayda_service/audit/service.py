"""Writing down what was done with tokens, checking and shortening the audit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

import structlog
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from ayda_service.audit.store import AuditStore, Given, digest_after, subject_of
from servicekit.base.correlation import request_id
from servicekit.data.database import Database
from servicekit.jobs import Job

Operation = Literal["connected", "refreshed", "lost", "revoked", "rotated"]
"""What we do with tokens beside handing them out; `lost`: Strava refused to refresh them, or somebody changed them."""
OURSELVES: Final = "ayda"
"""In the place of the key that asked."""
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


def write_down(
    session: Session, operation: Operation, athlete_ids: Iterable[int], at: datetime, *, named: bool = True
) -> None:
    """Adds what is done in this unit of work to the chain, an entry for each athlete.

    An end of a connection is not `named`: it may be part of an erasure, after which the person is named nowhere.
    """
    caused_by = request_id() or ""
    done = [Given(each, OURSELVES, operation, caused_by, named) for each in athlete_ids]
    AuditStore(session).append(done, at)
