"""How much of Strava's limits is used, as brief 003 wants it told: of a service's share, with the app's beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from kernel.contracts.sync import RateLimitStatus, WindowUsage
from kernel.strava.quota import DAY_S, QUARTER_S, Bucket, Window


@dataclass(frozen=True, slots=True)
class Count:
    """What is counted in the running window of its kind."""

    window: Window
    used: int


def status_of(counts: Sequence[Count], now_s: float) -> RateLimitStatus:
    """The read bucket's share in the brief's words; what remains is what both the share and the app still have."""
    app = {bucket: _usage(counts, bucket, own=False) for bucket in ("read", "overall")}
    shared = any(count.window.own for count in counts)
    own = {bucket: _usage(counts, bucket, own=True) for bucket in ("read", "overall")} if shared else app
    left = [
        max(0, min(usage.limit[index] - usage.used[index] for usage in (*app.values(), *own.values())))
        for index in (0, 1)
    ]
    return RateLimitStatus(
        requests_15min=own["read"].used[0],
        requests_day=own["read"].used[1],
        # whoever has no more today has none in this quarter
        remaining_15min=min(left),
        remaining_day=left[1],
        reset_15min_seconds=ceil(QUARTER_S - now_s % QUARTER_S),
        reset_day_seconds=ceil(DAY_S - now_s % DAY_S),
        read=app["read"],
        overall=app["overall"],
        share_read=own["read"],
        share_overall=own["overall"],
    )


def _usage(counts: Sequence[Count], bucket: Bucket, *, own: bool) -> WindowUsage:
    mine = sorted(
        (count for count in counts if count.window.bucket == bucket and count.window.own is own),
        key=lambda count: count.window.length_s,
    )
    quarter, day = mine
    return WindowUsage((quarter.used, day.used), (quarter.window.cap, day.window.cap))
