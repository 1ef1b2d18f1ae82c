"""Who comes first waits for nothing that was loaded only for them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.trackfiles.at_work import children_of_this_process
from trackfiles.child import Bounds
from trackfiles.children import Children
from trackfiles.drawn import draw_course
from trackfiles.questions import Content, CourseDrawn, DrawCourse
from trackfiles.rehearsal import rehearsal_course, rehearse

LINUX = pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="looks into another process")


def libraries(pid: int) -> set[str]:
    """What a process has loaded of libraries."""
    lines = Path(f"/proc/{pid}/maps").read_text(encoding="utf-8", errors="replace").splitlines()
    return {line.split()[-1] for line in lines if ".so" in line}


@LINUX
def test_a_child_that_has_rehearsed_loads_nothing_more_for_the_first_course():
    with Children(1, Bounds()) as children:
        rehearse(children)
        (pid,) = children_of_this_process()
        before = libraries(pid)
        assert [each for each in before if "tzfpy" in each], "the borders of time zones"
        answer = children.ask(DrawCourse(Content(draw_course(12_000)))).answer
        assert isinstance(answer, CourseDrawn)
        assert libraries(pid) == before
        assert children_of_this_process() == [pid]


def test_what_is_rehearsed_is_a_good_course():
    with Children(1, Bounds()) as children:
        answer = children.ask(DrawCourse(Content(rehearsal_course()))).answer
    assert isinstance(answer, CourseDrawn)
    assert not answer.course.course().warnings


LOADED_AFTERWARDS = """
import sys
import predictor_service.app
from predictor_service.answering import rehearse_forecast
from tests.trackfiles.test_rehearsal import forecast_with_a_start
if sys.argv[1] == "rehearsed":
    rehearse_forecast()
before = set(sys.modules)
forecast_with_a_start()
print(len(set(sys.modules) - before))
"""


def forecast_with_a_start() -> None:
    """As the first one who asks wants it."""
    from datetime import datetime  # noqa: PLC0415 - run in a process of its own

    from kernel.forecast import Question, ask, course_of, forecast_to_wire  # noqa: PLC0415 - as above
    from kernel.tracks import read_gpx  # noqa: PLC0415 - as above

    course, _ = course_of(read_gpx(draw_course(12_000)))
    asked = Question(flat_pace_s_per_km=300.0, start_at=datetime(2026, 1, 10, 7))  # noqa: DTZ001 - at the course
    forecast_to_wire(ask(course, asked, None), "", course.warnings)


def test_a_forecast_that_was_rehearsed_imports_nothing_more():
    def imports(how: str) -> int:
        command = [sys.executable, "-c", LOADED_AFTERWARDS, how]
        return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    assert imports("rehearsed") == 0
    assert imports("cold") > 0
