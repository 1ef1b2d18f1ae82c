"""SQL about routes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from predictor_service.routes.models import StoredRoute
from servicekit.data.rows import PlainRows
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


class RouteStore(PlainRows[StoredRoute]):
    """Routes inside the caller's transaction."""

    model_type = StoredRoute

    def keep(self, course: NewRoute, new_id: UUID, created_at: datetime) -> StoredRoute:
        """The row of this content: new with `new_id`, or as it was, with what older rows lack."""
        values = {"id": new_id, **asdict(course), "created_at": created_at}
        insert_if_absent(self.session, StoredRoute, values)
        stored = self.get_one(content_hash=course.content_hash)
        if stored.checkpoints is None:
            stored.checkpoints = course.checkpoints
            stored.start_lat_deg, stored.start_lon_deg = course.start_lat_deg, course.start_lon_deg
        return stored
