"""Courses: read from files, stored, and shown."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec
import numpy as np
import structlog
from sqlalchemy.orm import Session

from kernel.contracts.ids import parse_id
from kernel.contracts.prediction import CheckpointRequest
from kernel.contracts.route import CourseWarning, ElevationPoint, Route, RouteTrack, TrackPoint
from kernel.forecast import Course, Place, facts_of
from kernel.tracks import CourseLine, RouteGeometry
from predictor_service.errors import RouteNotFound
from predictor_service.routes.store import KeptRoute, NewRoute, RouteStore, SealedLine
from servicekit.base.file_seals import FileSeals
from servicekit.base.vault import SealBroken
from servicekit.data.columns import uuid7
from servicekit.data.database import Database
from servicekit.web.sent_files import Sent
from servicekit.web.track_files import FileReader
from trackfiles.course import DrawnCourse

MOST_DRAWN_POINTS: Final = 500


class RouteService:
    """Routes: in as files, out as geometry, and as where they run to who asks for that."""

    def __init__(self, database: Database, files: FileReader, seals: FileSeals, now: Callable[[], datetime]) -> None:
        self._database = database
        self._files = files
        self._seals = seals
        self._now = now

    async def read(self, sent: Sent, chosen: str | None = None) -> NewRoute:
        """The course in a file; of several tracks the one `chosen`. Raises Busy, BadTrack or NoElevation."""
        drawn = await self._files.course(sent, chosen)
        return await asyncio.to_thread(self.row_of, drawn)

    def row_of(self, drawn: DrawnCourse) -> NewRoute:
        """The row of a course, its line sealed. Raises BadGpx for a geometry that is none."""
        drawn.course()
        key = self._seals.new_key()
        return NewRoute(
            content_hash=drawn.digest,
            name=drawn.name,
            points=drawn.points,
            geometry=drawn.geometry,
            checkpoints=msgspec.json.encode(drawn.checkpoints),
            start_lat_deg=drawn.start_lat_deg,
            start_lon_deg=drawn.start_lon_deg,
            time_zone=drawn.time_zone,
            line=self._seals.seal(drawn.line, key),
            line_key=self._seals.seal_key(key, subject=drawn.digest),
            warnings=msgspec.json.encode(drawn.warnings),
        )

    def keep(self, session: Session, course: NewRoute) -> Route:
        """Stores the course; the same content again is the same route, its line sealed by the newest key."""
        store = RouteStore(session)
        kept = store.keep(course, uuid7(), self._now())
        if self._is_outdated(store.line_key(kept.id)):
            store.renew(kept.id, course)
        return route_on_wire(kept)

    async def show(self, route_id: str) -> Route:
        """A stored route. Raises RouteNotFound."""
        return route_on_wire(await self._database.read(lambda session: self.find(session, route_id)))

    async def track(self, route_id: str) -> RouteTrack:
        """Where a stored route runs, which counts as a use of it. Raises RouteNotFound."""
        route, sealed = await self._database.write(lambda session: self._used(session, route_id))
        return await asyncio.to_thread(self._track_on_wire, route, sealed)

    @staticmethod
    def find(session: Session, route_id: str) -> KeptRoute:
        """The row of a stored route. Raises RouteNotFound, for a text that is no id as well."""
        key = parse_id(route_id)
        stored = None if key is None else RouteStore(session).by_id(key)
        if stored is None:
            raise RouteNotFound(route_id)
        return stored

    def line(self, session: Session, route_id: str) -> CourseLine | None:
        """Where a stored route runs; None where nobody knows any more. Raises RouteNotFound."""
        route = self.find(session, route_id)
        sealed = RouteStore(session).line(route.id)
        return None if sealed is None else self._opened(route, sealed)

    def _used(self, session: Session, route_id: str) -> tuple[KeptRoute, SealedLine | None]:
        route, store = self.find(session, route_id), RouteStore(session)
        store.touch(route.id, self._now())
        return route, store.line(route.id)

    def _track_on_wire(self, route: KeptRoute, sealed: SealedLine | None) -> RouteTrack:
        geometry = RouteGeometry.from_bytes(route.geometry)
        line = None if sealed is None else self._opened(route, sealed)
        return RouteTrack(
            id=str(route.id),
            name=route.name,
            elevation=elevation_of(geometry),
            points=[] if line is None else _points_of(line, geometry),
        )

    def _opened(self, route: KeptRoute, sealed: SealedLine) -> CourseLine | None:
        """The line; None where its key was retired, until its file is sent again."""
        try:
            packed = self._seals.open(sealed.line, sealed.line_key, subject=sealed.content_hash)
            return CourseLine.from_bytes(packed)
        except (SealBroken, ValueError):
            structlog.get_logger(__name__).warning("route_line_unreadable", route_id=str(route.id))
            return None

    def _is_outdated(self, line_key: str | None) -> bool:
        try:
            return line_key is None or self._seals.needs_rewrap(line_key)
        except SealBroken:
            return True


def route_on_wire(stored: KeptRoute) -> Route:
    """The wire form of a stored route."""
    geometry = RouteGeometry.from_bytes(stored.geometry)
    return Route(
        id=str(stored.id),
        name=stored.name,
        facts=facts_of(geometry),
        points=stored.points,
        elevation=elevation_of(geometry),
        time_zone=stored.time_zone,
    )


def stored_course(route: KeptRoute) -> Course:
    """The course of a stored route."""
    lat_deg, lon_deg, kept = route.start_lat_deg, route.start_lon_deg, route.checkpoints
    return Course(
        route=RouteGeometry.from_bytes(route.geometry),
        checkpoints=[] if kept is None else msgspec.json.decode(kept, type=list[CheckpointRequest]),
        place=None if lat_deg is None or lon_deg is None else Place(lat_deg, lon_deg),
        time_zone=route.time_zone,
        warnings=[] if route.warnings is None else msgspec.json.decode(route.warnings, type=list[CourseWarning]),
    )


def elevation_of(geometry: RouteGeometry) -> list[ElevationPoint]:
    """The elevation along the route at 500 places or fewer, both ends included: enough for any screen."""
    count = min(MOST_DRAWN_POINTS, len(geometry.distance_m))
    picked = np.unique(np.linspace(0, len(geometry.distance_m) - 1, count).round().astype(int))
    return [
        ElevationPoint(round(float(distance_m), 1), round(float(elevation_m), 1))
        for distance_m, elevation_m in zip(geometry.distance_m[picked], geometry.elevation_m[picked], strict=True)
    ]


def _points_of(line: CourseLine, geometry: RouteGeometry) -> list[TrackPoint]:
    heights_m = np.round(np.interp(line.at_m, geometry.distance_m, geometry.elevation_m), 1)
    columns = (line.lat_deg, line.lon_deg, heights_m, line.at_m)
    return [TrackPoint(*point) for point in zip(*(column.tolist() for column in columns), strict=True)]
