"""What an athlete's profiles rest on, outing by outing, and what they switch off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from kernel.contracts.activity import KnownOuting, KnownOutings
from kernel.contracts.ids import parse_id
from predictor_service.athletes.store import AthleteStore
from predictor_service.errors import OutingNotFound
from predictor_service.outings.store import OutingStore, ShownActivity

PAGE: Final = 50


class OutingChoices:
    """Outings as their athlete sees them."""

    def __init__(self, rebuild: Callable[[Session, UUID], None], now: Callable[[], datetime]) -> None:
        """`rebuild` fits an athlete's profiles anew."""
        self._rebuild = rebuild
        self._now = now

    def page(self, session: Session, telegram_id: str, before: str | None) -> KnownOutings:
        """The newest outings, or those before one; of somebody unknown there are none. Raises OutingNotFound."""
        athlete = AthleteStore(session).held(telegram_id)
        if athlete is None:
            return KnownOutings([], None)
        last = None if before is None else _one(session, athlete.id, before)
        rows = OutingStore(session).page(athlete.id, last, PAGE + 1)
        told = [_view(row) for row in rows[:PAGE]]
        return KnownOutings(told, told[-1].id if len(rows) > PAGE else None)

    def choose(self, session: Session, telegram_id: str, outing_id: str, *, counts: bool) -> KnownOuting:
        """Switches an outing on or off and fits the profiles anew where that changes them. Raises OutingNotFound."""
        athletes = AthleteStore(session)
        athlete = athletes.held(telegram_id)
        if athlete is None:
            raise OutingNotFound
        athletes.lock(athlete.id)
        before = _one(session, athlete.id, outing_id)
        if counts != (before.switched_off_at is None):
            OutingStore(session).switch(before.id, None if counts else self._now())
        after = _one(session, athlete.id, outing_id)
        if after.counts != before.counts:
            self._rebuild(session, athlete.id)
        return _view(after)


def _one(session: Session, athlete_id: UUID, outing_id: str) -> ShownActivity:
    key = parse_id(outing_id)
    row = None if key is None else OutingStore(session).one(athlete_id, key)
    if row is None:
        raise OutingNotFound
    return row


def _view(row: ShownActivity) -> KnownOuting:
    return KnownOuting(
        id=str(row.id),
        sport=row.sport,
        started_at=row.started_at,
        distance_m=round(row.distance_m, 1),
        moving_time_s=round(row.moving_time_s, 1),
        counts=bool(row.counts),
        left_out=row.left_out,
        switched_off=row.switched_off_at is not None,
    )
