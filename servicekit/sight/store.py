"""SQL about alarms: one row for each kind that was ever seen, shared by all processes of a service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Boolean, Float, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.contracts.alarm import StandingAlarm
from servicekit.data.columns import UtcDateTime
from servicekit.data.upsert import insert_if_absent
from servicekit.sight.alarms import KINDS, Alarm, Kind

OVER_AFTER: Final = timedelta(minutes=5)
"""Nobody has seen it for so long."""
TOLD_EVERY: Final = timedelta(hours=1)
"""One that comes and goes is told of no more often."""
ELSEWHERE: Final = ":"
"""Parts the name of the service that told of an alarm from the alarm's."""


class AlarmColumns:
    """The columns of a service's alarms; it mixes them into a model of its own."""

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    figure: Mapped[float] = mapped_column(Float)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    over_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    told: Mapped[bool] = mapped_column(Boolean)
    """Whether somebody was told of it since it began."""
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When somebody was told last that it began."""


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody is to be told: an alarm has lasted for long enough, or it is over."""

    name: str
    figure: float
    over: bool


class AlarmStore:
    """Alarms inside the caller's transaction."""

    def __init__(self, session: Session, model: Any) -> None:
        """`model`: a mapped class of the service with `AlarmColumns`."""
        self._session = session
        self._model = model

    def note(self, seen: Sequence[Alarm], now: datetime) -> list[Change]:
        """Writes down what one process sees now; what somebody has to be told, once for all processes."""
        for alarm in seen:
            row = {"name": alarm.name, "figure": alarm.figure, "since": now, "seen_at": now, "told": False}
            insert_if_absent(self._session, self._model, row)
        figures = {alarm.name: alarm.figure for alarm in seen}
        rows = self._session.scalars(select(self._model).order_by(self._model.name).with_for_update()).all()
        changes = [self._noted(row, figures.get(row.name), now) for row in rows if _is_known(row.name)]
        return [change for change in changes if change is not None]

    @staticmethod
    def _noted(row: Any, figure: float | None, now: datetime) -> Change | None:
        if figure is not None:
            if row.over_at is not None:
                row.since, row.over_at = now, None
            row.seen_at, row.figure = now, figure
            lasted = now - row.since >= _has_to_last(row.name)
            rested = row.told_at is None or now - row.told_at >= TOLD_EVERY
            if row.told or not (lasted and rested):
                return None
            row.told, row.told_at = True, now
            return Change(row.name, figure, over=False)
        if row.over_at is not None or now - row.seen_at < OVER_AFTER:
            return None
        row.over_at, told, row.told = now, row.told, False
        return Change(row.name, row.figure, over=True) if told else None

    def standing(self) -> list[StandingAlarm]:
        """The alarms that hold and have lasted for long enough, the worst and oldest first."""
        model = self._model
        rows = self._session.scalars(select(model).where(model.over_at.is_(None)).order_by(model.since)).all()
        known = [row for row in rows if _is_known(row.name)]
        lasting = [row for row in known if row.seen_at - row.since >= _has_to_last(row.name)]
        found = [StandingAlarm(row.name, kind_of(row.name).severity, row.figure, row.since) for row in lasting]
        return sorted(found, key=lambda each: (each.severity != "critical", each.since))


def kind_of(name: str) -> Kind:
    """What is known of an alarm, whichever service it is of."""
    return KINDS[name.rpartition(ELSEWHERE)[2]]


def _has_to_last(name: str) -> timedelta:
    """Before anybody is told; another service tells of its own only once that is over."""
    return timedelta(seconds=0.0 if ELSEWHERE in name else kind_of(name).lasts_s)


def _is_known(name: str) -> bool:
    """Not so an alarm that another version of ours has noted."""
    return name.rpartition(ELSEWHERE)[2] in KINDS
