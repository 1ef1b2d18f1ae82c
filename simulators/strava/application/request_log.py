"""What was asked of the simulated Strava, newest last, bounded; no secret is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from simulators.strava.store import Drawer, Store


@dataclass(slots=True)
class LoggedRequest:
    """One request. `query` has secrets struck out; `status` is None while it runs or when the connection was broken.

    `grant_type` and `outcome` are filled for token requests: outcome is "new", "same" or "refused".
    """

    at: datetime
    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    status: int | None = None
    athlete_id: int | None = None
    counted: bool = False
    grant_type: str | None = None
    outcome: str | None = None
    fault: str | None = None
    user_agent: str = ""
    number: int = 0


class RequestLog:
    """The last `most` requests outside the admin pages."""

    def __init__(self, store: Store, most: int = 20_000) -> None:
        self._most = most
        self._entries = Drawer[int, LoggedRequest](store, "request", LoggedRequest)
        self._number = max(self._entries, default=0)

    @property
    def count(self) -> int:
        """How many there were, those that are kept no more included."""
        return self._number

    def add(self, entry: LoggedRequest) -> None:
        self._number += 1
        entry.number = self._number
        self._entries[entry.number] = entry
        self._entries.pop(entry.number - self._most, None)

    def note(self, entry: LoggedRequest) -> None:
        """Keep what has become of an entry."""
        if entry.number in self._entries:
            self._entries[entry.number] = entry

    def __iter__(self) -> Iterator[LoggedRequest]:
        return iter(tuple(self._entries.values()))

    def clear(self) -> None:
        self._entries.clear()

    def matching(self, method: str | None = None, path: str | None = None) -> list[LoggedRequest]:
        """Entries of this method whose path starts with `path`."""
        return [e for e in self if method in {None, e.method} and (path is None or e.path.startswith(path))]
