"""The state of a queue, as both engines count it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class QueueStats:
    """How much waits, runs and died."""

    ready: int
    delayed: int
    running: int
    dead: int
    oldest_ready_s: float
    """For how long the oldest due job has been waiting; 0 when none is."""
    by_name: Mapping[str, int] = field(default_factory=dict)
    """Jobs waiting or running, by kind."""
    oldest_ready_by_name_s: Mapping[str, float] = field(default_factory=dict)
    """`oldest_ready_s` of each kind of which a job is due."""


def stats_of(counts: Iterable[tuple[str, str, int, int]], waits_s: Mapping[str, float], *, dead: int) -> QueueStats:
    """The state of a queue from its counts by kind and state (ready, running): how many are due, and all.

    `waits_s`: for how long the oldest due job of each kind has waited. `dead`: how many were given up.
    """
    total: Counter[str] = Counter()
    by_name: Counter[str] = Counter()
    ready = 0
    for name, state, due, count in counts:
        total[state] += count
        ready += due if state == "ready" else 0
        by_name[name] += count
    oldest_s = max(waits_s.values(), default=0.0)
    delayed = total["ready"] - ready
    return QueueStats(ready, delayed, total["running"], dead, oldest_s, by_name, waits_s)
