"""A course that nobody sent, read before the first one comes: nobody waits for what is loaded on first use.

A child that reads its first course loads the borders of time zones and more of numpy: a tenth of a second of processor.
"""

from __future__ import annotations

from typing import Final

from trackfiles.children import Children
from trackfiles.questions import Content, DrawCourse

_STEP_DEG: Final = 0.0003
_POINTS: Final = 60
_HILL_M: Final = 90


def rehearsal_course() -> bytes:
    """A hill north of Almaty, as GPX."""
    heights_m = (900 + _HILL_M * min(i, _POINTS - i) / _POINTS for i in range(_POINTS))
    points = (
        f'<trkpt lat="{43 + i * _STEP_DEG:.4f}" lon="77"><ele>{height_m}</ele></trkpt>'
        for i, height_m in enumerate(heights_m)
    )
    head = '<gpx version="1.1" creator="ayda" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>'
    return f"{head}{''.join(points)}</trkseg></trk></gpx>".encode()


def rehearse(children: Children) -> None:
    """Has a child up that has read a course already; of one that does not come up, the first question hears."""
    children.wake()
    children.ask(DrawCourse(Content(rehearsal_course())))
