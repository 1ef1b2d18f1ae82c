"""Real recordings written as files of every kind; needs AYDA_EVAL_DATA, the folder of that data."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.trackfiles.malformed.writers import Point, fit_of, gpx_of, tcx_of
from tests.trackfiles.outings import METRES_PER_DEGREE, START_S
from trackfiles.outing import SaidSport, outing_of

DATA = Path(os.environ.get("AYDA_EVAL_DATA", "."))
pytestmark = pytest.mark.skipif("AYDA_EVAL_DATA" not in os.environ, reason="AYDA_EVAL_DATA names no folder")


def recordings(each: int) -> Iterator[list[Point]]:
    """Some activities of every athlete, laid on a straight line north, times in whole seconds."""
    for path in sorted((DATA / "dev").glob("a??.npz")):
        with np.load(path) as stored:
            bounds = stored["off"]
            columns = [stored[name].astype(np.float64) for name in ("t", "d", "ele")]
        for index in range(0, len(bounds) - 1, max(1, (len(bounds) - 1) // each)):
            part = slice(bounds[index], bounds[index + 1])
            yield [
                Point(START_S + round(t), 40.0 + d / METRES_PER_DEGREE, 8.0, ele, d)
                for t, d, ele in zip(*(column[part].tolist() for column in columns), strict=True)
            ]


def test_a_real_outing_is_the_same_in_every_format() -> None:
    count = 0
    for points in recordings(each=4):
        gpx, tcx, fit = (outing_of(write(points), "", SaidSport("hike")) for write in (gpx_of, tcx_of, fit_of))
        for other in (tcx, fit):
            assert other.started_at == gpx.started_at
            assert other.elapsed_s == gpx.elapsed_s
            assert other.distance_m == pytest.approx(gpx.distance_m, rel=1e-3)
            assert other.moving_s == pytest.approx(gpx.moving_s, rel=0.01)
            assert other.gain_m == pytest.approx(gpx.gain_m, rel=0.02, abs=4)  # two thresholds of climb
        count += 1
    assert count >= 32
