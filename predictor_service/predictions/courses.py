"""Courses that are asked about again and again, kept ready by what is stored: what has changed is never found."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from kernel.contracts.prediction import Mode
from kernel.forecast import Course
from kernel.pace import KIND_OF_MODE
from kernel.pace.same_course import course_features
from kernel.tracks import RouteGeometry
from predictor_service.routes.service import stored_course
from predictor_service.routes.store import KeptRoute

_KEPT: Final = 16
"""Of 0.2 MB each for 100 km."""


@lru_cache(_KEPT)
def course_of(route: KeptRoute) -> Course:
    """The course of a stored route."""
    return stored_course(route)


@lru_cache(_KEPT)
def recognised_by(route: RouteGeometry, mode: Mode) -> bytes:
    """What an outing along this course is told by."""
    return course_features(route, KIND_OF_MODE[mode]).to_bytes()


def unload() -> None:
    """Takes every course out of this process's memory."""
    course_of.cache_clear()
    recognised_by.cache_clear()
