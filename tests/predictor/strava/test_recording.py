from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from predictor_service.strava.answers import FloatStream, PlaceStream, Streams
from predictor_service.strava.recording import recording_of

START = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)
N = 40


def streams(**changes: object) -> Streams:
    whole = {
        "time": FloatStream([float(i) for i in range(N)]),
        "distance": FloatStream([3.0 * i for i in range(N)]),
        "altitude": FloatStream([100.0 + i for i in range(N)]),
        "latlng": PlaceStream([(43.0 + i * 1e-5, 76.0) for i in range(N)]),
    }
    return Streams(**{**whole, **changes})  # type: ignore[arg-type]  # tests leave streams out


def test_whole_streams_become_a_recording():
    recording = recording_of(streams(), START)
    assert recording is not None
    assert recording.started_at == START
    assert recording.elapsed_time_s == N - 1
    assert recording.lat_deg is not None
    assert len(recording.lat_deg) == N


def test_without_time_distance_or_height_there_is_none():
    for name in ("time", "distance", "altitude"):
        assert recording_of(streams(**{name: None}), START) is None
    assert recording_of(Streams(), START) is None
    assert recording_of(streams(altitude=FloatStream([None] * N)), START) is None
    assert recording_of(streams(altitude=FloatStream([1.0] * (N - 1))), START) is None


def test_points_without_time_are_dropped_and_heights_filled_along_the_distance():
    time: list[float | None] = [float(i) for i in range(N)]
    altitude: list[float | None] = [100.0 + i for i in range(N)]
    time[5], altitude[7] = None, None
    recording = recording_of(streams(time=FloatStream(time), altitude=FloatStream(altitude)), START)
    assert recording is not None
    assert len(recording.time_s) == N - 1
    assert recording.elevation_m[6] == 107.0


def test_an_unknown_place_is_filled_and_too_many_are_no_path():
    places: list[tuple[float | None, float | None] | None] = [(43.0 + i * 1e-5, 76.0) for i in range(N)]
    places[3] = (0, 0)
    recording = recording_of(streams(latlng=PlaceStream(places)), START)
    assert recording is not None
    assert recording.lat_deg is not None
    assert abs(recording.lat_deg[3] - 43.00003) < 1e-9
    places[10:20] = [None] * 10
    pathless = recording_of(streams(latlng=PlaceStream(places)), START)
    assert pathless is not None
    assert pathless.lat_deg is None


odd = st.lists(st.none() | st.floats(-1e6, 1e6), min_size=N, max_size=N)


@given(odd, odd, odd)
def test_whatever_the_streams_hold_time_and_distance_never_fall(
    time: list[float | None], distance: list[float | None], altitude: list[float | None]
):
    recording = recording_of(
        streams(time=FloatStream(time), distance=FloatStream(distance), altitude=FloatStream(altitude)), START
    )
    if recording is None:
        return
    for values in (recording.time_s, recording.distance_m):
        assert np.isfinite(values).all()
        assert (np.diff(values) >= 0).all()
        assert values[0] == 0
    assert np.isfinite(recording.elevation_m).all()
