"""SQL about the race catalogue."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from predictor_service.models_base import Base
from predictor_service.races.models import RaceDistanceRow, RaceRow
from servicekit.data.upsert import insert_if_absent


class RaceStore:
    """The catalogue inside the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def put_race(self, race_id: UUID, name: str, country: str) -> None:
        """Makes the race's row say this."""
        self._put(RaceRow, race_id, {"name": name, "country": country})

    def put_distance(self, distance_id: UUID, *, race_id: UUID, name: str, position: int, geometry: bytes) -> None:
        """Makes the distance's row say this."""
        values = {"race_id": race_id, "name": name, "position": position, "geometry": geometry}
        self._put(RaceDistanceRow, distance_id, values)

    def _put(self, model: type[Base], key: UUID, values: dict[str, object]) -> None:
        if insert_if_absent(self._session, model, {"id": key, **values}):
            return
        row = self._session.get_one(model, key)
        for name, value in values.items():
            if getattr(row, name) != value:
                setattr(row, name, value)

    def races(self) -> list[RaceRow]:
        """Every race, by name."""
        return list(self._session.scalars(select(RaceRow).order_by(RaceRow.name, RaceRow.id)))

    def race(self, race_id: UUID) -> RaceRow | None:
        """The race of this id."""
        return self._session.get(RaceRow, race_id)

    def distances(self, race_id: UUID | None = None) -> list[RaceDistanceRow]:
        """The distances of a race, or of all, in the order of the catalogue."""
        wanted = select(RaceDistanceRow).order_by(RaceDistanceRow.race_id, RaceDistanceRow.position)
        if race_id is not None:
            wanted = wanted.where(RaceDistanceRow.race_id == race_id)
        return list(self._session.scalars(wanted))

    def distance(self, distance_id: UUID) -> RaceDistanceRow | None:
        """The distance of this id."""
        return self._session.get(RaceDistanceRow, distance_id)
