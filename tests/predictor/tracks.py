"""GPX files made up for tests: an out-and-back over rolling hills, recorded by a walker or runner of a known pace."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

_METRES_PER_DEGREE = 111_195.0
STEP_M = 25.0


def height_m(at_m: float, climb: float = 60.0) -> float:
    return 800.0 + climb * math.sin(at_m / 700.0) + 0.4 * climb * math.sin(at_m / 190.0)


def _places(waypoints: Mapping[str, float]) -> str:
    return "".join(
        f'<wpt lat="{43.0 + at_m / _METRES_PER_DEGREE:.7f}" lon="77.0005"><name>{name}</name></wpt>'
        for name, at_m in waypoints.items()
    )


def gpx(
    *,
    length_m: float = 8_000.0,
    climb: float = 60.0,
    pace_s_per_km: float | None = None,
    started_at: datetime = datetime(2026, 5, 1, 6, 0, tzinfo=UTC),
    with_elevation: bool = True,
    sport: str | None = None,
    name: str = "Made-up hills",
    waypoints: Mapping[str, float] | None = None,
) -> bytes:
    """A GPX track; with a pace it is a recording, slower uphill and faster downhill, without one a plan.

    `waypoints` are names and metres from the start.
    """
    points, clock_s, before_m = [], 0.0, height_m(0.0, climb)
    for index in range(int(length_m / STEP_M) + 1):
        at_m = index * STEP_M
        here_m = height_m(at_m, climb)
        if pace_s_per_km is not None and index:
            clock_s += STEP_M / 1000 * pace_s_per_km * math.exp(3.0 * max(-0.1, (here_m - before_m) / STEP_M))
        before_m = here_m
        ele = f"<ele>{here_m:.2f}</ele>" if with_elevation else ""
        moment = (started_at + timedelta(seconds=clock_s)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        time = f"<time>{moment}</time>" if pace_s_per_km is not None else ""
        points.append(f'<trkpt lat="{43.0 + at_m / _METRES_PER_DEGREE:.7f}" lon="77.0000000">{ele}{time}</trkpt>')
    kind = f"<type>{sport}</type>" if sport else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><gpx version="1.1" creator="tests" xmlns="http://www.topografix.com/GPX/1/1">'
        f"{_places(waypoints or {})}<trk><name>{name}</name>{kind}<trkseg>{''.join(points)}</trkseg></trk></gpx>"
    ).encode()
