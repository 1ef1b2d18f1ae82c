"""A route or a recording on this machine."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cli.failure import Refused, content_of
from cli.words import one_line
from kernel import forecast
from kernel.tracks import (
    MAX_GPX_BYTES,
    BadTrack,
    NoElevation,
    Recording,
    RouteGeometry,
    Track,
    read_gpx,
)

UNNAMED: Final = "Your course"
_PLAIN: Final = ".gpx"
_NO_TIME: Final = "no_time"


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """What was read: the track with its places, and the course it draws."""

    name: str
    track: Track
    drawn: forecast.Course

    @property
    def route(self) -> RouteGeometry:
        """Its shape."""
        return self.drawn.route


def read_course(path: Path) -> Course:
    """The route in a file: GPX, or a recording of it in any format.

    Raises Refused: `file_*`, `not_a_file`, `bad_gpx` or `no_elevation`.
    """
    content = content_of(path, MAX_GPX_BYTES + 1)
    with _named(path):
        track = _track_in(content, path)
        drawn = forecast.course_of(track)
    return Course(one_line(track.name or "") or one_line(path.stem) or UNNAMED, track, drawn)


def read_recording(path: Path) -> Recording:
    """The activity in a file with times: GPX, TCX or FIT, gzipped or not. Raises Refused as above, and `no_time`."""
    from trackfiles.reading import read_track, recording_of  # noqa: PLC0415 - the FIT reader takes 50 ms to load

    content = content_of(path, MAX_GPX_BYTES + 1)
    with _named(path):
        return recording_of(read_track(content, path.name))


def _track_in(content: bytes, path: Path) -> Track:
    if path.suffix.lower() == _PLAIN:
        return read_gpx(content)
    from trackfiles.reading import read_track  # noqa: PLC0415 - the FIT reader takes 50 ms to load

    return read_track(content, path.name).track


@contextlib.contextmanager
def _named(path: Path) -> Iterator[None]:
    """What is wrong with a file, with its name and the codes the services use."""
    try:
        yield
    except BadTrack as bad:
        raise Refused(_NO_TIME if bad.reason == _NO_TIME else "bad_gpx", f"{path}: {bad}") from bad
    except NoElevation as missing:
        raise Refused("no_elevation", f"{path}: {missing}") from missing
