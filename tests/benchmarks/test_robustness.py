from __future__ import annotations

from benchmarks.robustness import GOAL_PERCENT, REMADE, rows_of
from kernel.tracks import read_gpx
from trackfiles.drawn import draw_course


def test_each_way_to_remake_a_course_has_a_row_and_the_drawn_one_bears_them():
    rows = list(rows_of("drawn", read_gpx(draw_course(length_m=9_000))))
    assert [row.remade for row in rows] == list(REMADE)
    near = {row.remade for row in rows if abs(row.time) <= 2 * GOAL_PERCENT}
    assert near >= {
        remade for remade in REMADE if remade.startswith(("back", "errors", "heights", "a point every 10 m"))
    }
