"""From an uploaded file to an activity: what is read of it, and what sport it is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from kernel.contracts.activity import SportTag
from kernel.pace import ActivityFeatures
from kernel.pace.features import features_of_paced_route
from kernel.tracks import BadGpx, read_gpx, recording_from_track, route_from_recording
from predictor_service.errors import SportUnknown

EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
CLOCK_TOLERANCE: Final = timedelta(days=1)
SHORTEST_MOVING_S: Final = 60.0
_NO_PACE: Final = (
    "This recording says nothing about the athlete: it is too short (500 m and a minute of movement are needed), "
    "or its pace is that of no runner or walker."
)
_SPORT_OF_TYPE: Final[dict[str, SportTag]] = {
    "run": "run",
    "running": "run",
    "road_running": "run",
    "9": "run",
    "trailrun": "trail_run",
    "trail_run": "trail_run",
    "trail_running": "trail_run",
    "hike": "hike",
    "hiking": "hike",
    "4": "hike",
    "walk": "walk",
    "walking": "walk",
    "10": "walk",
}


@dataclass(frozen=True, slots=True)
class ReadFile:
    """An activity as its file tells it."""

    content_hash: str
    sport_type: str
    sport: SportTag
    started_at: datetime
    distance_m: float
    moving_time_s: float
    elapsed_time_s: float
    gain_m: float
    features: ActivityFeatures


def sport_of_type(text: str | None) -> SportTag | None:
    """The sport a file's own word stands for, None when it is absent or another sport."""
    return None if text is None else _SPORT_OF_TYPE.get(text.strip().lower().replace(" ", "_").replace("-", "_"))


def read_activity(content: bytes, sport: SportTag | None, now: datetime) -> ReadFile:
    """The activity in a GPX with times. Takes CPU: call it in a thread.

    Raises BadGpx or NoElevation, and SportUnknown when neither the caller nor the file says what sport it is.
    """
    track = read_gpx(content)
    recording = recording_from_track(track)
    _check_time(recording.started_at, now)
    tag = sport or sport_of_type(track.sport)
    if tag is None:
        raise SportUnknown
    route = route_from_recording(recording)
    features = features_of_paced_route(recording, route, tag)
    if not features.usable or recording.moving_time_s < SHORTEST_MOVING_S:
        raise BadGpx("no_pace", _NO_PACE)
    return ReadFile(
        content_hash=hashlib.sha256(content).hexdigest(),
        sport_type=(track.sport or tag)[:40],
        sport=tag,
        started_at=recording.started_at,
        distance_m=float(recording.distance_m[-1]),
        moving_time_s=recording.moving_time_s,
        elapsed_time_s=recording.elapsed_time_s,
        gain_m=route.gain_m,
        features=features,
    )


def _check_time(started_at: datetime, now: datetime) -> None:
    if not EARLIEST <= started_at <= now + CLOCK_TOLERANCE:
        raise BadGpx(
            "implausible_time",
            f"This recording says it started on {started_at:%Y-%m-%d}. Check the clock of the device and the file.",
        )
