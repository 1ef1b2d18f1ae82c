"""SQL about routes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final, NamedTuple, cast
from uuid import UUID

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session

from predictor_service.routes.models import StoredRoute
from servicekit.data.upsert import insert_if_absent


@dataclass(frozen=True, slots=True)
class NewRoute:
    """What is kept of a GPX; named as the columns of its row."""

    content_hash: str
    name: str | None
    points: int
    geometry: bytes
    checkpoints: bytes
    start_lat_deg: float
    start_lon_deg: float


class KeptRoute(NamedTuple):
    """What is known of a route; older rows lack checkpoints and start."""

    id: UUID
    name: str | None
    points: int
    geometry: bytes
    checkpoints: bytes | None
    start_lat_deg: float | None
    start_lon_deg: float | None


# over the table and made once: every prediction asks
_T: Final = cast("Table", StoredRoute.__table__).c
_KEPT: Final = select(*(_T[name] for name in KeptRoute._fields))
_BY_ID: Final = _KEPT.where(_T.id == bindparam("route_id"))
_BY_CONTENT: Final = _KEPT.where(_T.content_hash == bindparam("content_hash"))


class RouteStore:
    """Routes inside the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def keep(self, course: NewRoute, new_id: UUID, created_at: datetime) -> KeptRoute:
        """The route of this content: new with `new_id`, or as it was, with what older rows lack."""
        insert_if_absent(self._session, StoredRoute, {"id": new_id, **asdict(course), "created_at": created_at})
        kept = KeptRoute._make(self._session.execute(_BY_CONTENT, {"content_hash": course.content_hash}).one())
        if kept.checkpoints is None:
            lacking = {name: getattr(course, name) for name in ("checkpoints", "start_lat_deg", "start_lon_deg")}
            self._session.execute(update(StoredRoute).where(StoredRoute.id == kept.id).values(lacking))
        return kept

    def by_id(self, route_id: UUID) -> KeptRoute | None:
        """The route of this id."""
        row = self._session.execute(_BY_ID, {"route_id": route_id}).one_or_none()
        return None if row is None else KeptRoute._make(row)
