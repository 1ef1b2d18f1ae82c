"""Progress and outcome of a Strava sync (brief 003)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec

SyncStatus = Literal["never", "queued", "running", "success", "waiting", "failed"]


class WindowUsage(msgspec.Struct, frozen=True):
    """Use of one rate-limit bucket: `[15 minutes, day]`."""

    used: tuple[int, int]
    limit: tuple[int, int]


class RateLimitStatus(msgspec.Struct, frozen=True):
    """The read bucket in brief 003's words, and both buckets as learned from Strava's headers."""

    requests_15min: int
    requests_day: int
    remaining_15min: int
    remaining_day: int
    reset_15min_seconds: int
    reset_day_seconds: int
    read: WindowUsage
    overall: WindowUsage


class SyncResult(msgspec.Struct, frozen=True):
    """The outcome of one sync."""

    status: Literal["success", "waiting", "skipped"]
    synced_count: int
    new_count: int
    updated_count: int
    pages_fetched: int
    rate_limit_status: RateLimitStatus


class SyncState(msgspec.Struct, frozen=True):
    """Where an athlete's sync stands. `detail` is a sentence a person can act on, or null.

    `left_out` counts the activities that teach nothing, by the code of the reason (docs/files.md).
    """

    athlete_id: int
    status: SyncStatus
    activities_known: int
    activities_read: int
    started_at: datetime | None
    finished_at: datetime | None
    detail: str | None
    profile_ready: bool
    left_out: Mapping[str, int] = {}


class SyncRun(msgspec.Struct, frozen=True):
    """One line of the audit log."""

    started_at: datetime
    finished_at: datetime | None
    status: SyncStatus
    new_count: int
    updated_count: int
    pages_fetched: int
    detail: str | None


class SyncHistory(msgspec.Struct, frozen=True):
    """The last runs of one athlete, newest first."""

    runs: list[SyncRun]
