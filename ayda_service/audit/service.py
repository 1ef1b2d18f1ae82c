"""Checking and shortening the audit of hand-outs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from ayda_service.audit.models import TokenHandOut
from ayda_service.audit.store import AuditStore, HandOut, Link, subject_of
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
    last, checked = Link(chain.removed_seq, chain.removed_digest), 0
    for row in store.rows():
        following = last.followed_by(_content(row))
        if Link(row.seq, row.digest) != following or not _names_its_subject(row):
            return Verdict(checked, following.seq)
        last, checked = following, checked + 1
    return Verdict(checked, None if last == Link(chain.seq, chain.digest) else last.seq + 1)


def _content(row: TokenHandOut) -> HandOut:
    return HandOut(row.subject, row.api_key_id, row.reason, row.request_id, row.handed_out_at)


def _names_its_subject(row: TokenHandOut) -> bool:
    """Whether the athlete is the one of the chain, or erased."""
    if row.athlete_id is None or row.salt is None:
        return row.athlete_id is None and row.salt is None
    return subject_of(row.athlete_id, row.salt) == row.subject
