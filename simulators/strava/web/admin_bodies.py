"""What the admin paths accept."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from simulators.strava.authorizations import RotationMode
from simulators.strava.fault_menu import FaultKind
from simulators.strava.generator.physiology import AthleteLevel
from simulators.strava.records import Visibility
from simulators.strava.switches import BothBoundsOrder, CapacityAnswer, SignatureMode

Count = Annotated[int, msgspec.Meta(ge=0, le=2000)]
Days = Annotated[float, msgspec.Meta(gt=1, le=4000)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=1e7)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Usage = tuple[Annotated[int, msgspec.Meta(ge=0)], Annotated[int, msgspec.Meta(ge=0)]]


class NewAthlete(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    seed: Annotated[int, msgspec.Meta(ge=0)] | None = None
    level: AthleteLevel = "intermediate"
    activities: Count = 0
    history_days: Days = 240.0
    firstname: Annotated[str, msgspec.Meta(min_length=1, max_length=60)] | None = None
    specials: bool = True
    privacy_zone_m: Annotated[float, msgspec.Meta(ge=0, le=1600)] = 0.0


class NewActivities(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    count: Count = 1
    days: Days = 30.0
    specials: bool = False


class ActivityChanges(msgspec.Struct, forbid_unknown_fields=True, frozen=True, omit_defaults=True):
    name: str | msgspec.UnsetType = msgspec.UNSET
    sport_type: str | msgspec.UnsetType = msgspec.UNSET
    visibility: Visibility | msgspec.UnsetType = msgspec.UNSET
    workout_type: int | msgspec.UnsetType | None = msgspec.UNSET
    description: str | msgspec.UnsetType | None = msgspec.UNSET
    hidden_start: bool | msgspec.UnsetType = msgspec.UNSET
    sensor_gaps: bool | msgspec.UnsetType = msgspec.UNSET
    started_at: datetime | msgspec.UnsetType = msgspec.UNSET


class Advance(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    advance_s: Annotated[float, msgspec.Meta(ge=0, le=1e9)]


class Expire(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    left_s: Annotated[float, msgspec.Meta(ge=0)] = 0.0


class Limits(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    overall_quarter: Annotated[int, msgspec.Meta(ge=0)] | None = None
    overall_day: Annotated[int, msgspec.Meta(ge=0)] | None = None
    read_quarter: Annotated[int, msgspec.Meta(ge=0)] | None = None
    read_day: Annotated[int, msgspec.Meta(ge=0)] | None = None
    overall_usage: Usage | None = None
    read_usage: Usage | None = None


class SimulatorSettings(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    rotation: RotationMode | None = None
    grace_s: Annotated[float, msgspec.Meta(ge=0)] | None = None
    athlete_capacity: Annotated[int, msgspec.Meta(ge=0)] | None = None
    callback_domain: Annotated[str, msgspec.Meta(min_length=1)] | None = None
    inactive: bool | None = None
    headerless_streams_every: Annotated[int, msgspec.Meta(ge=0)] | None = None
    not_found_after_create_s: Seconds | None = None
    streams_after_s: Seconds | None = None
    capacity_answer: CapacityAnswer | None = None
    both_bounds_order: BothBoundsOrder | None = None
    token_requests_count: bool | None = None
    upload_processing_s: Annotated[float, msgspec.Meta(ge=0)] | None = None
    link_in_duplicate_text: bool | None = None


class PushSettings(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    answer_within_s: Annotated[float, msgspec.Meta(gt=0, le=120)] | None = None
    retry_after_s: Seconds | None = None
    delay_s: Seconds | None = None
    jitter_s: Seconds | None = None
    newest_first: bool | None = None
    parallel: Annotated[int, msgspec.Meta(ge=1, le=200)] | None = None
    loss_share: Share | None = None
    duplicate_share: Share | None = None
    duplicate_after_s: Seconds | None = None
    signature: SignatureMode | None = None
    signing_secrets: tuple[Annotated[str, msgspec.Meta(min_length=1)], ...] | None = None
    updates_absent: bool | None = None
    authorized_word: str | None = None
    revoke_sends_event: bool | None = None


class FaultOrder(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    kind: FaultKind
    path: str = "/"
    method: Literal["GET", "POST", "PUT", "DELETE"] | None = None
    count: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 1
    status: Annotated[int, msgspec.Meta(ge=400, le=599)] = 503
    seconds: Annotated[float, msgspec.Meta(ge=0, le=120)] = 0.0
    after: bool = False
    at_byte: Annotated[int, msgspec.Meta(ge=0)] | None = None
