"""An athlete's profile as other services see it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from kernel.contracts.ids import TelegramId
from kernel.contracts.prediction import Mode
from kernel.contracts.times import WholeNumber

Level = Literal["beginner", "intermediate", "advanced", "elite"]


class PaceQuantiles(msgspec.Struct, frozen=True):
    """Seconds per kilometre."""

    p25: float
    p50: float
    p75: float


class CurvePoint(msgspec.Struct, frozen=True):
    """The athlete's pace at one gradient (a fraction), from `n` samples; `prior_share` of it is the population's."""

    gradient: float
    pace_s_per_km: PaceQuantiles
    n: int
    prior_share: float


class Endurance(msgspec.Struct, frozen=True):
    """`exponent` of time over distance, and the longest moving time so far."""

    exponent: float
    longest_s: float


class LevelEvidence(msgspec.Struct, frozen=True):
    """The two reference times a level was decided on."""

    flat_10k_s: float
    climb_5k_s: float


class Profile(msgspec.Struct, frozen=True):
    """One athlete's profile; figures are null when there is none or when they may not be shown."""

    telegram_id: TelegramId
    type: Mode
    has_profile: bool
    flat_pace_p50: WholeNumber | None
    total_activities: int | None
    total_km: WholeNumber | None
    gradient_coverage: int | None
    level: Level | None
    updated_at: datetime | None
    shareable: bool
    reason: str | None = None
    curve: list[CurvePoint] = []
    endurance: Endurance | None = None
    level_evidence: LevelEvidence | None = None


class ProfilesRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Profiles of up to 1,000 members. `purpose` "matching" hides rows that may not be shown to others."""

    telegram_ids: Annotated[list[TelegramId], msgspec.Meta(min_length=1, max_length=1000)]
    type: Mode = "trail_run"
    purpose: Literal["own", "matching"] = "own"


class ProfileBatch(msgspec.Struct, frozen=True):
    """Profiles in the order of the request."""

    profiles: list[Profile]
