"""From a course to an answer: this course, this question, this profile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kernel.contracts.prediction import CheckpointRequest, Effort, Mode
from kernel.forecast.fit import FittedProfile
from kernel.forecast.forecast import Forecast, predict
from kernel.forecast.sun import Place
from kernel.forecast.waypoints import checkpoints_of_waypoints
from kernel.tracks import RouteGeometry, Track, route_from_track


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """A route with the checkpoints that its file names, and where it starts; None where nobody knows."""

    route: RouteGeometry
    checkpoints: Sequence[CheckpointRequest] = ()
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What someone wants to know of a course; see `predict` for the meaning.

    `checkpoints` take the place of the course's own, unless there are none.
    """

    mode: Mode = "trail_run"
    effort: Effort = "moderate"
    flat_pace_s_per_km: float | None = None
    goal_s: float | None = None
    fade: float | None = None
    start_at: datetime | None = None
    checkpoints: Sequence[CheckpointRequest] = ()


def course_of(track: Track) -> Course:
    """The course a track draws. Raises BadGpx or NoElevation."""
    route = route_from_track(track)
    return Course(route, checkpoints_of_waypoints(track, route), start_of(track))


def start_of(track: Track) -> Place:
    """Where a track begins."""
    return Place(float(track.lat_deg[0]), float(track.lon_deg[0]))


def ask(course: Course, question: Question, profile: FittedProfile | None) -> Forecast:
    """The forecast that answers a question. Raises CheckpointBeyondRoute and GoalImpossible."""
    return predict(
        course.route,
        mode=question.mode,
        profile=profile,
        flat_pace_s_per_km=question.flat_pace_s_per_km,
        checkpoints=question.checkpoints or course.checkpoints,
        effort=question.effort,
        goal_s=question.goal_s,
        fade=question.fade,
        start_at=question.start_at,
        place=course.place,
    )
