"""SQL about the outage that all processes of a service share: one row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, Float, Integer, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from servicekit.data.database import Database
from servicekit.data.upsert import insert_if_absent

_ONE: Final = 1


class OutageColumns:
    """The columns of a table with one row; a service mixes them into a model of its own."""

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    failures: Mapped[int] = mapped_column(Integer)
    """In a row; 0 while Strava answers."""
    shut_until_s: Mapped[float] = mapped_column(Float)
    """Epoch seconds."""
    changes: Mapped[int] = mapped_column(BigInteger)
    """Grows with every change: who writes says which state it has seen."""


@dataclass(frozen=True, slots=True)
class SharedStep:
    """So many failures in a row, and until when Strava is left alone; `changes` tells two equal states apart."""

    failures: int
    shut_until_s: float
    changes: int


class SqlOutage:
    """A `SharedOutage` over one model with `OutageColumns`."""

    def __init__(self, database: Database, model: Any) -> None:
        """`model`: a mapped class of the service with `OutageColumns`."""
        self._database = database
        self._model: type[DeclarativeBase] = model
        self._row: type[OutageColumns] = model

    def read(self) -> SharedStep:
        """See `SharedOutage.read`."""
        row = self._row
        async with self._database.reading() as session:
            found = select(row.failures, row.shut_until_s, row.changes).where(row.id == _ONE)
            known = (session.execute(found)).one_or_none()
        return SharedStep(0, 0.0, 0) if known is None else SharedStep(*known)

    def claim(self, seen: SharedStep, until_s: float) -> bool:
        """See `SharedOutage.claim`."""
        row = self._row
        same = update(row).where(row.id == _ONE, row.changes == seen.changes)
        taken = same.values(shut_until_s=until_s, changes=row.changes + 1).returning(row.id)
        async with self._database.transaction() as session:
            return (session.execute(taken)).first() is not None

    def failed(self, step: int, until_s: float) -> SharedStep:
        """See `SharedOutage.failed`."""
        row = self._row
        counted = update(row).where(row.id == _ONE, row.failures <= step)
        values = {"failures": step + 1, "shut_until_s": until_s, "changes": row.changes + 1}
        now_is = select(row.failures, row.shut_until_s, row.changes).where(row.id == _ONE)
        async with self._database.transaction() as session:
            first = {"id": _ONE, "failures": 0, "shut_until_s": 0.0, "changes": 0}
            insert_if_absent(session, self._model, first)
            session.execute(counted.values(values))
            return SharedStep(*(session.execute(now_is)).one())

    def over(self) -> None:
        """See `SharedOutage.over`."""
        row = self._row
        known = update(row).where(row.id == _ONE, row.failures > 0)
        async with self._database.transaction() as session:
            session.execute(known.values(failures=0, shut_until_s=0.0, changes=row.changes + 1))
