"""Noticing a caller who goes through people one by one."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import structlog
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from servicekit.base.metrics import Metrics
from servicekit.web.doors import Guard

WINDOW_S: Final = 60.0
REMEMBERED_S: Final = 3600.0
"""For how long it is told that a key asked about too many."""
MOST: Final = 60
"""Distinct people a caller asks about in a minute before it is an alarm; a sync of the whole club stays below."""


class Enumeration:
    """Counts the distinct people each key asked about in the last minute, in this process. It refuses nothing."""

    def __init__(self, metrics: Metrics, now: Callable[[], datetime]) -> None:
        self._now = now
        self._seen: dict[str, OrderedDict[str, float]] = {}
        self._loud: set[str] = set()
        self._told: tuple[float, int] | None = None
        self._alarms = metrics.counter(
            "enumeration_alarms", f"A key asked about more than {MOST} people in a minute.", ["api_key_id"]
        )

    def note(self, api_key_id: str, person: str) -> int:
        """How many people this key has asked about in the last minute, this one included."""
        now_s = self._now().timestamp()
        seen = self._seen.setdefault(api_key_id, OrderedDict())
        seen[person] = now_s
        seen.move_to_end(person)
        while seen and next(iter(seen.values())) <= now_s - WINDOW_S:
            seen.popitem(last=False)
        if len(seen) > MOST:
            self._remember(now_s, len(seen))
        if len(seen) > MOST and api_key_id not in self._loud:
            self._loud.add(api_key_id)
            self._alarms.labels(api_key_id).inc()
            structlog.get_logger(__name__).error("people_enumerated", api_key_id=api_key_id, people=len(seen))
        elif len(seen) <= MOST:
            self._loud.discard(api_key_id)
        return len(seen)

    def people(self) -> int:
        """The most people that one key asked about in a minute of the last hour; 0 while none asked about too many."""
        if self._told is None or self._told[0] <= self._now().timestamp() - REMEMBERED_S:
            return 0
        return self._told[1]

    def _remember(self, now_s: float, people: int) -> None:
        self._told = now_s, max(people, self.people())


def watched(guard: Guard, enumeration: Enumeration) -> Guard:
    """The guard of API keys that also notes the `telegram_id` each key asks about, known or not."""

    async def watching(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        await guard(connection, handler)
        for person in connection.query_params.getall("telegram_id", [])[:1]:
            enumeration.note(connection.scope["state"]["api_key_id"], str(person)[:20])

    return watching
