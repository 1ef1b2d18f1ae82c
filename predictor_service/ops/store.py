"""SQL about what operators look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from predictor_service.sync.models import SyncRunRow


def reads_by_hour(session: Session, since: datetime) -> Sequence[tuple[datetime, int]]:
    """What syncs that began since then have read of Strava, by the hour in which they began; hours without are none."""
    runs = select(SyncRunRow.started_at, SyncRunRow.read_count).where(SyncRunRow.started_at >= since)
    hours: Counter[datetime] = Counter()
    for started_at, reads in session.execute(runs):
        hours[started_at.replace(minute=0, second=0, microsecond=0)] += reads
    return [(hour, reads) for hour, reads in sorted(hours.items()) if reads]
