"""What the admin paths accept."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec

from simulators.strava.application.quota import RateLimits
from simulators.strava.simulator import Simulator
from simulators.strava.world.activity import Visibility
from simulators.strava.world.athlete import AthleteLevel

Count = Annotated[int, msgspec.Meta(ge=0, le=10_000)]
Days = Annotated[float, msgspec.Meta(gt=1, le=4000)]
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


def apply_limits(simulator: Simulator, wanted: Limits) -> dict[str, Any]:
    """All limits, after those that are wanted have been changed, and the headers a read would show."""
    stated = {name: value for name, value in msgspec.structs.asdict(wanted).items() if value is not None}
    quota, now_s = simulator.quota, simulator.clock.now_s()
    overall, read = stated.pop("overall_usage", None), stated.pop("read_usage", None)
    quota.limits = RateLimits(**(msgspec.structs.asdict(quota.limits) | stated))
    quota.set_usage(now_s, overall=overall, read=read)
    return msgspec.structs.asdict(quota.limits) | {"headers": quota.headers(now_s, read=True)}
