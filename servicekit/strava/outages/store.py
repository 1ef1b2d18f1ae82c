"""SQL about the outages that all processes of a service share: one row for each address of Strava's."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from sqlalchemy import BigInteger, Float, Integer, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from servicekit.data.database import Database
from servicekit.data.upsert import insert_if_absent


class Watched(IntEnum):
    """Whose row: the addresses may fail apart, and an application that is switched off still gets tokens."""

    OAUTH = 1
    API = 2


class OutageColumns:
    """The columns of a table with one row for each `Watched`; a service mixes them into a model of its own."""

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
    """What all processes of a service know of an outage. Each method is one transaction."""

    def __init__(self, database: Database, model: Any, watched: Watched = Watched.OAUTH) -> None:
        """`model`: a mapped class of the service with `OutageColumns`."""
        self._database = database
        self._model: type[DeclarativeBase] = model
        self._row: type[OutageColumns] = model
        self._id = int(watched)

    async def read(self) -> SharedStep:
        """The step now."""
        return await self._database.read(self._step)

    async def claim(self, seen: SharedStep, until_s: float) -> bool:
        """Whether the step was still as seen; the others then leave Strava alone until `until_s`."""
        row = self._row
        same = update(row).where(row.id == self._id, row.changes == seen.changes)
        taken = same.values(shut_until_s=until_s, changes=row.changes + 1).returning(row.id)
        return await self._database.write(lambda session: session.execute(taken).first() is not None)

    async def failed(self, step: int, until_s: float) -> SharedStep:
        """Counts a failure of this step, once however many report it; the step that follows."""
        return await self._database.write(lambda session: self._count(session, step, until_s))

    async def over(self) -> None:
        """Strava answers."""
        row = self._row
        known = update(row).where(row.id == self._id, row.failures > 0)
        ended = known.values(failures=0, shut_until_s=0.0, changes=row.changes + 1)
        await self._database.write(lambda session: session.execute(ended))

    def _step(self, session: Session) -> SharedStep:
        row = self._row
        found = select(row.failures, row.shut_until_s, row.changes).where(row.id == self._id)
        known = session.execute(found).one_or_none()
        return SharedStep(0, 0.0, 0) if known is None else SharedStep(*known)

    def _count(self, session: Session, step: int, until_s: float) -> SharedStep:
        row = self._row
        insert_if_absent(session, self._model, {"id": self._id, "failures": 0, "shut_until_s": 0.0, "changes": 0})
        counted = update(row).where(row.id == self._id, row.failures <= step)
        session.execute(counted.values(failures=step + 1, shut_until_s=until_s, changes=row.changes + 1))
        return self._step(session)
