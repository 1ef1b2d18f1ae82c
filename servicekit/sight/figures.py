"""The state of a service in figures: the same for metrics, alarms and the operations page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from kernel.contracts.sync import RateLimitStatus
from servicekit.base.metrics import Metrics
from servicekit.jobs import QueueStats

_EMPTY: Final[Mapping[str, Mapping[str, int]]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How things stand now, for all processes of a service together where they share a database and a Redis."""

    queue: QueueStats
    quota: RateLimitStatus
    failures_in_a_row: Mapping[str, int]
    """Of calls to Strava, by address: `api` and `oauth`; 0 while it answers."""
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=lambda: _EMPTY)
    """Things by their state: the name of a gauge, then the states."""
    events_wait_s: float = 0.0
    """For how long the oldest event of Strava's that waits in the inbox has waited."""
    token_operations: Mapping[str, int] = field(default_factory=dict)
    """What was done with tokens in the last hour."""


Read: TypeAlias = Callable[[], Awaitable[Figures]]


def windows_of(quota: RateLimitStatus) -> Iterator[tuple[str, int, int]]:
    """Each window of Strava's limits: its name, what is used of it, and what there is."""
    for bucket, usage in (("read", quota.read), ("overall", quota.overall)):
        for window, used, limit in zip(("15min", "day"), usage.used, usage.limit, strict=True):
            yield f"{bucket}_{window}", used, limit


def measure_figures(metrics: Metrics, read: Read) -> None:
    """Has each reading of the metrics show the figures."""
    used = metrics.gauge("strava_quota_used", "Calls to Strava in the window that runs.", ["window"])
    limit = metrics.gauge("strava_quota_limit", "Calls that Strava allows in a window.", ["window"])
    failures = metrics.gauge("strava_failures_in_a_row", "Calls to Strava that failed in a row.", ["address"])
    waits = metrics.gauge("webhook_oldest_seconds", "For how long the oldest event of Strava's waits.")
    operations = metrics.gauge("token_operations_last_hour", "What was done with tokens.", ["operation"])
    things = metrics.gauge("things", "What the service keeps, by state.", ["thing", "state"])

    async def show() -> None:
        found = await read()
        for window, count, most in windows_of(found.quota):
            used.labels(window).set(count)
            limit.labels(window).set(most)
        for address, count in found.failures_in_a_row.items():
            failures.labels(address).set(count)
        waits.set(found.events_wait_s)
        for gauge, by_name in ((operations, found.token_operations),):
            gauge.clear()
            for name, count in by_name.items():
                gauge.labels(name).set(count)
        things.clear()
        for thing, states in found.counts.items():
            for state, count in states.items():
                things.labels(thing, state).set(count)

    metrics.before_scrape(show)
