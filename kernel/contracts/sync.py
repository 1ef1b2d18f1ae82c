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
    """The read bucket of the service's share in brief 003's words; `read` and `overall` are the whole app's.

    Limits are those that Strava's headers name, once there was an answer. What remains is what the service may still
    ask: also the app must have it.
    """

    requests_15min: int
    requests_day: int
    remaining_15min: int
    remaining_day: int
    reset_15min_seconds: int
    reset_day_seconds: int
    read: WindowUsage
    overall: WindowUsage
    share_read: WindowUsage
    """Of the service alone; the app's where all services count in one store."""
    share_overall: WindowUsage


class SyncResult(msgspec.Struct, frozen=True):
    """The outcome of one sync that was made, waits for the quota or found another one at work."""

    status: Literal["success", "waiting", "skipped"]
    synced_count: int
    new_count: int
    updated_count: int
    pages_fetched: int
    rate_limit_status: RateLimitStatus
    code: str | None = None
    """Why it waits or was skipped: `quota_exhausted`, `strava_rate_limit` or `sync_running`."""
    detail: str | None = None
    """The same as a sentence."""
    retry_at: datetime | None = None
    """Until when it waits; it then goes on by itself. Of one that was skipped: when the other has ended, if it died."""


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
    code: str | None = None
    """Why it waits or has failed, a stable word."""
    retry_at: datetime | None = None
    """When it goes on by itself, while it waits or has failed."""
    last_success_at: datetime | None = None
    """When a run last ended well."""


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


class SyncNotice(msgspec.Struct, frozen=True):
    """What a member is told of their sync beside the connection.

    While it waits, `retry_at` says until when, `code` and `detail` why.
    """

    status: SyncStatus
    last_success_at: datetime | None
    code: str | None
    detail: str | None
    retry_at: datetime | None
