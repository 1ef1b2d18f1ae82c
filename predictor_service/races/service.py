"""The race catalogue: written at start-up, read by anyone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TypeAlias
from uuid import UUID

from sqlalchemy.orm import Session

from kernel.contracts.ids import parse_id
from kernel.contracts.route import Race, RaceCourse, RaceDistance, RaceList
from kernel.forecast import facts_of
from kernel.tracks import RouteGeometry
from predictor_service.errors import RaceNotFound
from predictor_service.races.catalogue import CATALOGUE, RaceOutline
from predictor_service.races.models import RaceDistanceRow, RaceRow
from predictor_service.races.store import RaceStore
from predictor_service.routes.service import elevation_of
from servicekit.data.database import Database

_Course: TypeAlias = tuple[UUID, UUID, int, str, bytes]
"""Race, distance, its position among those of its race, name, geometry."""


class RaceService:
    """Races and their courses."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def seed(self, catalogue: Sequence[RaceOutline] = CATALOGUE) -> None:
        """Makes the stored catalogue contain these races, with the same ids every time."""
        courses = await asyncio.to_thread(_courses, catalogue)
        await self._database.write(lambda session: _seed(session, catalogue, courses))

    async def all(self) -> RaceList:
        """The whole catalogue."""
        return RaceList([_race_on_wire(race) for race in await self._database.read(_everything)])

    async def show(self, race_id: str) -> Race:
        """One race. Raises RaceNotFound."""
        return _race_on_wire(await self._database.read(lambda session: _race(session, race_id)))

    async def show_distance(self, race_id: str, distance_id: str) -> RaceCourse:
        """One distance of a race, with its profile. Raises RaceNotFound."""
        _, found = await self._database.read(lambda session: self.find(session, race_id, distance_id))
        geometry = RouteGeometry.from_bytes(found.geometry)
        elevation = elevation_of(geometry)
        return RaceCourse(id=str(found.id), name=found.name, facts=facts_of(geometry), elevation=elevation)

    @staticmethod
    def find(session: Session, race_id: str, distance_id: str) -> tuple[RaceRow, RaceDistanceRow]:
        """The rows of a race and of one distance of it. Raises RaceNotFound, also for another race's distance."""
        key, race = parse_id(distance_id), _race(session, race_id)
        found = next((each for each in race.distances if each.id == key), None)
        if found is None:
            raise RaceNotFound(race_id, distance_id)
        return race, found


def _race(session: Session, race_id: str) -> RaceRow:
    race = RaceStore(session).get_one_or_none(id=parse_id(race_id))
    if race is None:
        raise RaceNotFound(race_id)
    return race


def _everything(session: Session) -> list[RaceRow]:
    return RaceStore(session).get_many(order_by=[("name", False), ("id", False)])


def _seed(session: Session, catalogue: Sequence[RaceOutline], courses: Sequence[_Course]) -> None:
    store = RaceStore(session)
    for race in catalogue:
        store.put(RaceRow, race.id, name=race.name, country=race.country, time_zone=race.time_zone)
    for race_id, distance_id, position, name, geometry in courses:
        store.put(RaceDistanceRow, distance_id, race_id=race_id, name=name, position=position, geometry=geometry)


def _courses(catalogue: Sequence[RaceOutline]) -> list[_Course]:
    return [
        (race.id, race.distance_id(distance), position, distance.name, distance.geometry().to_bytes())
        for race in catalogue
        for position, distance in enumerate(race.distances)
    ]


def _race_on_wire(race: RaceRow) -> Race:
    distances = [*map(_distance_on_wire, race.distances)]
    return Race(id=str(race.id), name=race.name, country=race.country, distances=distances)


def _distance_on_wire(row: RaceDistanceRow) -> RaceDistance:
    return RaceDistance(id=str(row.id), name=row.name, facts=facts_of(RouteGeometry.from_bytes(row.geometry)))
