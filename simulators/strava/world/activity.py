"""Activities: what is told about them, and the recording behind each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Literal

import msgspec

from simulators.strava.world.recording import RecordingPlan, record
from simulators.strava.world.track import RecordedTrack

Visibility = Literal["everyone", "followers_only", "only_me"]

_SPORT_TYPE_NAMES = """
    AlpineSki BackcountrySki Badminton Basketball Canoeing Cricket Crossfit Dance EBikeRide Elliptical
    EMountainBikeRide Golf GravelRide Handcycle HighIntensityIntervalTraining Hike IceSkate InlineSkate Kayaking
    Kitesurf MountainBikeRide NordicSki Padel PhysicalTherapy Pickleball Pilates Racquetball Ride RockClimbing
    RollerSki Rowing Run Sail Skateboard Snowboard Snowshoe Soccer Squash StairStepper StandUpPaddling Surfing Swim
    TableTennis Tennis TrailRun Velomobile VirtualRide VirtualRow VirtualRun Volleyball Walk WeightTraining
    Wheelchair Windsurf Workout Yoga
"""
SPORT_TYPES = frozenset(_SPORT_TYPE_NAMES.split())
_DEPRECATED_TYPE = {
    "TrailRun": "Run",
    "MountainBikeRide": "Ride",
    "GravelRide": "Ride",
    "EMountainBikeRide": "EBikeRide",
}
RUNS = frozenset({"Run", "TrailRun", "VirtualRun"})


class ManualEntry(msgspec.Struct, frozen=True, tag=True):
    """An activity typed in by hand: no recording, hence no streams."""

    distance_m: float
    elapsed_time_s: int


_recorded = lru_cache(maxsize=48)(record)


@dataclass(frozen=True, slots=True)
class Activity:
    """One activity; everything measured in it comes from `source`.

    With `sensor_gaps` its streams have nulls where place, height, heart rate and temperature were lost for a while.
    """

    id: int
    athlete_id: int
    name: str
    sport_type: str
    started_at: datetime
    utc_offset_s: int
    timezone: str
    source: RecordingPlan | RecordedTrack | ManualEntry
    workout_type: int | None = None
    visibility: Visibility = "everyone"
    trainer: bool = False
    hidden_start: bool = False
    description: str | None = None
    device_name: str | None = "Garmin Forerunner 265"
    external_id: str | None = None
    upload_id: int | None = None
    created_at: datetime | None = None
    sensor_gaps: bool = False

    @property
    def track(self) -> RecordedTrack | None:
        """The one track behind it; None for a manual one."""
        if isinstance(self.source, RecordingPlan):
            return _recorded(self.source)
        return None if isinstance(self.source, ManualEntry) else self.source

    @property
    def manual(self) -> bool:
        return isinstance(self.source, ManualEntry)

    @property
    def type(self) -> str:
        """Strava's deprecated, coarser name of the sport."""
        return _DEPRECATED_TYPE.get(self.sport_type, self.sport_type)

    @property
    def shown_start(self) -> datetime:
        """The start as the API tells it: one second past midnight when the athlete hides start times."""
        if not self.hidden_start:
            return self.started_at
        local = self.started_at + timedelta(seconds=self.utc_offset_s)
        return datetime(local.year, local.month, local.day, 0, 0, 1, tzinfo=UTC)

    @property
    def shown_local_start(self) -> datetime:
        """Local wall time, to be written with Strava's untrue Z."""
        return self.shown_start if self.hidden_start else self.started_at + timedelta(seconds=self.utc_offset_s)


def iso_z(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
