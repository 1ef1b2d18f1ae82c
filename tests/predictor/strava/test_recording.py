from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.tracks import Recording
from predictor_service.strava.answers import Stream, Streams
from predictor_service.strava.doubts import Doubted
from predictor_service.strava.recording import recording_of

START = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)
N = 400
LENGTH_M = 3.0 * (N - 1)


@dataclass(frozen=True)
class Told:
    """What the list says."""

    distance_m: float = LENGTH_M
    moving_time_s: float = N - 1.0
    elapsed_time_s: float = N - 1.0
    gain_m: float = 0.0


def columns() -> dict[str, list[Any]]:
    north_deg = 3.0 / 111_195.0
    return {
        "time": [float(i) for i in range(N)],
        "distance": [3.0 * i for i in range(N)],
        "altitude": [100.0 + 0.1 * i for i in range(N)],
        "latlng": [[43.0 + i * north_deg, 76.0] for i in range(N)],
    }


def streams(**changes: list[Any] | None) -> Streams:
    told = {**columns(), **changes}
    return Streams(**{name: None if data is None else Stream(data) for name, data in told.items()})


def read(told: Streams, listed: Told | None = None) -> Recording:
    return recording_of(told, listed or Told(), START)


def refusal(told: Streams, listed: Told | None = None) -> str:
    with pytest.raises(Doubted) as doubted:
        read(told, listed)
    return doubted.value.code


def test_whole_streams_become_a_recording():
    recording = read(streams())
    assert recording.started_at == START
    assert recording.elapsed_time_s == N - 1
    assert recording.lat_deg is not None
    assert len(recording.lat_deg) == N
    assert recording.distance_m[-1] == pytest.approx(LENGTH_M)


@pytest.mark.parametrize(
    ("lacking", "code"),
    [
        ({"time": None}, "no_details"),
        ({"distance": None}, "no_details"),
        ({"distance": [None] * N}, "no_details"),
        ({"altitude": None}, "no_heights"),
        ({"altitude": [None] * N}, "no_heights"),
        ({"altitude": [1.0] * (N - 1)}, "no_heights"),
        ({"altitude": [0.0] * N}, "no_heights"),
    ],
)
@pytest.mark.parametrize("places", [True, False])
def test_without_time_distance_or_height_there_is_none(lacking: dict[str, Any], code: str, *, places: bool):
    assert refusal(streams(**lacking, **({} if places else {"latlng": None}))) == code


@pytest.mark.parametrize("places", [True, False])
def test_a_distance_that_begins_anew_is_joined(*, places: bool):
    anew = [3.0 * (i if i < 250 else i - 250) for i in range(N)]
    recording = read(streams(distance=anew, **({} if places else {"latlng": None})))
    assert recording.distance_m[-1] == pytest.approx(LENGTH_M, rel=0.01)
    assert recording.moving_time_s == pytest.approx(N - 1, rel=0.03)


def test_where_the_distance_is_wrong_the_places_tell_it():
    recording = read(streams(distance=[7.0 * i for i in range(N)]))
    assert recording.distance_m[-1] == pytest.approx(LENGTH_M, rel=0.01)


@pytest.mark.parametrize(
    "listed",
    [Told(distance_m=2 * LENGTH_M), Told(elapsed_time_s=3000.0), Told(moving_time_s=3000.0, elapsed_time_s=0.0)],
)
def test_what_is_not_what_the_list_says_is_not_believed(listed: Told):
    assert refusal(streams(), listed) == "contradicts_summary"
    assert refusal(streams(latlng=None), listed) == "contradicts_summary"


def test_a_list_that_knows_no_time_contradicts_nothing():
    assert read(streams(), Told(moving_time_s=0.0, elapsed_time_s=0.0)).moving_time_s > 0


@pytest.mark.parametrize("odd", [None, "12", True, 1e12, -1.0, [1], float("nan"), 10**400])
@pytest.mark.parametrize("name", ["time", "distance", "altitude", "latlng"])
def test_one_odd_value_changes_next_to_nothing(name: str, odd: object):
    usual = read(streams())
    changed = columns()[name]
    changed[200] = odd
    recording = read(streams(**{name: changed}))
    assert recording.distance_m[-1] == pytest.approx(usual.distance_m[-1], rel=0.01)
    assert recording.moving_time_s == pytest.approx(usual.moving_time_s, rel=0.02)
    assert np.ptp(recording.elevation_m) == pytest.approx(np.ptp(usual.elevation_m), abs=1.0)


def test_an_unknown_place_is_filled_and_too_many_are_no_path():
    places = columns()["latlng"]
    places[3] = [0, 0]
    recording = read(streams(latlng=places))
    assert recording.lat_deg is not None
    assert abs(recording.lat_deg[3] - columns()["latlng"][3][0]) < 1e-9
    places[10:50] = [None] * 40
    assert read(streams(latlng=places)).lat_deg is None


def test_a_drive_under_the_label_of_a_run_is_none():
    driven = {
        "distance": [20.0 * i for i in range(N)],
        "latlng": [[43.0 + i * 20.0 / 111_195.0, 76.0] for i in range(N)],
    }
    assert refusal(streams(**driven), Told(distance_m=20.0 * (N - 1))) == "vehicle"


odd_values = st.lists(st.none() | st.floats(-1e6, 1e6) | st.text(max_size=2), min_size=30, max_size=30)


@given(odd_values, odd_values, odd_values)
def test_whatever_the_streams_hold_time_and_distance_never_fall(
    time: list[float | None], distance: list[float | None], altitude: list[float | None]
):
    known = [value for value in distance if isinstance(value, float)]
    listed = Told(distance_m=max(known, default=0.0) - min(known, default=0.0), elapsed_time_s=0.0, moving_time_s=0.0)
    try:
        recording = read(streams(time=time, distance=distance, altitude=altitude, latlng=None), listed)
    except Doubted:
        return
    for values in (recording.time_s, recording.distance_m):
        assert np.isfinite(values).all()
        assert (np.diff(values) >= 0).all()
        assert values[0] == 0
    assert np.isfinite(recording.elevation_m).all()
