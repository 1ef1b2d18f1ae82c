"""SQL about races."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from predictor_service.models_base import Base
from predictor_service.races.models import RaceDistanceRow, RaceRow
from servicekit.data.rows import PlainRows
from servicekit.data.upsert import insert_if_absent

R = TypeVar("R", bound=Base)


class CatalogueRows(PlainRows[R]):
    """Rows of the catalogue inside the caller's transaction."""

    def put(self, key: UUID, **values: object) -> None:
        """Makes the row of this id say this."""
        if insert_if_absent(self.session, self.model_type, {"id": key, **values}):
            return
        row = self.session.get_one(self.model_type, key)
        for name, value in values.items():
            if getattr(row, name) != value:
                setattr(row, name, value)


class RaceStore(CatalogueRows[RaceRow]):
    """Races."""

    model_type = RaceRow


class DistanceStore(CatalogueRows[RaceDistanceRow]):
    """Distances of races."""

    model_type = RaceDistanceRow

    def in_order(self, race_id: UUID | None = None) -> list[RaceDistanceRow]:
        """The distances of a race, or of all, in the order of the catalogue."""
        of_race = () if race_id is None else (RaceDistanceRow.race_id == race_id,)
        return self.get_many(*of_race, order_by=[("race_id", False), ("position", False)])
