"""A route or a recording on this machine."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cli.failure import Refused, content_of
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
from takealong.course import UNNAMED, Ground, ground_of_track
from takealong.words import one_line

_PLAIN: Final = ".gpx"
_OWN_CODES: Final = frozenset({"no_time", "no_such_track"})


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

    @property
    def ground(self) -> Ground:
        """What pictures and files are made of."""
        return ground_of_track(self.name, self.track, self.drawn.route)


def read_course(path: Path, chosen: str | None = None) -> Course:
    """The route in a file: GPX, or a recording of it in any format; of several tracks the one `chosen` by its name.

    Raises Refused: `file_*`, `not_a_file`, `bad_gpx`, `no_such_track` or `no_elevation`.
    """
    content = content_of(path, MAX_GPX_BYTES + 1)
    with _named(path):
        drawn, track = forecast.course_of(_track_in(content, path), chosen)
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
        raise Refused(bad.reason if bad.reason in _OWN_CODES else "bad_gpx", f"{path}: {bad}") from bad
    except NoElevation as missing:
        raise Refused("no_elevation", f"{path}: {missing}") from missing
