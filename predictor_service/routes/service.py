"""Storing courses and showing them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from kernel.contracts.route import Route
from kernel.tracks import RouteGeometry
from predictor_service.errors import RouteNotFound
from predictor_service.ids import parse_id
from predictor_service.routes.drawing import elevation_of, facts_of
from predictor_service.routes.models import StoredRoute
from predictor_service.routes.reading import Course, read_course
from predictor_service.routes.store import RouteStore
from servicekit.data.columns import uuid7
from servicekit.data.database import Database


class RouteService:
    """Routes: in as GPX, out as geometry."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    @staticmethod
    async def read(content: bytes) -> Course:
        """The course in a GPX. Raises BadGpx or NoElevation."""
        return await asyncio.to_thread(read_course, content)

    def keep(self, session: Session, course: Course) -> Route:
        """Stores the course; the same content again is the same route."""
        return route_on_wire(RouteStore(session).keep(course, uuid7(), self._now()))

    async def show(self, route_id: str) -> Route:
        """A stored route. Raises RouteNotFound."""
        return route_on_wire(await self._database.read(lambda session: self.find(session, route_id)))

    @staticmethod
    def find(session: Session, route_id: str) -> StoredRoute:
        """The row of a stored route. Raises RouteNotFound, for a text that is no id as well."""
        key = parse_id(route_id)
        stored = None if key is None else RouteStore(session).by_id(key)
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
