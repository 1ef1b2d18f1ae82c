"""How fast the kernel is: medians and ratios, everything measured side by side in one run on one machine.

python -m benchmarks.kernel_speed [--json]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from xml.parsers import expat

import gpxpy
import numpy as np

from benchmarks.made_up import hills, made_up_gpx, made_up_history
from kernel.forecast import FittedProfile, fit_profile, predict
from kernel.pace import ActivityFeatures
from kernel.tracks import RouteGeometry, read_gpx, route_from_arrays, route_from_track

_TODAY = 30_000.0
_POINTS = 10_000
_ACTIVITIES = 300
_GOALS = {
    "gpx_parse_ms": "",
    "gpxpy_parse_ms": "",
    "ratio_gpxpy": ">= 10",
    "predict_10k_ms": "<= 0.7",
    "fit_300_ms": "<= 10",
    "gpx_to_prediction_ms": "<= 30",
    "import_kernel_ms": "<= 150",
}
_IMPORTS = {
    "import_kernel_ms": "kernel.forecast",
    "of which kernel.tracks": "kernel.tracks",
    "floor: import numpy": "numpy",
}
"""The package `kernel` itself is empty; `kernel.forecast` brings all that reading and predicting needs."""


def rounds_ms(works: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each call, after one to warm up; they take turns, so a slow moment hits all alike."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(rounds + 1):
        for name, work in works.items():
            start = time.perf_counter()
            work()
            if turn:
                taken[name].append(1000 * (time.perf_counter() - start))
    return taken


def imports_ms(rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each import in a fresh interpreter that finds its bytecode, as an installed program does."""
    taken: dict[str, list[float]] = {name: [] for name in _IMPORTS}
    with tempfile.TemporaryDirectory() as compiled:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": compiled, "PYTHONDONTWRITEBYTECODE": ""}
        for turn in range(rounds + 1):
            for name, module in _IMPORTS.items():
                code = f"import time; a = time.perf_counter(); import {module}; print(1000 * (time.perf_counter() - a))"
                command = [sys.executable, "-c", code]
                child = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)  # noqa: S603 - our own interpreter and code
                if turn:
                    taken[name].append(float(child.stdout))
    return taken


def measure() -> list[dict[str, float]]:
    """Medians of files, models and imports; the last of each group is its floor, what no code of ours can undercut."""
    gpx, history = made_up_gpx(_POINTS), made_up_history(_ACTIVITIES)
    profile, route = _fitted(history), route_from_arrays(*hills(10.0 * _POINTS, 99))
    packed, track, matrix = profile.to_bytes(), read_gpx(gpx), np.eye(len(profile.outings.day)) + 0.5
    files = rounds_ms(
        {
            "gpx_parse_ms": lambda: route_from_track(read_gpx(gpx)),
            "gpxpy_parse_ms": lambda: list(gpxpy.parse(gpx).walk(only_points=True)),
            "gpx_to_prediction_ms": lambda: _forecast(
                route_from_track(read_gpx(gpx)), FittedProfile.from_bytes(packed)
            ),
            "of which read_gpx": lambda: read_gpx(gpx),
            "of which route_from_track": lambda: route_from_track(track),
            "floor: expat, same bytes": lambda: expat.ParserCreate().Parse(gpx, True),
        },
        15,
    )
    models = rounds_ms(
        {
            # another route object each time, as in a service: nothing may be remembered of the one before
            "predict_10k_ms": lambda: _forecast(replace(route), profile),
            "fit_300_ms": lambda: _fitted(history),
            "load of a stored profile": lambda: FittedProfile.from_bytes(packed),
            "load and inverses, once each": lambda: FittedProfile.from_bytes(packed).inverses,
            f"floor: Cholesky, {len(matrix)} rows": lambda: np.linalg.cholesky(matrix),
        },
        31,
    )
    pairs = zip(files["gpxpy_parse_ms"], files["gpx_parse_ms"], strict=True)
    return [
        {"ratio_gpxpy": statistics.median(theirs / ours for theirs, ours in pairs)},
        *({name: statistics.median(each) for name, each in group.items()} for group in (files, models, imports_ms(7))),
    ]


def table(groups: Sequence[dict[str, float]]) -> str:
    """A figure a line, with its goal and how many times its group's floor it is."""
    lines = [f"{'':28s}{'median':>10s}{'goal':>10s}{'x floor':>10s}"]
    for group in groups:
        floor = list(group.values())[-1]
        lines += [
            f"{name:28s}{value:10.2f}{_GOALS.get(name, ''):>10s}{value / floor:10.1f}" for name, value in group.items()
        ]
    return "\n".join(lines)


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
    parser.add_argument("--json", action="store_true", help="print one JSON object with the figures that have goals")
    options = parser.parse_args(arguments)
    groups = measure()
    figures = {name: round(value, 3) for group in groups for name, value in group.items()}
    print(json.dumps({name: figures[name] for name in _GOALS}) if options.json else table(groups))
    return 0


if __name__ == "__main__":
    sys.exit(main())
