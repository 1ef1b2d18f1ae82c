"""Forecasts on their way into the ledger: each is there before it is given out, those made at once in one commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

from sqlalchemy.orm import Session

from kernel.contracts.prediction import Prediction
from predictor_service.athletes.store import AthleteStore
from predictor_service.errors import ErasedMeanwhile
from predictor_service.predictions.store import LedgerStore
from predictor_service.profiles.store import Known
from predictor_service.routes.store import RouteStore
from servicekit.data.database import Database
from servicekit.data.gathered import Gathered

ROUTE: Final = "route"
"""What references to stored routes begin with."""
MOST_AT_ONCE: Final = 32
Predicted: TypeAlias = tuple[Prediction, Mapping[str, Any], Known | None]
"""A forecast, its line for the ledger, and the athlete as known when it was made."""


class Recording:
    """Writes what was asked for without a key of its own. `close()` it before its database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._together: Gathered[Predicted, Prediction | ErasedMeanwhile] = Gathered(self._write, most=MOST_AT_ONCE)

    async def recorded(self, predicted: Predicted) -> Prediction:
        """As `record`, once that is committed."""
        return _given_out(await self._together.result(predicted))

    async def close(self) -> None:
        """Lets what is being written end."""
        await self._together.close()

    async def _write(self, predicted: Sequence[Predicted]) -> list[Prediction | ErasedMeanwhile]:
        return await self._database.write(lambda session: _record_all(session, predicted))


def record(session: Session, predicted: Predicted) -> Prediction:
    """Writes the prediction into the ledger and gives it out.

    Raises ErasedMeanwhile for one that was made of what is there no more.
    """
    return _given_out(_record_all(session, [predicted])[0])


def _record_all(session: Session, predicted: Sequence[Predicted]) -> list[Prediction | ErasedMeanwhile]:
    athletes = AthleteStore(session)
    # in one order, so that two such writers wait and never cross
    of_athletes = sorted({known for _, _, known in predicted if known is not None})
    gone = {known for known in of_athletes if not athletes.is_still(*known)}
    entries = [entry for _, entry, known in predicted if known not in gone]
    LedgerStore(session).add(entries)
    for route_id, used_at in sorted(_used(entries).items()):
        RouteStore(session).touch(route_id, used_at)
    return [ErasedMeanwhile() if known in gone else prediction for prediction, _, known in predicted]


def _used(entries: Sequence[Mapping[str, Any]]) -> dict[UUID, datetime]:
    """The stored routes among what was asked about, and when they were."""
    references = ((*entry["route_ref"].partition(":"), entry["created_at"]) for entry in entries)
    return {UUID(name): used_at for kind, _, name, used_at in references if kind == ROUTE}


def _given_out(recorded: Prediction | ErasedMeanwhile) -> Prediction:
    if isinstance(recorded, ErasedMeanwhile):
        raise recorded
    return recorded
