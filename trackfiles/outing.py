"""One file as one outing: the facts and features that are kept of it, or the reason it tells nothing."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Final

import msgspec

from kernel.contracts.activity import SportTag
from kernel.pace import ActivityFeatures
from kernel.pace.features import features_of_paced_route
from kernel.tracks import BadTrack, route_from_recording
from trackfiles.reading import ReadTrack, TrackFormat, read_track, recording_of
from trackfiles.sports import other_sport_of_word

EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
SHORTEST_MOVING_S: Final = 60.0
_NO_PACE: Final = (
    "This recording says nothing about the athlete: it is too short (500 m and a minute of movement are needed), "
    "or its pace is that of no runner or walker."
)


class Outing(msgspec.Struct, frozen=True, tag="outing"):
    """What is kept of one recording: no place, and no more of the file than these numbers.

    `digest` is the SHA-256 of the file as it was handed in, `points` how many points its track has, `sport_word` the
    file's own word. Times are in seconds, distances and gain in metres.
    """

    name: str
    digest: str
    format: TrackFormat
    sport: SportTag
    sport_word: str | None
    started_at: datetime
    distance_m: float
    moving_s: float
    elapsed_s: float
    gain_m: float
    points: int
    features: ActivityFeatures


class Dropped(msgspec.Struct, frozen=True, tag="dropped"):
    """A file that gave nothing: `code` is a stable token, `sentence` says why and what helps."""

    name: str
    code: str
    sentence: str


def digest_of(content: bytes) -> str:
    """The name of a content, the same wherever it lies: SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def outing_of(content: bytes, name: str, *, sport: SportTag | None = None, otherwise: SportTag | None = None) -> Outing:
    """The outing in a GPX, TCX or FIT file.

    `sport` is what the caller knows better than the file; `otherwise` is taken where the file does not say. Raises
    BadTrack as `read_track` does, and with `no_time`, `no_pace`, `other_sport`, `sport_unknown`, `implausible_time`;
    NoElevation as `recording_from_track` does.
    """
    read = read_track(content, name)
    tag = sport or _sport_of(read, otherwise)
    recording = recording_of(read)
    if recording.started_at < EARLIEST:
        raise implausible_time(recording.started_at)
    route = route_from_recording(recording)
    features = features_of_paced_route(recording, route, tag)
    if not features.usable or recording.moving_time_s < SHORTEST_MOVING_S:
        raise BadTrack("no_pace", _NO_PACE)
    return Outing(
        name=name,
        digest=digest_of(content),
        format=read.format,
        sport=tag,
        sport_word=read.sport_word,
        started_at=recording.started_at,
        distance_m=float(recording.distance_m[-1]),
        moving_s=recording.moving_time_s,
        elapsed_s=recording.elapsed_time_s,
        gain_m=route.gain_m,
        points=len(recording.time_s),
        features=features,
    )


def implausible_time(started_at: datetime) -> BadTrack:
    """The refusal of a recording whose clock was wrong."""
    return BadTrack(
        "implausible_time",
        f"This recording says it started on {started_at:%Y-%m-%d}. Check the clock of the device and the file.",
    )


def _sport_of(read: ReadTrack, otherwise: SportTag | None) -> SportTag:
    if read.sport is not None:
        return read.sport
    if other := other_sport_of_word(read.sport_word):
        raise BadTrack("other_sport", f"This is {other}; only runs, trail runs, hikes and walks tell a pace on foot.")
    if otherwise is None:
        raise BadTrack(
            "sport_unknown", "The file does not say which sport it is. Add sport=run, trail_run, hike or walk."
        )
    return otherwise
