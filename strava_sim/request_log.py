"""What was asked of the simulated Strava, newest last, bounded; no secret is kept."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime


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


class RequestLog:
    """The last `most` requests outside the admin pages."""

    def __init__(self, most: int = 20_000) -> None:
        self._entries: deque[LoggedRequest] = deque(maxlen=most)

    def add(self, entry: LoggedRequest) -> None:
        self._entries.append(entry)

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[LoggedRequest]:
        return iter(tuple(self._entries))

    def clear(self) -> None:
        self._entries.clear()

    def matching(self, method: str | None = None, path: str | None = None) -> list[LoggedRequest]:
        """Entries of this method whose path starts with `path`."""
        return [e for e in self if method in {None, e.method} and (path is None or e.path.startswith(path))]
