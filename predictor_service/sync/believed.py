"""What the details of one activity teach, or why they teach nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from kernel.contracts.activity import LeftOutCode
from kernel.errors import DomainError
from kernel.pace import ActivityFeatures, SplitSample, features_of_splits
from kernel.pace.features import features_of_paced_route
from kernel.pace.paths import Paths, paths_of_recording
from kernel.tracks import BadTrack, route_from_recording
from predictor_service.activities.listed import FeaturesSource, Unread
from predictor_service.strava.answers import Split, Streams
from predictor_service.strava.doubts import Doubted, same_climb, same_distance, same_elapsed, same_moving
from predictor_service.strava.recording import recording_of
from servicekit.strava.errors import UnreadableAnswer
from trackfiles.movement import refuse_impossible

_STEEPEST: Final = 0.6
_HALF: Final = 0.5


@dataclass(frozen=True, slots=True)
class Measured:
    """What an activity gave: features and where they came from, or why there are none; paths where they are wanted."""

    features: ActivityFeatures | None
    source: FeaturesSource | None = None
    left_out: LeftOutCode | None = None
    paths: Paths | None = None


def of_streams(streams: Streams, activity: Unread, path_key: bytes | None = None) -> Measured:
    """What the streams teach, paths under an athlete's key too. Raises UnreadableAnswer if they cannot be looked at."""
    return _measured("streams", lambda: _told_by_streams(streams, activity, path_key), activity)


def of_splits(splits: Sequence[Split], activity: Unread) -> Measured:
    """What the kilometres teach. Raises UnreadableAnswer where they cannot be looked at."""
    return _measured("splits", lambda: (_features_of_splits(splits, activity), None), activity)


def _told_by_streams(
    streams: Streams, activity: Unread, path_key: bytes | None
) -> tuple[ActivityFeatures, Paths | None]:
    recording = recording_of(streams, activity, activity.started_at)
    route = route_from_recording(recording)
    if not recording.cuts and not same_climb(activity, route.gain_m):
        raise Doubted("contradicts_summary")
    paths = None if path_key is None else paths_of_recording(recording, path_key)
    return features_of_paced_route(recording, route, activity.sport), paths


def _features_of_splits(splits: Sequence[Split], activity: Unread) -> ActivityFeatures:
    """Of the kilometres whose height difference is known: their metres, their time and their part of the climb."""
    going = [split for split in splits if split.distance_m > 0 and split.moving_time_s > 0]
    if not going:
        raise Doubted("no_details")
    whole_m, whole_s = sum(split.distance_m for split in splits), sum(split.moving_time_s for split in going)
    if not (same_distance(activity, whole_m) and same_moving(activity, whole_s)):
        raise Doubted("contradicts_summary")
    if not activity.moving_time_s and not same_elapsed(activity, max(whole_s, activity.elapsed_time_s)):
        raise Doubted("contradicts_summary")
    samples = [
        SplitSample(split.distance_m, split.moving_time_s, split.rise_m)
        for split in going
        if split.rise_m is not None and abs(split.rise_m) <= _STEEPEST * split.distance_m
    ]
    known_m, known_s = sum(one.distance_m for one in samples), sum(one.moving_time_s for one in samples)
    if known_m < _HALF * whole_m:
        raise Doubted("no_heights")
    return features_of_splits(
        samples,
        activity.sport,
        activity.started_at,
        (activity.moving_time_s or whole_s) * known_s / whole_s,
        max(activity.elapsed_time_s, whole_s) * known_s / whole_s,
        gain_m=activity.gain_m * known_m / whole_m or None,
    )


def _measured(
    source: FeaturesSource, told: Callable[[], tuple[ActivityFeatures, Paths | None]], activity: Unread
) -> Measured:
    """The features, or the reason without them. Whatever else breaks concerns this activity only."""
    try:
        features, paths = told()
        refuse_impossible(features)
    except Doubted as doubted:
        return Measured(None, left_out=doubted.code)
    except DomainError as error:
        impossible = isinstance(error, BadTrack) and error.reason == "impossible_pace"
        return Measured(None, left_out="impossible_pace" if impossible else "no_pace")
    except Exception as error:
        structlog.get_logger(__name__).warning(
            "activity_unreadable", activity=activity.strava_activity_id, reason=repr(error)
        )
        raise UnreadableAnswer("an activity") from error
    return Measured(features, source, paths=paths) if features.usable else Measured(None, left_out="no_pace")
