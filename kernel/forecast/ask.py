"""From a course to an answer: this course, this question, this profile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kernel.contracts.prediction import CheckpointRequest, Effort, Mode
from kernel.contracts.route import CourseWarning
from kernel.contracts.said import Conditions
from kernel.forecast.calibration import NO_PAST, Past
from kernel.forecast.drawn import drawn_as
from kernel.forecast.fitted_profile import FittedProfile
from kernel.forecast.forecast import Forecast, predict
from kernel.forecast.hidden import with_hidden
from kernel.forecast.sun import Place
from kernel.forecast.warned import warning_of
from kernel.forecast.waypoints import placed_waypoints
from kernel.pace.paths import Paths
from kernel.tracks import RouteGeometry, Track, mended, one_course, route_of
from kernel.zones import start_there, zone_at


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """A route with the checkpoints that its file names, and where it starts; None where nobody knows.

    `time_zone` is the zone there, where it was found out before; else it follows from the place. `warnings` are what
    was wrong with its file.
    """

    route: RouteGeometry
    checkpoints: Sequence[CheckpointRequest] = ()
    place: Place | None = None
    time_zone: str | None = None
    warnings: Sequence[CourseWarning] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """What someone wants to know of a course; see `predict` for the meaning.

    `checkpoints` take the place of the course's own, unless there are none. A `start_at` without an offset is a time
    on the clock of `time_zone`, else of the course: see `kernel.zones.start_there`. `distance_m` is the true length of
    the course, of which those checkpoints are told.
    """

    mode: Mode = "trail_run"
    effort: Effort = "moderate"
    flat_pace_s_per_km: float | None = None
    goal_s: float | None = None
    fade: float | None = None
    start_at: datetime | None = None
    time_zone: str | None = None
    checkpoints: Sequence[CheckpointRequest] = ()
    distance_m: float | None = None
    conditions: Conditions | None = None


def course_of(track: Track, chosen: str | None = None) -> tuple[Course, Track]:
    """The course a track draws, and the track as it was understood; of several tracks of its file the one `chosen`.

    Raises BadGpx (`no_such_track` and as `route_from_arrays`) and NoElevation.
    """
    track, about_the_file = one_course(track, chosen)
    whole = mended(track)
    track, route = whole.track, with_hidden(route_of(whole), whole)
    places = placed_waypoints(track, route)
    warnings = [warning_of(one) for one in (*about_the_file, *whole.findings, *places.findings)]
    return Course(route, places.checkpoints, start_of(track), warnings=warnings), track


def start_of(track: Track) -> Place:
    """Where a track begins."""
    return Place(float(track.lat_deg[0]), float(track.lon_deg[0]))


def start_at_course(course: Course, start_at: datetime, time_zone: str | None = None) -> datetime:
    """The instant of a start on the clock it is told by. Raises ZoneUnknown, ZoneNeeded and StartOutOfRange."""
    here = course.time_zone
    if here is None and time_zone is None and course.place is not None:
        here = zone_at(course.place.lat_deg, course.place.lon_deg)
    return start_there(start_at, named=time_zone, here=here)


def ask(
    course: Course,
    question: Question,
    profile: FittedProfile | None,
    *,
    past: Past = NO_PAST,
    paths: Paths | None = None,
) -> Forecast:
    """The forecast that answers a question; `past` is what came of the athlete's earlier ones.

    `paths` are those of the course under the athlete's key, where the profile remembers such.
    Raises CheckpointBeyondRoute, GoalImpossible, LengthImplausible, ZoneUnknown, ZoneNeeded and StartOutOfRange.
    """
    route, own = course.route, course.checkpoints
    if question.distance_m is not None:
        route, own = drawn_as(route, own, question.distance_m)
    asked = question.start_at
    start_at = None if asked is None else start_at_course(course, asked, question.time_zone)
    return predict(
        route,
        mode=question.mode,
        profile=profile,
        flat_pace_s_per_km=question.flat_pace_s_per_km,
        checkpoints=question.checkpoints or own,
        effort=question.effort,
        goal_s=question.goal_s,
        fade=question.fade,
        start_at=start_at,
        place=course.place,
        conditions=question.conditions,
        past=past,
        paths=paths,
    )
