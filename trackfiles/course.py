"""One file as one course: what is kept of it, the line that says where it lies apart from all the rest."""

from __future__ import annotations

import base64
import binascii
from typing import Final

import msgspec

from kernel.contracts.prediction import CheckpointRequest
from kernel.contracts.route import CourseWarning
from kernel.forecast import Course, Place, course_of, start_of
from kernel.tracks import BadGpx, RouteGeometry, line_of
from kernel.zones import zone_at
from trackfiles.outing import digest_of
from trackfiles.reading import read_track

DATA_URI: Final = b"data:application/octet-stream;base64,"
"""What a file that is no text begins with where a text is wanted."""


class DrawnCourse(msgspec.Struct, frozen=True):
    """What is kept of a course.

    `digest` is the SHA-256 of the file as it was handed in, of a track that was chosen in it another one. `geometry` is
    `RouteGeometry.to_bytes()`, `points` how many points the track has. The start is rounded to a tenth of a degree;
    `time_zone` is that of the start as it was. `line` is `CourseLine.to_bytes()`, which is stored
    sealed or not at all.
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


def drawn_course_of(content: bytes, chosen: str | None = None) -> DrawnCourse:
    """What is kept of the course in a file of any kind, a recording of it too; of several tracks the one `chosen`.

    The file may come as a `DATA_URI`. Raises BadTrack (`no_such_track` among them) or NoElevation.
    """
    content = _file_in(content)
    digest, read = _digest_of(content, chosen), read_track(content, "").track
    del content  # what follows needs as much again
    course, track = course_of(read, chosen)
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


def _file_in(content: bytes) -> bytes:
    if not content.startswith(DATA_URI):
        return content
    try:
        return base64.b64decode(content.removeprefix(DATA_URI), validate=True)
    except binascii.Error as error:
        raise BadGpx("binary", "The file is damaged: its base64 cannot be read.") from error


def _digest_of(content: bytes, chosen: str | None) -> str:
    """Another one for each track of a file that is chosen, however its name is spaced."""
    whole = digest_of(content)
    return whole if chosen is None else digest_of(f"{whole}:{' '.join(chosen.split())}".encode())
