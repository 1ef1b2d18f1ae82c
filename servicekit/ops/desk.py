"""What a service puts on its operations page, and what its operators do there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import structlog
from prometheus_client import Counter

from kernel.contracts.alarm import StandingAlarm
from kernel.errors import DomainError
from servicekit.base.correlation import request_id
from servicekit.data.database import Database
from servicekit.ops.door import OperatorDoor, OperatorSession, OperatorUnknown
from servicekit.ops.lists import FoundPage, OpsList, Wanted
from servicekit.ops.store import LEFT, ActionStore
from servicekit.sight.figures import Figures
from servicekit.sight.watchman import Watchman

ENTERED: Final = "entered"
REPLAYED: Final = "replayed"


class ListUnknown(DomainError):
    """There is no list of this name, or nothing of it can be replayed."""

    sentence = "There is no such list, or nothing of it can be tried again."


@dataclass(frozen=True, slots=True)
class Note:
    """Something that is told in words: a marked heading, and what is said, in the words of whoever wrote it down."""

    heading: str
    said: str


@dataclass(frozen=True, slots=True)
class Beside:
    """What a service tells beside the figures; `reads_by_hour` are calls to Strava of each hour that had any."""

    notes: Sequence[Note] = ()
    reads_by_hour: Sequence[tuple[datetime, int]] = ()


@dataclass(frozen=True, slots=True)
class Glance:
    """What the first page shows."""

    figures: Figures
    alarms: Sequence[StandingAlarm]
    beside: Beside


class Desk:
    """The operations page of one service, before it becomes HTML."""

    def __init__(
        self,
        name: str,
        database: Database,
        actions: Any,
        watchman: Watchman,
        door: OperatorDoor,
        *,
        lists: Sequence[OpsList],
        tell: Callable[[], Awaitable[Beside]],
        now: Callable[[], datetime],
    ) -> None:
        """`actions`: a mapped class of the service with `OperatorActionColumns`."""
        self.name = name
        self.lists = {listing.name: listing for listing in lists}
        self._database = database
        self._actions = actions
        self._watchman = watchman
        self._door = door
        self._tell = tell
        self._now = now
        self._refused: Counter = watchman.metrics.counter(
            "operator_keys_refused", "Wrong keys shown at the operations page."
        )

    @property
    def has_key(self) -> bool:
        """Whether anybody can sign in."""
        return self._door.has_key

    async def enter(self, key: str) -> str:
        """What the browser is to keep. Raises OperatorUnknown for a wrong key, which is counted and logged."""
        if not self._door.opens(key):
            self._refused.inc()
            structlog.get_logger(__name__).warning("operator_key_refused")
            raise OperatorUnknown
        kept, session = self._door.begin()
        await self._did(session, ENTERED, self.name)
        return kept

    async def known(self, kept: str | None) -> OperatorSession:
        """The session of a browser. Raises OperatorUnknown, also for one that was left."""
        session = self._door.resume(kept)
        if await self._database.read(lambda unit: ActionStore(unit, self._actions).has_left(session.id)):
            raise OperatorUnknown
        return session

    async def leave(self, session: OperatorSession, form: str) -> None:
        """Ends the session, whoever else has a copy of it. Raises ForeignForm."""
        self._door.check_form(session, form)
        await self._did(session, LEFT, self.name)

    def form_token(self, session: OperatorSession) -> str:
        """See `OperatorDoor.form_token`."""
        return self._door.form_token(session)

    async def seen(self) -> Glance:
        """The state of the service now."""
        return Glance(await self._watchman.figures(), await self._watchman.standing(), await self._tell())

    async def page(self, name: str, wanted: Wanted) -> tuple[OpsList, FoundPage]:
        """A page of a list. Raises ListUnknown."""
        listing = self.lists.get(name)
        if listing is None:
            raise ListUnknown
        return listing, await listing.source.page(listing, wanted)

    async def replay(self, session: OperatorSession, form: str, name: str, row_id: str) -> bool:
        """Gives one thing all its tries again; False when it is no longer given up. Raises ForeignForm, ListUnknown."""
        self._door.check_form(session, form)
        listing = self.lists.get(name)
        if listing is None or listing.replay is None:
            raise ListUnknown
        done = await listing.replay(row_id)
        await self._did(session, REPLAYED if done else "replayed_none", f"{name} {row_id}")
        return done

    async def _did(self, session: OperatorSession, action: str, subject: str) -> None:
        done = {"session_id": session.id, "request_id": request_id() or "", "now": self._now()}
        await self._database.write(
            lambda unit: ActionStore(unit, self._actions).add(action, subject, **done)  # type: ignore[arg-type]
        )
        structlog.get_logger(__name__).info("operator_action", action=action, subject=subject)
