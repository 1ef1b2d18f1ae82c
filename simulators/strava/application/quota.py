"""Strava's limits: an overall and a read bucket, in quarter hours and UTC days that start on the clock."""

from __future__ import annotations

import msgspec

QUARTER_S = 900
DAY_S = 86_400


class RateLimits(msgspec.Struct, frozen=True):
    """Requests per natural quarter hour and per UTC day."""

    overall_quarter: int
    overall_day: int
    read_quarter: int
    read_day: int

    def __post_init__(self) -> None:
        if min(self.overall_quarter, self.overall_day, self.read_quarter, self.read_day) < 0:
            raise ValueError("A rate limit cannot be negative.")


SELF_UPGRADED_APP = RateLimits(400, 4_000, 200, 2_000)
REVIEWED_APP = RateLimits(600, 6_000, 300, 3_000)


class Bucket(msgspec.Struct):
    """Uses in the current quarter and day; a window that has passed counts from zero."""

    quarter: int = -1
    day: int = -1
    in_quarter: int = 0
    in_day: int = 0

    def roll(self, now_s: float) -> None:
        quarter, day = int(now_s // QUARTER_S), int(now_s // DAY_S)
        if quarter != self.quarter:
            self.quarter, self.in_quarter = quarter, 0
        if day != self.day:
            self.day, self.in_day = day, 0

    def use(self) -> None:
        self.in_quarter += 1
        self.in_day += 1


class Quota(msgspec.Struct):
    """Counts every request of the application, refused ones too, and says which are refused."""

    limits: RateLimits
    overall: Bucket = msgspec.field(default_factory=Bucket)
    read: Bucket = msgspec.field(default_factory=Bucket)

    def take(self, now_s: float, *, read: bool) -> bool:
        """Whether this request is served; a read needs room in both buckets. A refused request still counts."""
        self._roll(now_s)
        limits = self.limits
        free = self.overall.in_quarter < limits.overall_quarter and self.overall.in_day < limits.overall_day
        if read:
            free = free and self.read.in_quarter < limits.read_quarter and self.read.in_day < limits.read_day
            self.read.use()
        self.overall.use()
        return free

    def headers(self, now_s: float, *, read: bool) -> dict[str, str]:
        """Both header pairs in Strava's casing; the read usage of a write is the recorded oddity of empty numbers."""
        self._roll(now_s)
        limits = self.limits
        return self.idle_headers() | {
            "X-Ratelimit-Usage": f"{self.overall.in_quarter},{self.overall.in_day}",
            "X-Readratelimit-Limit": f"{limits.read_quarter},{limits.read_day}",
            "X-Readratelimit-Usage": f"{self.read.in_quarter},{self.read.in_day}" if read else ",",
        }

    def idle_headers(self) -> dict[str, str]:
        """What the subscription endpoints show: the limits, and no usage whatever was used."""
        limit = f"{self.limits.overall_quarter},{self.limits.overall_day}"
        return {"X-Ratelimit-Limit": limit, "X-Ratelimit-Usage": "0,0"}

    def set_usage(self, now_s: float, *, overall: tuple[int, int] | None, read: tuple[int, int] | None) -> None:
        """Pretend that others have used the application: (this quarter, this day) per bucket."""
        self._roll(now_s)
        for bucket, usage in ((self.overall, overall), (self.read, read)):
            if usage is not None:
                bucket.in_quarter, bucket.in_day = usage

    def _roll(self, now_s: float) -> None:
        self.overall.roll(now_s)
        self.read.roll(now_s)
