"""SQL about routes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
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
    time_zone: str
    line: bytes
    line_key: str
    warnings: bytes


class KeptRoute(NamedTuple):
    """What is known of a route but where it runs; older rows lack checkpoints, start and zone."""

    id: UUID
    name: str | None
    points: int
    geometry: bytes
    checkpoints: bytes | None
    start_lat_deg: float | None
    start_lon_deg: float | None
    time_zone: str | None
    warnings: bytes | None


class SealedLine(NamedTuple):
    """Where a route runs, sealed, and what its key is bound to."""

    content_hash: str
    line: bytes
    line_key: str


_READ_ANEW: Final = (
    *("points", "geometry", "checkpoints", "start_lat_deg", "start_lon_deg"),
    *("time_zone", "line", "line_key", "warnings"),
)
"""What older rows lack, or have of a file that was not looked over for faults; the same file, sent again, brings it."""


# over the table and made once: every prediction asks
_T: Final = cast("Table", StoredRoute.__table__).c
_KEPT: Final = select(*(_T[name] for name in KeptRoute._fields))
_BY_ID: Final = _KEPT.where(_T.id == bindparam("route_id"))
_LINE: Final = select(*(_T[name] for name in SealedLine._fields)).where(_T.id == bindparam("route_id"))
_LINE_KEY: Final = select(_T.line_key).where(_T.id == bindparam("route_id"))
_BY_CONTENT: Final = _KEPT.where(_T.content_hash == bindparam("content_hash"))

_TOUCH: Final = (
    update(cast("Table", StoredRoute.__table__))
    .where(_T.id == bindparam("route_id"), _T.used_at < bindparam("yesterday"))
    .values(used_at=bindparam("now"))
)


class RouteStore:
    """Routes inside the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def keep(self, course: NewRoute, new_id: UUID, created_at: datetime) -> KeptRoute:
        """The route of this content: new with `new_id`, or as it was, with what older rows lack."""
        new = {"id": new_id, **asdict(course), "created_at": created_at, "used_at": created_at}
        insert_if_absent(self._session, StoredRoute, new)
        kept = KeptRoute._make(self._session.execute(_BY_CONTENT, {"content_hash": course.content_hash}).one())
        if kept.checkpoints is None or kept.time_zone is None or kept.warnings is None:
            self.renew(kept.id, course)
            kept = KeptRoute._make(self._session.execute(_BY_CONTENT, {"content_hash": course.content_hash}).one())
        self.touch(kept.id, created_at)
        return kept

    def renew(self, route_id: UUID, course: NewRoute) -> None:
        """Writes anew what is read of the same content."""
        values = {name: getattr(course, name) for name in _READ_ANEW}
        self._session.execute(update(StoredRoute).where(StoredRoute.id == route_id).values(values))

    def line(self, route_id: UUID) -> SealedLine | None:
        """Where the route runs; None for a row that lacks it."""
        row = self._session.execute(_LINE, {"route_id": route_id}).one_or_none()
        return None if row is None or row.line is None else SealedLine._make(row)

    def line_key(self, route_id: UUID) -> str | None:
        """Its key alone."""
        return self._session.execute(_LINE_KEY, {"route_id": route_id}).scalar_one_or_none()

    def touch(self, route_id: UUID, now: datetime) -> None:
        """Writes down that the route was used, once a day."""
        self._session.execute(_TOUCH, {"route_id": route_id, "now": now, "yesterday": now - timedelta(days=1)})

    def by_id(self, route_id: UUID) -> KeptRoute | None:
        """The route of this id."""
        row = self._session.execute(_BY_ID, {"route_id": route_id}).one_or_none()
        return None if row is None else KeptRoute._make(row)
