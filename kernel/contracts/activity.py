"""Activities as both services report them, and how the import of an athlete's history stands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, Protocol

import msgspec

Provenance = Literal["strava_api", "user_file", "telegram_upload", "manual"]
SportTag = Literal["run", "trail_run", "hike", "walk"]
AsideCode = Literal["typed_in", "indoors", "too_short", "implausible_time"]
"""Why the list alone says that an activity teaches nothing."""
LeftOutCode = Literal[
    "no_details", "no_heights", "contradicts_summary", "vehicle", "impossible_pace", "no_pace", "same_outing"
]
"""Why what was read of an activity teaches nothing."""
ImportStatus = Literal["queued", "running", "done", "failed"]


class Measured(Protocol):
    """What is measured of an activity."""

    distance_m: float
    moving_time_s: float
    elapsed_time_s: float
    gain_m: float


def in_tenths(activity: Measured) -> dict[str, float]:
    """Its measured fields in tenths of a metre and of a second, as both services answer them."""
    return {name: round(getattr(activity, name), 1) for name in Measured.__annotations__}


class ActivityView(msgspec.Struct, frozen=True, kw_only=True):
    """One activity."""

    id: str
    sport: SportTag
    provenance: Provenance
    started_at: datetime
    distance_m: float
    moving_time_s: float
    elapsed_time_s: float
    gain_m: float


class StoredActivity(ActivityView, frozen=True, kw_only=True):
    """The outcome of an upload: `created`, or `duplicate` of one that was there."""

    status: Literal["created", "duplicate"]


class KnownOuting(msgspec.Struct, frozen=True, kw_only=True):
    """One outing and whether profiles rest on it: `left_out` is the code of why not (docs/files.md).

    `switched_off` is its athlete's own word. One that is neither and does not count is still to be read.
    """

    id: str
    sport: SportTag
    started_at: datetime
    distance_m: float
    moving_time_s: float
    counts: bool
    left_out: str | None
    switched_off: bool


class KnownOutings(msgspec.Struct, frozen=True):
    """Outings, newest first; `earlier` is the id before which the next page begins, null on the last."""

    outings: list[KnownOuting]
    earlier: str | None


class OutingChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether an outing shall count."""

    counts: bool


class OwnPathsChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether the paths of somebody's outings shall be remembered, for their own forecasts; else no place is kept."""

    remembered: bool


class OwnPaths(msgspec.Struct, frozen=True):
    """Since when paths are remembered, and of how many outings; outings from before have none until they come again."""

    remembered: bool
    since: datetime | None
    outings: int


class ImportState(msgspec.Struct, frozen=True):
    """One import. `added` and `duplicates` are activities, `dropped` counts files left out, by code (docs/files.md)."""

    id: str
    status: ImportStatus
    files_total: int
    files_read: int
    added: int
    duplicates: int
    dropped: Mapping[str, int]
    detail: str | None
    created_at: datetime
    finished_at: datetime | None
