"""One GPX as one course: what is kept of it, the line that says where it lies apart from all the rest."""

from __future__ import annotations

import hashlib

import msgspec

from kernel.contracts.prediction import CheckpointRequest
from kernel.contracts.route import CourseWarning
from kernel.forecast import Course, Place, course_of, start_of
from kernel.tracks import BadGpx, RouteGeometry, line_of, read_gpx
from kernel.zones import zone_at


class DrawnCourse(msgspec.Struct, frozen=True):
    """What is kept of a course.

    `digest` is the SHA-256 of the file as it was handed in, `geometry` is `RouteGeometry.to_bytes()`, `points` how many
    points the track has. The start is rounded to a tenth of a degree; `time_zone` is that of the start as it was.
    `line` is `CourseLine.to_bytes()`, which is stored sealed or not at all.
    """

    digest: str
    name: str | None
    points: int
    geometry: bytes
    checkpoints: list[CheckpointRequest]
    start_lat_deg: float
    start_lon_deg: float
    time_zone: str
    line: bytes
    warnings: list[CourseWarning] = []

    def course(self) -> Course:
        """The course, with the numbers it had when it was read. Raises BadGpx for a geometry that is none."""
        try:
            route = RouteGeometry.from_bytes(self.geometry)
        except ValueError as error:
            raise BadGpx("file_unreadable", "This file could not be read: it made its reader fail.") from error
        place = Place(self.start_lat_deg, self.start_lon_deg)
        return Course(route, self.checkpoints, place, self.time_zone, self.warnings)


def drawn_course_of(content: bytes) -> DrawnCourse:
    """What is kept of the course in a GPX. Raises BadGpx or NoElevation."""
    digest, read = hashlib.sha256(content).hexdigest(), read_gpx(content)
    del content  # what follows needs as much again
    course, track = course_of(read)
    start = start_of(track)
    place = start.coarse()
    return DrawnCourse(
        digest=digest,
        name=track.name,
        points=len(track.lat_deg),
        geometry=course.route.to_bytes(),
        checkpoints=list(course.checkpoints),
        start_lat_deg=place.lat_deg,
        start_lon_deg=place.lon_deg,
        time_zone=zone_at(start.lat_deg, start.lon_deg),
        line=line_of(track).to_bytes(),
        warnings=list(course.warnings),
    )
