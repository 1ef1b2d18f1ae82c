"""SQL about what is sealed, whatever it is that is sealed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ayda_service.strava.models import Revocation, StravaToken


@dataclass(frozen=True, slots=True)
class SealedRow:
    """The sealed texts of one athlete's row; one that waits for a revocation may have no access token."""

    athlete_id: int
    access: str | None
    refresh: tuple[str, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """All of them."""
        return self.refresh if self.access is None else (self.access, *self.refresh)


class SealStore:
    """Sealed rows inside the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def connections(self, after: int, limit: int) -> list[SealedRow]:
        """The connections of the next athletes by id."""
        columns = select(StravaToken.athlete_id, StravaToken.access_sealed, StravaToken.refresh_sealed)
        page = columns.where(StravaToken.athlete_id > after).order_by(StravaToken.athlete_id).limit(limit)
        return [SealedRow(row[0], row[1], tuple(row[2])) for row in self._session.execute(page)]

    def replace(self, old: SealedRow, new: SealedRow) -> bool:
        """Whether the row was as it had been read: whoever refreshed meanwhile has sealed anew and stays untouched."""
        same = update(StravaToken).where(
            StravaToken.athlete_id == old.athlete_id, StravaToken.access_sealed == old.access
        )
        values = {"access_sealed": new.access, "refresh_sealed": list(new.refresh)}
        done = self._session.execute(same.values(**values).returning(StravaToken.athlete_id))
        return done.first() is not None

    def revocations(self, *, lock: bool = False) -> Sequence[Revocation]:
        """Every row that waits for a revocation; locked until the transaction ends, if wished."""
        waiting = select(Revocation)
        return self._session.scalars(waiting.with_for_update() if lock else waiting).all()
