"""SQL about activities as their athlete sees them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select, update
from sqlalchemy.orm import Session

from kernel.contracts.activity import SportTag
from predictor_service.activities.listed import COUNTS
from predictor_service.activities.models import Activity

_COLUMNS: Final = (
    *(Activity.id, Activity.sport, Activity.started_at, Activity.distance_m, Activity.moving_time_s),
    *(func.coalesce(Activity.aside, Activity.left_out), Activity.switched_off_at, COUNTS),
)


class ShownActivity(NamedTuple):
    """An activity without its features: metres, seconds, and whether profiles rest on it."""

    id: UUID
    sport: SportTag
    started_at: datetime
    distance_m: float
    moving_time_s: float
    left_out: str | None
    switched_off_at: datetime | None
    counts: bool | None


class OutingStore:
    """Activities inside the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def page(self, athlete_id: UUID, before: ShownActivity | None, limit: int) -> Sequence[ShownActivity]:
        """The newest of an athlete's, or those before one, newest first."""
        mine = _of(athlete_id).order_by(Activity.started_at.desc(), Activity.id.desc()).limit(limit)
        if before is not None:
            same_start = and_(Activity.started_at == before.started_at, Activity.id < before.id)
            mine = mine.where(or_(Activity.started_at < before.started_at, same_start))
        return [ShownActivity(*row) for row in self._session.execute(mine)]

    def one(self, athlete_id: UUID, activity_id: UUID) -> ShownActivity | None:
        """One of an athlete's own."""
        row = self._session.execute(_of(athlete_id).where(Activity.id == activity_id)).one_or_none()
        return None if row is None else ShownActivity(*row)

    def switch(self, activity_id: UUID, off_at: datetime | None) -> None:
        """Switches it off as of this moment, or on."""
        self._session.execute(update(Activity).where(Activity.id == activity_id).values(switched_off_at=off_at))


def _of(athlete_id: UUID) -> Select[Any]:
    return select(*_COLUMNS).where(Activity.athlete_id == athlete_id)
