"""One good outing, in every format, that the malformed files are made of."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from tests.trackfiles.malformed.writers import Point, fit_of, gpx_of, tcx_of

START_S = datetime(2026, 5, 2, 6, 30, tzinfo=UTC).timestamp()
COUNT = 120


def points(count: int = COUNT, *, lat_deg: float = 43.0, lon_deg: float = 77.0, step_s: float = 4.0) -> list[Point]:
    """A run north, 10 m per point, over a hill."""
    return [
        Point(
            time_s=START_S + step_s * at,
            lat_deg=lat_deg + at * 9e-5,
            lon_deg=lon_deg,
            ele_m=900 + 20 * math.sin(at / 20),
            distance_m=10.0 * at,
        )
        for at in range(count)
    ]


GPX, TCX, FIT = gpx_of(points()), tcx_of(points()), fit_of(points())
