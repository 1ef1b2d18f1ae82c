"""Storing courses and showing them."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from kernel.contracts.route import Route
from kernel.tracks import RouteGeometry, read_gpx, route_from_track
from predictor_service.errors import RouteNotFound
from predictor_service.ids import parse_id
from predictor_service.routes.drawing import elevation_of, facts_of
from predictor_service.routes.models import StoredRoute
from predictor_service.routes.store import RouteStore
from servicekit.database import Database


def read_course(content: bytes) -> tuple[str | None, int, RouteGeometry]:
    """Name, number of points and geometry of a GPX. Raises BadGpx or NoElevation. Takes CPU: call it in a thread."""
    track = read_gpx(content)
    return track.name, len(track.lat_deg), route_from_track(track)


class RouteService:
    """Routes: in as GPX, out as geometry."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def add(self, session: AsyncSession, content: bytes) -> Route:
        """Stores the course of a GPX; the same content again is the same route.

        Raises BadGpx or NoElevation.
        """
        name, points, geometry = await asyncio.to_thread(read_course, content)
        stored = await RouteStore(session).keep(
            content_hash=hashlib.sha256(content).hexdigest(),
            name=name,
            points=points,
            geometry=geometry.to_bytes(),
            created_at=self._now(),
        )
        return route_on_wire(stored)

    async def show(self, route_id: str) -> Route:
        """A stored route. Raises RouteNotFound."""
        async with self._database.reading() as session:
            return route_on_wire(await self.find(session, route_id))

    async def find(self, session: AsyncSession, route_id: str) -> StoredRoute:
        """The row of a stored route. Raises RouteNotFound, for a text that is no id as well."""
        key = parse_id(route_id)
        stored = None if key is None else await RouteStore(session).by_id(key)
        if stored is None:
            raise RouteNotFound(route_id)
        return stored


def route_on_wire(stored: StoredRoute) -> Route:
    """The wire form of a stored route."""
    geometry = RouteGeometry.from_bytes(stored.geometry)
    return Route(
        id=str(stored.id),
        name=stored.name,
        facts=facts_of(geometry),
        points=stored.points,
        elevation=elevation_of(geometry),
    )
