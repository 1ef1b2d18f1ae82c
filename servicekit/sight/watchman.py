"""Looks at the figures twice a minute, in every process, and has somebody told when an alarm begins and ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final, TypeAlias

import structlog
from sqlalchemy.orm import Session

from kernel.contracts.alarm import StandingAlarm
from languages.voice import Voice
from servicekit.base.correlation import part_of
from servicekit.base.metrics import Metrics
from servicekit.data.database import Database
from servicekit.sight.alarms import Alarm, Conditions
from servicekit.sight.figures import Figures, Read
from servicekit.sight.store import ELSEWHERE, AlarmStore, Change, kind_of

EVERY_S: Final = 30.0
STUCK: Final = "JobsWait"
Tell: TypeAlias = Callable[[Session, Sequence[Change]], None]
Others: TypeAlias = Callable[[], Awaitable[Sequence[Alarm]]]
"""Alarms that no figures tell, as those of another service."""


class Watchman:
    """Sees the state of a service and keeps it in the database, so that all processes tell of it once."""

    def __init__(
        self,
        database: Database,
        model: Any,
        read: Read,
        metrics: Metrics,
        *,
        now: Callable[[], datetime],
        tell: Tell | None = None,
        others: Sequence[Others] = (),
        every_s: float = EVERY_S,
    ) -> None:
        """`tell` runs in the transaction that notes changes, at each look; the log is told of changes in any case."""
        self._database = database
        self._model = model
        self._read = read
        self.metrics = metrics
        self._now = now
        self._tell = tell
        self._others = list(others)
        self._every_s = every_s
        self._conditions = Conditions()
        self.deliver: Callable[[], Awaitable[None]] | None = None
        """Sends what was told without a worker: of all alarms that of the jobs cannot wait for one."""
        self._stands = metrics.gauge("alarms", "Alarms that hold, as the service sees them.", ["name", "severity"])

    def also(self, others: Others) -> None:
        """Has these looked at too, which only some processes of the service know of."""
        self._others.append(others)

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Looks for the length of the block."""
        task = asyncio.create_task(self._keep_looking())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            try:
                with part_of():
                    await self.look()
            except Exception as error:  # noqa: BLE001 - who watches must not end for what it sees
                structlog.get_logger(__name__).warning("not_watched", reason=type(error).__name__)

    async def look(self) -> list[Change]:
        """Looks once; what there was to tell."""
        figures = await self._read()
        seen = self._conditions.of(figures, self.metrics.answered, self.metrics.failed, self._now())
        for others in self._others:
            seen += await others()
        changes = await self._database.write(lambda session: self._note(session, seen))
        for change in changes:
            log = structlog.get_logger(__name__)
            (log.info if change.over else log.error)("alarm_over" if change.over else "alarm", name=change.name)
        if self.deliver is not None and any(change.name == STUCK and not change.over for change in changes):
            await self.deliver()
        self._stands.clear()
        for alarm in await self.standing():
            self._stands.labels(alarm.name, alarm.severity).set(1)
        return changes

    async def figures(self) -> Figures:
        """How things stand now."""
        return await self._read()

    async def standing(self) -> list[StandingAlarm]:
        """The alarms that hold, as the processes of this service saw them."""
        return await self._database.read(lambda session: AlarmStore(session, self._model).standing())

    def _note(self, session: Session, seen: Sequence[Alarm]) -> list[Change]:
        changes = AlarmStore(session, self._model).note(seen, self._now())
        if self._tell is not None:
            self._tell(session, changes)
        return changes


def alarm_text(voice: Voice, name: str, figure: float, *, over: bool = False) -> str:
    """What an alarm says to a person."""
    kind, (service, _, _) = kind_of(name), name.rpartition(ELSEWHERE)
    said = voice.say(kind.over) if over else voice.say(kind.sentence, figure=voice.number(round(figure)))
    return voice.say("Predictor: {said}", said=said) if service else said
