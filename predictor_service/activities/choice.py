"""What an athlete's profiles rest on, outing by outing, and what they switch off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, Select, and_, or_, select, update
from sqlalchemy.orm import Session

from kernel.contracts.activity import KnownOuting, KnownOutings
from kernel.contracts.ids import parse_id
from predictor_service.activities.listed import COUNTS
from predictor_service.activities.models import Activity
from predictor_service.athletes.store import AthleteStore
from predictor_service.errors import OutingNotFound

PAGE: Final = 50
_SHOWN: Final = (
    *(Activity.id, Activity.sport, Activity.started_at, Activity.distance_m, Activity.moving_time_s),
    *(Activity.aside, Activity.left_out, Activity.switched_off_at, COUNTS.label("counts")),
)


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
        mine = _of(athlete.id).order_by(Activity.started_at.desc(), Activity.id.desc()).limit(PAGE + 1)
        if before is not None:
            last = _one(session, athlete.id, before)
            same_start = and_(Activity.started_at == last.started_at, Activity.id < last.id)
            mine = mine.where(or_(Activity.started_at < last.started_at, same_start))
        rows = session.execute(mine).all()
        shown = [_view(row) for row in rows[:PAGE]]
        return KnownOutings(shown, shown[-1].id if len(rows) > PAGE else None)

    def choose(self, session: Session, telegram_id: str, outing_id: str, *, counts: bool) -> KnownOuting:
        """Switches an outing on or off and fits the profiles anew where that changes them. Raises OutingNotFound."""
        athletes = AthleteStore(session)
        athlete = athletes.held(telegram_id)
        if athlete is None:
            raise OutingNotFound
        athletes.lock(athlete.id)
        before = _one(session, athlete.id, outing_id)
        if counts != (before.switched_off_at is None):
            off_at = None if counts else self._now()
            session.execute(update(Activity).where(Activity.id == before.id).values(switched_off_at=off_at))
        after = _one(session, athlete.id, outing_id)
        if after.counts != before.counts:
            self._rebuild(session, athlete.id)
        return _view(after)


def _of(athlete_id: UUID) -> Select[Any]:
    return select(*_SHOWN).where(Activity.athlete_id == athlete_id)


def _one(session: Session, athlete_id: UUID, outing_id: str) -> Row[Any]:
    key = parse_id(outing_id)
    row = None if key is None else session.execute(_of(athlete_id).where(Activity.id == key)).one_or_none()
    if row is None:
        raise OutingNotFound
    return row


def _view(row: Row[Any]) -> KnownOuting:
    return KnownOuting(
        id=str(row.id),
        sport=row.sport,
        started_at=row.started_at,
        distance_m=round(row.distance_m, 1),
        moving_time_s=round(row.moving_time_s, 1),
        counts=bool(row.counts),
        left_out=row.aside or row.left_out,
        switched_off=row.switched_off_at is not None,
    )
