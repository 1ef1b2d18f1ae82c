"""Strava's limits: an overall and a read bucket, in quarter hours and UTC days that start on the clock."""

from __future__ import annotations

from dataclasses import dataclass, field

QUARTER_S = 900
DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Requests per natural quarter hour and per UTC day."""

    overall_quarter: int
    overall_day: int
    read_quarter: int
    read_day: int

    def __post_init__(self) -> None:
        if min(self.overall_quarter, self.overall_day, self.read_quarter, self.read_day) < 0:
            raise ValueError("A rate limit cannot be negative.")


NEW_APP = RateLimits(200, 2_000, 100, 1_000)
SELF_UPGRADED_APP = RateLimits(400, 4_000, 200, 2_000)
REVIEWED_APP = RateLimits(600, 6_000, 300, 3_000)


@dataclass
class _Bucket:
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


@dataclass
class Quota:
    """Counts every request of the application, refused ones too, and says which are refused."""

    limits: RateLimits
    _overall: _Bucket = field(default_factory=_Bucket)
    _read: _Bucket = field(default_factory=_Bucket)

    def take(self, now_s: float, *, read: bool) -> bool:
        """Whether this request is served; a read needs room in both buckets. A refused request still counts."""
        self._roll(now_s)
        limits = self.limits
        free = self._overall.in_quarter < limits.overall_quarter and self._overall.in_day < limits.overall_day
        if read:
            free = free and self._read.in_quarter < limits.read_quarter and self._read.in_day < limits.read_day
            self._read.use()
        self._overall.use()
        return free

    def headers(self, now_s: float, *, read: bool) -> dict[str, str]:
        """Both header pairs in Strava's casing; the read usage of a write is the recorded oddity of empty numbers."""
        self._roll(now_s)
        limits = self.limits
        return {
            "X-Ratelimit-Limit": f"{limits.overall_quarter},{limits.overall_day}",
            "X-Ratelimit-Usage": f"{self._overall.in_quarter},{self._overall.in_day}",
            "X-Readratelimit-Limit": f"{limits.read_quarter},{limits.read_day}",
            "X-Readratelimit-Usage": f"{self._read.in_quarter},{self._read.in_day}" if read else ",",
        }

    def idle_headers(self) -> dict[str, str]:
        """What the subscription endpoints show: the limits, and no usage whatever was used."""
        limits = self.limits
        return {
            "X-Ratelimit-Limit": f"{limits.overall_quarter},{limits.overall_day}",
            "X-Ratelimit-Usage": "0,0",
        }

    def set_usage(self, now_s: float, *, overall: tuple[int, int] | None, read: tuple[int, int] | None) -> None:
        """Pretend that others have used the application: (this quarter, this day) per bucket."""
        self._roll(now_s)
        for bucket, usage in ((self._overall, overall), (self._read, read)):
            if usage is not None:
                bucket.in_quarter, bucket.in_day = usage

    def kept(self) -> dict[str, list[int]]:
        """Limits and usage as numbers."""
        limits = self.limits
        return {
            "limits": [limits.overall_quarter, limits.overall_day, limits.read_quarter, limits.read_day],
            **{
                name: [bucket.quarter, bucket.day, bucket.in_quarter, bucket.in_day]
                for name, bucket in (("overall", self._overall), ("read", self._read))
            },
        }

    def restore(self, kept: dict[str, list[int]]) -> None:
        """What `kept` once said."""
        self.limits = RateLimits(*kept["limits"])
        self._overall, self._read = _Bucket(*kept["overall"]), _Bucket(*kept["read"])

    def use_overall(self, now_s: float) -> None:
        """Count a request that is never refused."""
        self._roll(now_s)
        self._overall.use()

    def _roll(self, now_s: float) -> None:
        self._overall.roll(now_s)
        self._read.roll(now_s)
