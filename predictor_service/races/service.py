"""The race catalogue: written at start-up, read by anyone."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import TypeAlias
from uuid import UUID

from sqlalchemy.orm import Session

from kernel.contracts.ids import parse_id
from kernel.contracts.race import Race, RaceDistance, RaceList
from kernel.forecast import facts_of
from kernel.tracks import RouteGeometry
from predictor_service.errors import RaceNotFound
from predictor_service.races.catalogue import CATALOGUE, RaceOutline
from predictor_service.races.models import RaceDistanceRow, RaceRow
from predictor_service.races.store import DistanceStore, RaceStore
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
        races, distances = await self._database.read(_everything)
        of_race: defaultdict[UUID, list[RaceDistanceRow]] = defaultdict(list)
        for distance in distances:
            of_race[distance.race_id].append(distance)
        return RaceList([_race_on_wire(race, of_race[race.id]) for race in races])

    async def show(self, race_id: str) -> Race:
        """One race. Raises RaceNotFound."""
        return _race_on_wire(*await self._database.read(lambda session: _race_with_distances(session, race_id)))

    async def show_distance(self, race_id: str, distance_id: str) -> RaceDistance:
        """One distance of a race. Raises RaceNotFound."""
        found = await self._database.read(lambda session: self.find(session, race_id, distance_id))
        return _distance_on_wire(found)

    @staticmethod
    def find(session: Session, race_id: str, distance_id: str) -> RaceDistanceRow:
        """The row of one distance of a race. Raises RaceNotFound, also when the distance is another race's."""
        race = _race(session, race_id)
        key = parse_id(distance_id)
        found = None if key is None else DistanceStore(session).get_one_or_none(id=key)
        if found is None or found.race_id != race.id:
            raise RaceNotFound(race_id, distance_id)
        return found


def _race(session: Session, race_id: str) -> RaceRow:
    key = parse_id(race_id)
    race = None if key is None else RaceStore(session).get_one_or_none(id=key)
    if race is None:
        raise RaceNotFound(race_id)
    return race


def _race_with_distances(session: Session, race_id: str) -> tuple[RaceRow, list[RaceDistanceRow]]:
    race = _race(session, race_id)
    return race, DistanceStore(session).in_order(race_id=race.id)


def _everything(session: Session) -> tuple[list[RaceRow], list[RaceDistanceRow]]:
    races = RaceStore(session).get_many(order_by=[("name", False), ("id", False)])
    return races, DistanceStore(session).in_order()


def _seed(session: Session, catalogue: Sequence[RaceOutline], courses: Sequence[_Course]) -> None:
    races, distances = RaceStore(session), DistanceStore(session)
    for race in catalogue:
        races.put(race.id, name=race.name, country=race.country)
    for race_id, distance_id, position, name, geometry in courses:
        distances.put(distance_id, race_id=race_id, name=name, position=position, geometry=geometry)


def _courses(catalogue: Sequence[RaceOutline]) -> list[_Course]:
    return [
        (race.id, race.distance_id(distance), position, distance.name, distance.geometry().to_bytes())
        for race in catalogue
        for position, distance in enumerate(race.distances)
    ]


def _race_on_wire(race: RaceRow, distances: Sequence[RaceDistanceRow]) -> Race:
    return Race(id=str(race.id), name=race.name, country=race.country, distances=[*map(_distance_on_wire, distances)])


def _distance_on_wire(row: RaceDistanceRow) -> RaceDistance:
    return RaceDistance(id=str(row.id), name=row.name, facts=facts_of(RouteGeometry.from_bytes(row.geometry)))
