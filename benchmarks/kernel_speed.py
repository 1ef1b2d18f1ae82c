"""How fast the kernel is, everything measured in one run on one machine.

python -m benchmarks.kernel_speed [--json]
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import gpxpy
import numpy as np

from kernel.forecast import FittedProfile, fit_profile, predict
from kernel.pace import ActivityFeatures, features_of_recording
from kernel.tracks import Recording, RouteGeometry, read_gpx, route_from_arrays, route_from_track
from kernel.tracks.track import FloatArray

_START = datetime(2025, 1, 1, tzinfo=UTC)
_TODAY = 30_000.0


def hills(length_m: float, seed: int) -> tuple[FloatArray, FloatArray]:
    """Distances every 10 m and heights of a made-up hilly route."""
    rng = np.random.default_rng(seed)
    distance_m = np.arange(0.0, length_m + 1.0, 10.0)
    waves = [(rng.uniform(5, 60), rng.uniform(800, 4000), rng.uniform(0, 6)) for _ in range(4)]
    elevation_m = np.full_like(distance_m, 800.0)
    for height, width, at in waves:
        elevation_m += height * np.sin(6.28 * distance_m / width + at)
    return distance_m, elevation_m


def made_up_history(count: int) -> list[ActivityFeatures]:
    """Features of runs of 5 to 30 km over hills, at about 6:00/km."""
    rng = np.random.default_rng(7)
    history = []
    for i in range(count):
        distance_m, elevation_m = hills(rng.uniform(5000, 30000), i)
        time_s = distance_m * 0.36 * np.exp(rng.normal(0, 0.07))
        recording = Recording(time_s, distance_m, elevation_m, _START + timedelta(days=2.0 * i))
        history.append(features_of_recording(recording, "trail_run"))
    return history


def made_up_gpx(points: int) -> bytes:
    """A timed track of `points` points in one file."""
    rows = (
        f'<trkpt lat="{43.2 + 1e-4 * i:.6f}" lon="{76.9 + 3e-5 * i:.6f}"><ele>{900 + 50 * np.sin(i / 90):.1f}</ele>'
        f"<time>{(_START + timedelta(seconds=4 * i)):%Y-%m-%dT%H:%M:%SZ}</time></trkpt>"
        for i in range(points)
    )
    head = '<?xml version="1.0"?><gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>'
    return (head + "".join(rows) + "</trkseg></trk></gpx>").encode()


def median_ms(work: Callable[[], object], rounds: int) -> float:
    """Median milliseconds of one call, after one to warm up."""
    work()
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - start))
    return statistics.median(taken)


def measure() -> dict[str, float]:
    """Medians in milliseconds, and how many times faster than gpxpy a GPX is read."""
    history = made_up_history(300)
    route = route_from_arrays(*hills(100_000.0, 99))
    gpx = made_up_gpx(10_000)
    text = gpx.decode()
    profile = _fitted(history)
    packed = profile.to_bytes()
    ours, theirs = median_ms(lambda: read_gpx(gpx), 5), median_ms(lambda: gpxpy.parse(text), 3)
    track = read_gpx(gpx)
    return {
        "fit_300_ms": median_ms(lambda: _fitted(history), 15),
        "load_profile_ms": median_ms(lambda: FittedProfile.from_bytes(packed), 15),
        "predict_10k_points_ms": median_ms(lambda: _forecast(route, profile), 15),
        "gpx_10k_points_ms": ours,
        "gpxpy_10k_points_ms": theirs,
        "gpx_times_faster_than_gpxpy": theirs / ours,
        "route_of_10k_points_ms": median_ms(lambda: route_from_track(track), 5),
    }


def _fitted(history: Sequence[ActivityFeatures]) -> FittedProfile:
    profile = fit_profile(history, "trail_run", today_day=_TODAY)
    if profile is None:
        raise RuntimeError("The made-up history holds no usable run.")
    return profile


def _forecast(route: RouteGeometry, profile: FittedProfile) -> object:
    return predict(route, mode="trail_run", profile=profile)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the medians."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kernel_speed", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    figures = {name: round(value, 3) for name, value in measure().items()}
    lines = "\n".join(f"{name:30s}{value:10.2f}" for name, value in figures.items())
    print(json.dumps(figures) if options.json else lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
