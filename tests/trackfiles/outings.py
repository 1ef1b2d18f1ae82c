"""Outings made up for tests: a climb and a descent by a known path, with a stop."""

from __future__ import annotations

import math

from tests.trackfiles.malformed.writers import Point

START_S = 1_780_000_000.0
METRES_PER_DEGREE = 111_195.0


def outing(
    *,
    length_m: float = 4000.0,
    speed_m_per_s: float = 2.5,
    step_s: float = 4.0,
    start_s: float = START_S,
    stop_s: float = 120.0,
    counted: bool = True,
) -> list[Point]:
    """A point every `step_s`, over hills of 40 m, standing still for `stop_s` half way."""
    points, step_m = [], speed_m_per_s * step_s
    count = int(length_m / step_m)
    for index in range(count + 1):
        at_m = index * step_m
        waited_s = stop_s if index > count // 2 else 0.0
        points.append(
            Point(
                time_s=start_s + index * step_s + waited_s,
                lat_deg=43.0 + at_m / METRES_PER_DEGREE,
                lon_deg=77.0,
                ele_m=900 + 40 * math.sin(at_m / 400),
                distance_m=at_m if counted else None,
            )
        )
    return points
