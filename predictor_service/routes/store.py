"""SQL about routes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from predictor_service.routes.models import StoredRoute
from predictor_service.upsert import insert_if_absent
from servicekit.database import uuid7


class RouteStore:
    """Routes inside the caller's transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def keep(
        self, *, content_hash: str, name: str | None, points: int, geometry: bytes, created_at: datetime
    ) -> StoredRoute:
        """The row of this content, new or as it was."""
        values = {
            "id": uuid7(),
            "content_hash": content_hash,
            "name": name,
            "points": points,
            "geometry": geometry,
            "created_at": created_at,
        }
        await insert_if_absent(self._session, StoredRoute, values)
        same = select(StoredRoute).where(StoredRoute.content_hash == content_hash)
        return (await self._session.scalars(same)).one()

    async def by_id(self, route_id: UUID) -> StoredRoute | None:
        """The route of this id."""
        return await self._session.get(StoredRoute, route_id)
