"""SQL about races."""

from __future__ import annotations

from uuid import UUID

from predictor_service.races.models import RaceDistanceRow, RaceRow
from servicekit.data.rows import PlainRows
from servicekit.data.upsert import insert_if_absent


class RaceStore(PlainRows[RaceRow]):
    """Races and their distances inside the caller's transaction."""

    model_type = RaceRow

    def put(self, model: type[RaceRow | RaceDistanceRow], key: UUID, **values: object) -> None:
        """Makes the row of this id say this."""
        if insert_if_absent(self.session, model, {"id": key, **values}):
            return
        row = self.session.get_one(model, key)
        for name, value in values.items():
            if getattr(row, name) != value:
                setattr(row, name, value)
