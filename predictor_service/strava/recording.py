"""Streams as a recording, with the care that a file gets: what contradicts itself or the list is mended or doubted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kernel.tracks import BadTrack, FloatArray, NoElevation, Recording, Track
from kernel.tracks.distance import cumulative_m, step_lengths_m
from kernel.tracks.heights import filled_heights
from kernel.tracks.motion import nondecreasing
from predictor_service.strava.answers import Stream, Streams
from predictor_service.strava.doubts import AsListed, Doubted, same_distance, same_elapsed, same_moving
from trackfiles.movement import refuse_vehicle
from trackfiles.reading import ReadTrack
from trackfiles.reading import recording_of as recording_of_track

MIN_POINTS: Final = 10
_HEIGHTS_NEEDED: Final = 0.8
_PLACES_NEEDED: Final = 0.95
_ANEW: Final = 0.1
"""A distance that falls to less than this part of itself has begun anew."""


def recording_of(streams: Streams, listed: AsListed, started_at: datetime) -> Recording:
    """The recording in the streams.

    Values that are odd or missing are filled from their neighbours: a time that runs back, a distance that falls or
    begins anew, heights that no ground can have. Raises Doubted: `no_details`, `no_heights`, `contradicts_summary`
    where distance or time are not those of the list, `vehicle`, `no_pace`.
    """
    time_s, distance_m, elevation_m = (_numbers(one) for one in (streams.time, streams.distance, streams.altitude))
    if len(time_s) < MIN_POINTS or len(distance_m) != len(time_s):
        raise Doubted("no_details")
    if len(elevation_m) != len(time_s):
        raise Doubted("no_heights")
    usable = np.isfinite(time_s) & np.isfinite(distance_m)
    if usable.sum() < MIN_POINTS:
        raise Doubted("no_details")
    elevation_m = elevation_m[usable]
    if np.isfinite(elevation_m).mean() < _HEIGHTS_NEEDED:
        raise Doubted("no_heights")
    time_s = nondecreasing(time_s[usable])
    places = _places(streams.latlng, usable)
    way_m = _believed(distance_m[usable], places, listed)
    if not same_elapsed(listed, float(time_s[-1] - time_s[0])):
        raise Doubted("contradicts_summary")
    try:
        recording = _recording(time_s, way_m, elevation_m, started_at, places)
        refuse_vehicle(recording)
    except NoElevation as lacking:
        raise Doubted("no_heights") from lacking
    except BadTrack as bad:
        raise Doubted("vehicle" if bad.reason == "vehicle" else "no_pace") from bad
    if not recording.cuts and not same_moving(listed, recording.moving_time_s):
        raise Doubted("contradicts_summary")
    return recording


def _recording(
    time_s: FloatArray, way_m: FloatArray, elevation_m: FloatArray, started_at: datetime, places: FloatArray | None
) -> Recording:
    """Where the places are known, with vehicles and transfers cut out as they are of a file."""
    known = np.isfinite(elevation_m)
    elevation_m = np.interp(way_m, way_m[known], elevation_m[known])
    if places is None:
        heights = filled_heights(way_m, elevation_m)
        return Recording(time_s - time_s[0], way_m, heights.elevation_m, started_at, findings=heights.findings)
    at_s = started_at.timestamp() + time_s - time_s[0]
    track = Track(lat_deg=places[:, 0], lon_deg=places[:, 1], elevation_m=elevation_m, time_s=at_s)
    recording = recording_of_track(ReadTrack(track, "fit", None, None, device_distance_m=way_m))
    return replace(recording, started_at=started_at)


def _believed(distance_m: FloatArray, places: FloatArray | None, listed: AsListed) -> FloatArray:
    """Metres from the start to each point: the first telling that is as long as the list says. Raises Doubted."""
    for way_m in _tellings(distance_m, places):
        if same_distance(listed, float(way_m[-1] - way_m[0])):
            from_start_m: FloatArray = way_m - way_m[0]
            return from_start_m
    raise Doubted("contradicts_summary")


def _tellings(distance_m: FloatArray, places: FloatArray | None) -> Iterator[FloatArray]:
    """The distance as told, as told where it begins anew, and that between the places."""
    yield nondecreasing(distance_m)
    fall_m = np.where(distance_m[1:] < _ANEW * distance_m[:-1], distance_m[:-1], 0.0)
    if fall_m.any():
        yield nondecreasing(distance_m + cumulative_m(fall_m))
    if places is not None:
        yield cumulative_m(step_lengths_m(places[:, 0], places[:, 1]))


def _numbers(stream: Stream | None) -> FloatArray:
    return np.array([] if stream is None else stream.numbers(), dtype=np.float64)


def _places(stream: Stream | None, usable: NDArray[np.bool_]) -> FloatArray | None:
    """Latitude and longitude of the usable points; None when one in twenty is unknown, for guesses turn falsely."""
    if stream is None or len(stream.data) != len(usable):
        return None
    places = np.array(stream.places_deg(), dtype=np.float64)[usable]
    known = np.isfinite(places).all(axis=1)
    if known.mean() < _PLACES_NEEDED or not np.ptp(places[known], axis=0).any():
        return None
    index = np.arange(len(places))
    lon_deg = np.unwrap(places[known, 1], period=360.0)
    lat, lon = np.interp(index, index[known], places[known, 0]), np.interp(index, index[known], lon_deg)
    return np.column_stack((lat, (lon + 180.0) % 360.0 - 180.0))
