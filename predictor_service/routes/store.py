"""SQL about routes."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from predictor_service.routes.models import StoredRoute
from predictor_service.routes.reading import Course
from servicekit.upsert import insert_if_absent


class RouteStore:
    """Routes inside the caller's transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def keep(self, course: Course, new_id: UUID, created_at: datetime) -> StoredRoute:
        """The row of this content: new with `new_id`, or as it was."""
        values = {"id": new_id, **asdict(course), "created_at": created_at}
        await insert_if_absent(self._session, StoredRoute, values)
        same = select(StoredRoute).where(StoredRoute.content_hash == course.content_hash)
        return (await self._session.scalars(same)).one()

    async def by_id(self, route_id: UUID) -> StoredRoute | None:
        """The route of this id."""
        return await self._session.get(StoredRoute, route_id)
