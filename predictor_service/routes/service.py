"""Courses: read from GPX, stored, and shown."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

import msgspec
import numpy as np
from sqlalchemy.orm import Session

from kernel.contracts.ids import parse_id
from kernel.contracts.prediction import CheckpointRequest
from kernel.contracts.route import ElevationPoint, Route
from kernel.forecast import Course, Place, course_of, facts_of, start_of
from kernel.tracks import RouteGeometry, read_gpx
from predictor_service.errors import RouteNotFound
from predictor_service.routes.store import KeptRoute, NewRoute, RouteStore
from servicekit.data.columns import uuid7
from servicekit.data.database import Database

MOST_DRAWN_POINTS: Final = 500


class RouteService:
    """Routes: in as GPX, out as geometry."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    @staticmethod
    async def read(content: bytes) -> NewRoute:
        """The course in a GPX. Raises BadGpx or NoElevation."""
        return await asyncio.to_thread(read_course, content)

    def keep(self, session: Session, course: NewRoute) -> Route:
        """Stores the course; the same content again is the same route."""
        return route_on_wire(RouteStore(session).keep(course, uuid7(), self._now()))

    async def show(self, route_id: str) -> Route:
        """A stored route. Raises RouteNotFound."""
        return route_on_wire(await self._database.read(lambda session: self.find(session, route_id)))

    @staticmethod
    def find(session: Session, route_id: str) -> KeptRoute:
        """The row of a stored route. Raises RouteNotFound, for a text that is no id as well."""
        key = parse_id(route_id)
        stored = None if key is None else RouteStore(session).by_id(key)
        if stored is None:
            raise RouteNotFound(route_id)
        return stored


def route_on_wire(stored: KeptRoute) -> Route:
    """The wire form of a stored route."""
    geometry = RouteGeometry.from_bytes(stored.geometry)
    return Route(
        id=str(stored.id),
        name=stored.name,
        facts=facts_of(geometry),
        points=stored.points,
        elevation=elevation_of(geometry),
    )


def course_of_gpx(content: bytes) -> Course:
    """The course in a GPX, its start coarse. Raises BadGpx or NoElevation. Takes CPU: call it in a thread."""
    track = read_gpx(content)
    return replace(course_of(track), place=start_of(track).coarse())


def read_course(content: bytes) -> NewRoute:
    """What is kept of the course in a GPX. Raises BadGpx or NoElevation. Takes CPU: call it in a thread."""
    track = read_gpx(content)
    course, place = course_of(track), start_of(track).coarse()
    return NewRoute(
        content_hash=hashlib.sha256(content).hexdigest(),
        name=track.name,
        points=len(track.lat_deg),
        geometry=course.route.to_bytes(),
        checkpoints=msgspec.json.encode(course.checkpoints),
        start_lat_deg=place.lat_deg,
        start_lon_deg=place.lon_deg,
    )


def stored_course(route: KeptRoute) -> Course:
    """The course of a stored route."""
    lat_deg, lon_deg, kept = route.start_lat_deg, route.start_lon_deg, route.checkpoints
    return Course(
        route=RouteGeometry.from_bytes(route.geometry),
        checkpoints=[] if kept is None else msgspec.json.decode(kept, type=list[CheckpointRequest]),
        place=None if lat_deg is None or lon_deg is None else Place(lat_deg, lon_deg),
    )


def elevation_of(geometry: RouteGeometry) -> list[ElevationPoint]:
    """The elevation along the route at 500 places or fewer, both ends included: enough for any screen."""
    count = min(MOST_DRAWN_POINTS, len(geometry.distance_m))
    picked = np.unique(np.linspace(0, len(geometry.distance_m) - 1, count).round().astype(int))
    return [
        ElevationPoint(round(float(distance_m), 1), round(float(elevation_m), 1))
        for distance_m, elevation_m in zip(geometry.distance_m[picked], geometry.elevation_m[picked], strict=True)
    ]
