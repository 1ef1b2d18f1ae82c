"""The geometry of the recordings the model was measured with; needs AYDA_EVAL_DATA, the folder of that data."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from kernel.tracks import Recording, read_gpx, route_from_arrays, route_from_track
from kernel.tracks.elevation import climb_and_descent
from kernel.tracks.track import FloatArray

DATA = Path(os.environ.get("AYDA_EVAL_DATA", "."))
pytestmark = pytest.mark.skipif("AYDA_EVAL_DATA" not in os.environ, reason="AYDA_EVAL_DATA names no folder")


def activities(stride: int) -> Iterator[tuple[FloatArray, FloatArray, FloatArray, float]]:
    for path in sorted((DATA / "dev").glob("a??.npz")):
        with np.load(path) as stored:
            arrays = {name: stored[name] for name in ("t", "d", "ele", "off", "moving")}
        bounds = arrays["off"]
        for index in range(0, len(bounds) - 1, stride):
            part = slice(bounds[index], bounds[index + 1])
            t, d, ele = (arrays[name][part].astype(np.float64) for name in ("t", "d", "ele"))
            yield t, d, ele, float(arrays["moving"][index])


def test_the_moving_time_of_a_recording_is_the_one_the_model_was_measured_with() -> None:
    errors = []
    for t, d, ele, _ in activities(5):
        expected = np.diff(t)[np.diff(d) > 0.02].sum()
        errors.append(Recording(t, d, ele, datetime(2026, 1, 1, tzinfo=UTC)).moving_time_s / expected - 1)
    assert len(errors) > 100
    assert np.abs(errors).max() < 0.01
    assert abs(np.mean(errors)) < 0.001


def test_grid_and_climb_are_those_the_model_was_measured_with() -> None:
    weights = np.exp(-0.5 * (np.arange(-12, 13) / 3.0) ** 2)
    weights /= weights.sum()
    for _, d, ele, _ in activities(25):
        moved = np.concatenate(([True], np.diff(d) > 1e-6))
        grid = np.linspace(0, d[-1], round(d[-1] / 10) + 1)
        raw = np.interp(grid, d[moved], ele[moved])
        ends = (2 * raw[0] - raw[12:0:-1], 2 * raw[-1] - raw[-2:-14:-1])
        expected = np.convolve(np.concatenate((ends[0], raw, ends[1])), weights, "valid")
        route = route_from_arrays(d, ele)
        np.testing.assert_allclose(route.distance_m, grid, atol=1e-6)
        np.testing.assert_allclose(route.elevation_m, expected, atol=6e-4)


@pytest.mark.parametrize(("name", "km", "gain_m"), [("Berkeley-50K", 49.1, 1907), ("lake-sonoma-55k", 51.5, 1724)])
def test_race_courses_have_their_known_length_and_climb(name: str, km: float, gain_m: float) -> None:
    track = read_gpx((DATA / "courses" / f"{name}.gpx").read_bytes())
    assert track.elevation_m is not None
    assert climb_and_descent(track.elevation_m, 5.0)[0] == pytest.approx(gain_m, rel=0.01)
    route = route_from_track(track)
    assert route.length_m / 1000 == pytest.approx(km, abs=0.1)
    assert route.gain_band_m[0] < gain_m < route.gain_band_m[1]


def test_a_flat_marathon_has_next_to_no_climb() -> None:
    route = route_from_track(read_gpx((DATA / "courses" / "marathon-tours.gpx").read_bytes()))
    assert route.gain_m < 50
